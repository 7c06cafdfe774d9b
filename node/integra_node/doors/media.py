"""Which media type does a caller want? As far as our one type of each door asks for it."""

from __future__ import annotations

from typing import Final

MAX_CHARS: Final = 1_000
TAXII: Final = "application/taxii+json;version=2.1"
_FITTING: Final = frozenset({"*/*", "application/*", "application/taxii+json"})


def takes_taxii(accept: str) -> bool:
    """Return whether an ``Accept`` header lets us answer with TAXII 2.1 (section 1.6.8.2)."""
    if not accept.strip():
        return True
    return any(_fits(part) for part in accept[:MAX_CHARS].split(","))


def _fits(part: str) -> bool:
    media, *parameters = (word.strip().lower() for word in part.split(";"))
    named = dict(word.partition("=")[::2] for word in parameters)
    if named.get("q", "1").strip("0.") == "" and named.get("q", "1") != "1":
        return False
    return media in _FITTING and named.get("version", "2.1").strip('" ') == "2.1"
