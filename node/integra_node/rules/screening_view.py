"""Where in a text is it worth while to look for words that point at a person? Cheap looks first.

A practice is screened whenever it is handed in, hundreds of them in one call, so the patterns of
``screening`` run only where one of their words or digits stands.  Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

MAX_RUN: Final = 100  # characters without a blank: no language writes longer words
_BEFORE: Final = 130  # characters before a number that may belong to it: the name of a street
_AFTER: Final = 60
_LONG: Final = 5  # digits
_YEAR_DIGITS: Final = 4
_WORD: Final = re.compile(r"[^\W\d_]+")
_NUMBER: Final = re.compile(r"\d(?:[ .()/-]{0,2}\d)*")
_LONG_RUN: Final = re.compile(rf"\S{{{MAX_RUN + 1},}}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words after which a name may stand.

    Attributes:
        text: The words.
        exact: Whether they count only as they are written, capitals included.
        is_short: Whether a full stop may belong to them.
        needs_name_before: Whether they count only after a name or a comma.
    """

    text: str
    exact: bool = False
    is_short: bool = False
    needs_name_before: bool = False


class Phrases:
    """Phrases by the first word of each."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self.small: dict[str, list[Phrase]] = {}
        for one in phrases:
            self.small.setdefault(first_word(one.text).casefold(), []).append(one)


@dataclass(frozen=True, slots=True)
class View:
    """A text, and what is asked of it again and again; all three have the same places."""

    text: str
    lower: str
    words: frozenset[str]
    small: frozenset[str]

    def has(self, words: frozenset[str]) -> bool:
        """Say whether one of these small words stands in the text."""
        return not words.isdisjoint(self.small)

    def places(self, phrases: Phrases) -> Iterator[tuple[Phrase, int, int]]:
        """Yield where the phrases stand, as whole words."""
        for word in phrases.small.keys() & self.small:
            for one in phrases.small[word]:
                text, sought = (
                    (self.text, one.text) if one.exact else (self.lower, one.text.lower())
                )
                yield from ((one, start, end) for start, end in occurrences(text, sought))


@dataclass(frozen=True, slots=True)
class NumberGroup:
    """Digits with what may stand between the parts of one number."""

    start: int
    end: int
    digits: int
    touches_letters: bool
    is_year: bool

    @property
    def is_long(self) -> bool:
        """Whether it may be a number of a person or a thing: no year, no small count."""
        return self.digits >= _LONG or (self.digits == _YEAR_DIGITS and not self.is_year)

    @property
    def is_house(self) -> bool:
        """Whether it may be the number of a house."""
        return self.digits <= _YEAR_DIGITS and not self.is_year


def view_of(text: str) -> View:
    """Return a text without runs that no language writes, such as encoded data: blank instead."""
    if max(map(len, text.split()), default=0) > MAX_RUN:
        text = _LONG_RUN.sub(lambda run: " " * len(run.group()), text)
    lower = text.lower()
    if len(lower) != len(text):  # one letter became two
        lower = "".join(one.lower()[:1] for one in text)
    words = frozenset(_WORD.findall(text))
    return View(text, lower, words, frozenset(map(str.casefold, words)))


def occurrences(text: str, sought: str) -> Iterator[tuple[int, int]]:
    """Yield where a text stands that begins and ends no other word."""
    at = text.find(sought)
    while at >= 0:
        end = at + len(sought)
        if not (_is_word(text, at - 1) or _is_word(text, end)):
            yield at, end
        at = text.find(sought, end)


def number_groups(text: str) -> list[NumberGroup]:
    """Return the numbers of a text in their order."""
    return [_group(text, *found.span()) for found in _NUMBER.finditer(text)]


def merged(
    groups: Sequence[NumberGroup], wanted: Callable[[NumberGroup], bool]
) -> list[tuple[int, int]]:
    """Return the parts of a text about the numbers that are wanted, without overlaps."""
    spans: list[tuple[int, int]] = []
    for one in groups:
        if not wanted(one):
            continue
        start, end = max(0, one.start - _BEFORE), one.end + _AFTER
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def first_word(text: str) -> str:
    """Return the first letters of a phrase."""
    found = _WORD.search(text)
    return found.group() if found else text


def _group(text: str, start: int, end: int) -> NumberGroup:
    written = text[start:end]
    digits = sum(map(str.isdigit, written))
    return NumberGroup(
        start=start,
        end=end,
        digits=digits,
        touches_letters=_near_letter(text[max(0, start - 2) : start][::-1], text[end : end + 2]),
        is_year=len(written) == _YEAR_DIGITS and written[:2] in ("19", "20"),
    )


def _near_letter(before: str, after: str) -> bool:
    """Say whether a letter touches the number, or a capital stands behind one blank or dash."""
    return any(
        bool(side) and (side[0].isalpha() or (side[0] in " -" and side[1:].isupper()))
        for side in (before, after)
    )


def _is_word(text: str, at: int) -> bool:
    return 0 <= at < len(text) and (text[at].isalnum() or text[at] == "_")
