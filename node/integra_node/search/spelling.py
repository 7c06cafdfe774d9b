"""Which word did the reader mean, and how does it go on?

Only words of visible documents are offered, spelt as one of these documents spells them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from integra_node.search.query import Clause, Plan
from integra_node.search.text import analyser_for, fold

MIN_CHARS: Final = 4
"""Shorter words are not respelt."""

MAX_RESPELT: Final = 3
"""Words of one query that are respelt."""

MAX_CANDIDATES: Final = 100
MAX_COMPLETIONS: Final = 400
_ONE_ERROR_CHARS: Final = 5  # up to this length one error, beyond it two


class Words(Protocol):
    """The folded words of the documents one audience may see."""

    def count_word(self, word: str) -> int:
        """Return how many visible documents hold word."""

    def starting(self, prefix: str, most: int) -> Iterable[tuple[str, int]]:
        """Yield words that begin with prefix and how many visible documents hold each."""

    def texts_with(self, word: str) -> Sequence[str]:
        """Return the texts of one visible document that holds word; none if there is none."""


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


def respelt(plan: Plan, unknown: Sequence[Clause], speller: Speller, words: Words) -> str | None:
    """Return the query of plan with its unknown words respelt, or None if none can be."""
    text, changed = plan.text, False
    for clause in sorted(unknown[:MAX_RESPELT], key=lambda one: -one.start):
        word = _best(clause.surface, speller, words) if len(clause.surface) >= MIN_CHARS else None
        if word is not None:
            text, changed = text[: clause.start] + word + text[clause.end :], True
    return text if changed else None


def completions(prefix: str, words: Words, limit: int) -> tuple[str, ...]:
    """Return words of visible documents that begin with the last word of prefix, commonest first."""
    typed = [form.surface for form in analyser_for("").forms(prefix)]
    if not typed or len(typed[-1]) < 2:
        return ()
    counted = words.starting(typed[-1], MAX_COMPLETIONS)
    ranked = sorted((pair for pair in counted if pair[1]), key=lambda pair: (-pair[1], pair[0]))
    return tuple(_as_written(word, words) for word, _ in ranked[:limit])


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


def _best(word: str, speller: Speller, words: Words) -> str | None:
    """Return the nearest visible word, the commonest of equally near ones."""
    counted = ((errors, -words.count_word(other), other) for errors, other in speller.near(word))
    for _, _, other in sorted(one for one in counted if one[1]):
        return _as_written(other, words)
    return None


def _as_written(surface: str, words: Words) -> str:
    """Return surface as a visible document writes it, in lower case; itself if it is elided there."""
    for text in words.texts_with(surface):
        for token in analyser_for("").tokens(text):
            word = text[token.start : token.end]
            if fold(word) == surface:
                return word.lower()
    return surface
