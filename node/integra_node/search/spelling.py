"""Which word did the reader mean, and how does it go on?

Only words of visible documents are offered, spelt as one of these documents spells them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, takewhile
from typing import Final

from integra_node.search.query import Clause, Plan
from integra_node.search.snapshot import View
from integra_node.search.text import analyser_for, fold

MIN_CHARS: Final = 4
"""Shorter words are not respelt."""

MAX_RESPELT: Final = 3
"""Words of one query that are respelt."""

MAX_CANDIDATES: Final = 100
MAX_COMPLETIONS: Final = 400
_ONE_ERROR_CHARS: Final = 5  # up to this length one error, beyond it two


class Speller:
    """The words of one snapshot, ready for finding those near a misspelt one."""

    def __init__(self, words: Iterable[str]) -> None:
        by_length: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for word in words:
            if len(word) >= MIN_CHARS - 1 and not any(map(str.isdigit, word)):
                by_length[len(word)].append((_letters(word), word))
        self._by_length: Mapping[int, Sequence[tuple[int, str]]] = by_length

    def near(self, word: str) -> list[tuple[int, str]]:
        """Return (errors, word) for the words nearest to word, nearest first, at most 100."""
        errors = 1 if len(word) <= _ONE_ERROR_CHARS else 2
        letters = _letters(word)
        found = [
            (distance, other)
            for length in range(len(word) - errors, len(word) + errors + 1)
            for mask, other in self._by_length.get(length, ())
            if (mask ^ letters).bit_count() <= 2 * errors
            and 0 < (distance := edit_distance(word, other, errors)) <= errors
        ]
        return sorted(found)[:MAX_CANDIDATES]


def respelt(plan: Plan, unknown: Sequence[Clause], speller: Speller, view: View) -> str | None:
    """Return the query of plan with its unknown words respelt, or None if none can be."""
    text, changed = plan.text, False
    for clause in sorted(unknown[:MAX_RESPELT], key=lambda one: -one.start):
        word = _best(clause.surface, speller, view) if len(clause.surface) >= MIN_CHARS else None
        if word is not None:
            text, changed = text[: clause.start] + word + text[clause.end :], True
    return text if changed else None


def completions(prefix: str, view: View, limit: int) -> tuple[str, ...]:
    """Return words of visible documents that begin with the last word of prefix, commonest first."""
    words = [form.surface for form in analyser_for("").forms(prefix)]
    if not words or len(words[-1]) < 2:
        return ()
    counted = ((len(view.find("surface", word).ids), word) for word in _from(words[-1], view))
    ranked = sorted((pair for pair in counted if pair[0]), key=lambda pair: (-pair[0], pair[1]))
    return tuple(_as_written(word, view) for _, word in ranked[:limit])


def edit_distance(a: str, b: str, most: int) -> int:
    """Return the changes from a to b, a swap of neighbours being one; more than most if over it."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before = before, row
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def _letters(word: str) -> int:
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) % 61)
    return mask


def _best(word: str, speller: Speller, view: View) -> str | None:
    """Return the nearest visible word, the commonest of equally near ones."""
    counted = (
        (errors, -len(view.find("surface", other).ids), other)
        for errors, other in speller.near(word)
    )
    for _, _, other in sorted(one for one in counted if one[1]):
        return _as_written(other, view)
    return None


def _from(prefix: str, view: View) -> Iterator[str]:
    words = view.snapshot.surfaces()
    near = islice(words, bisect_left(words, prefix), None)
    return islice(takewhile(lambda word: word.startswith(prefix), near), MAX_COMPLETIONS)


def _as_written(surface: str, view: View) -> str:
    """Return surface as a visible document writes it, in lower case; itself if it is elided there."""
    for number in view.find("surface", surface).ids[:1]:
        for text in view.snapshot.texts(number):
            words = (text[token.start : token.end] for token in analyser_for("").tokens(text))
            for word in words:
                if fold(word) == surface:
                    return word.lower()
    return surface
