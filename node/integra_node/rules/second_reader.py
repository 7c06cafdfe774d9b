"""Which words of a notice should a second person look at before it goes out?

Words are flagged and never removed; the lists are data (``data/flag_words.json``).
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final, TypedDict

from integra_node.rules.problems import Problem, warning
from integra_node.rules.wire import texts

_DESCRIPTIVE: Final = ("needs.", "triggers.")
_FACTS: Final = "fact"


def flagged_words(notice: Mapping[str, object], language: str) -> tuple[Problem, ...]:
    """Return a warning for each text with a word that a second person should look at.

    Args:
        notice: The notice as JSON values.
        language: The language that it is written in.
    """
    primary = language.partition("-")[0]
    problems: list[Problem] = []
    for path, text in texts(notice):
        words = _found(text, "words", primary) or _acronyms(text)
        if words:
            problems.append(warning(path, "word_of_intelligence", word=words[0]))
        if path.startswith(_DESCRIPTIVE) and (words := _found(text, "religion_ethnicity", primary)):
            problems.append(warning(path, "word_of_belief", word=words[0]))
    return (*problems, *_character_as_fact(notice, primary))


def _character_as_fact(notice: Mapping[str, object], language: str) -> list[Problem]:
    problems: list[Problem] = []
    for block in ("needs", "protective", "strengths", "triggers", "safety"):
        items = notice.get(block)
        for position, item in enumerate(items if isinstance(items, list) else ()):
            if not isinstance(item, Mapping) or item.get("basis") != _FACTS:
                continue
            problems += [
                warning(f"{block}.{position}.{path}", "character_as_fact", word=words[0])
                for path, text in texts(item)
                if (words := _found(text, "character", language))
            ]
    return problems


def _found(text: str, kind: str, language: str) -> Sequence[str]:
    pattern = _pattern(kind, language)
    return pattern.findall(text.casefold()) if pattern else ()


def _acronyms(text: str) -> Sequence[str]:
    return _acronym_pattern().findall(text)


@cache
def _pattern(kind: str, language: str) -> re.Pattern[str] | None:
    lists = {
        "words": _document()["words"],
        "character": _document()["character"],
        "religion_ethnicity": _document()["religion_ethnicity"],
    }
    words = lists[kind].get(language)
    return _whole_words([word.casefold() for word in words]) if words else None


@cache
def _acronym_pattern() -> re.Pattern[str]:
    return _whole_words(_document()["acronyms"])


def _whole_words(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")


class _Words(TypedDict):
    words: dict[str, list[str]]
    acronyms: list[str]
    character: dict[str, list[str]]
    religion_ethnicity: dict[str, list[str]]


@cache
def _document() -> _Words:
    source = resources.files("integra_node.rules").joinpath("data", "flag_words.json")
    document: _Words = json.loads(source.read_text(encoding="utf-8"))
    return document
