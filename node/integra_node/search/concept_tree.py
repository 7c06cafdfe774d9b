"""What does the library speak of, as a tree of concepts?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from integra_node.search.vocabulary import Vocabulary

MAX_DEPTH: Final = 8
"""Levels shown; what lies deeper is counted above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A concept with those below it; only such as visible documents speak of."""

    concept: str
    label: str
    language: str
    """Of the label, ISO 639-1."""
    count: int
    """Visible documents that speak of it or of one below it."""
    children: tuple[Branch, ...]


def concept_tree(
    vocabulary: Vocabulary, counts: Mapping[str, int], languages: Sequence[str]
) -> tuple[Branch, ...]:
    """Return the concepts that counts names, under those above them, by label.

    Args:
        vocabulary: the thesaurus that was counted by.
        counts: as `SearchIndex.concepts` answers for one audience.
        languages: ISO 639-1, best first: which labels to show.
    """
    below: dict[str, list[str]] = {}
    for id_ in counts:
        known = vocabulary.concepts.get(id_)
        for above in known.broader if known else ():
            below.setdefault(above, []).append(id_)
    tops = [
        id_
        for id_ in counts
        if id_ in vocabulary.concepts
        and not any(above in counts for above in vocabulary.concepts[id_].broader)
    ]
    return _branches(tops, vocabulary, counts, languages, below, ())


def _branches(
    ids: Iterable[str],
    vocabulary: Vocabulary,
    counts: Mapping[str, int],
    languages: Sequence[str],
    below: Mapping[str, Sequence[str]],
    path: tuple[str, ...],
) -> tuple[Branch, ...]:
    found = []
    for id_ in ids:
        label, language = vocabulary.label(id_, languages)
        under = (*path, id_)
        # a circle of broader concepts is not followed round
        next_ = [one for one in below.get(id_, ()) if one not in under]
        children = (
            _branches(next_, vocabulary, counts, languages, below, under)
            if len(under) < MAX_DEPTH
            else ()
        )
        found.append(
            Branch(
                concept=id_, label=label, language=language, count=counts[id_], children=children
            )
        )
    return tuple(sorted(found, key=lambda one: (one.label.casefold(), one.concept)))
