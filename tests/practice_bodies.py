"""Many small practices that can be told apart, made from one of the sample library."""

import json
from functools import cache
from pathlib import Path

SAMPLE = Path(__file__).parents[1] / "examples" / "library" / "practices"
LONG_TEXT = 80  # characters


def body_of(number):
    """Return the body of a practice whose title holds ``word_of(number)``."""
    sample = shortened(_sample())
    return sample | {"title": {sample["language"]: f"{word_of(number)} first days"}}


@cache
def _sample():
    sample = json.loads(min(SAMPLE.glob("*.json")).read_text(encoding="utf-8"))
    return {key: value for key, value in sample.items() if key not in {"source_id", "owner_hint"}}


def word_of(number):
    """Return a word that stands in one practice only."""
    return "k" + "".join("bcdfghjklm"[int(digit)] for digit in f"{number:05}") + "o"


def shortened(value):
    """Cut the long texts of a body: what is measured here is not the length of texts."""
    if isinstance(value, dict):
        return {key: shortened(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shortened(inner) for inner in value[:2]]
    if isinstance(value, str) and len(value) > LONG_TEXT:
        return value[:LONG_TEXT].rpartition(" ")[0]
    return value
