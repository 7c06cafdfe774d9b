"""Which visible documents answer a plan, and how well?

Okapi BM25 over the visible documents alone: how often a word occurs in what the reader may not see
changes neither order nor score.  Posting lists are read whole and scored term at a time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, takewhile
from math import log1p
from typing import Final

from integra_node.search.query import Clause, Phrase, Plan
from integra_node.search.snapshot import K1, Found, View, document_of
from integra_node.search.vocabulary import Vocabulary

CONCEPT_WEIGHT: Final = 0.7
NARROWER_WEIGHT: Final = 0.35
"""How much a concept, or one below it, counts beside the word itself."""

MAX_PREFIX_WORDS: Final = 200
"""Words a prefix stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The outcome of a plan before filters."""

    scores: dict[int, float]
    """Document number to score."""
    unknown: tuple[Clause, ...]
    """Words that no visible document holds, in any form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The documents of one scored term."""

    found: Found
    weight: float


def evaluate(plan: Plan, view: View) -> Matched:
    """Return the visible documents that answer plan; an empty plan is answered by all, unscored."""
    parts: list[_Part] = []
    required: list[set[int]] = []
    excluded: set[int] = set()
    unknown: list[Clause] = []
    for clause in plan.clauses:
        found = _find_clause(clause, view)
        if clause.occur == "not":
            excluded.update(found.ids)
            continue
        if not found.ids and clause.surface and clause.field == "text":
            unknown.append(clause)
        if clause.occur == "must":
            required.append(set(found.ids).union(*_concept_ids(clause.concepts, view)))
        parts.append(_Part(found=found, weight=clause.weight))
    parts.extend(_concept_parts(plan, view))
    scores = _scores(parts, required, view) if parts else dict.fromkeys(view.ids(), 0.0)
    for number in excluded:
        scores.pop(number, None)
    return Matched(scores=scores, unknown=tuple(unknown))


def _find_clause(clause: Clause, view: View) -> Found:
    if clause.phrases:
        return _union(_find_phrase(clause.field, phrase, view) for phrase in clause.phrases)
    found = [view.find(clause.field, term) for term in clause.terms]
    # titles are indexed by stem and by folded word, together
    surface = "surface" if clause.field == "text" else clause.field
    if clause.prefix:
        words = words_from(clause.prefix, view.snapshot.surfaces())
        found.extend(view.find(surface, word) for word in words)
    elif not any(one.ids for one in found) and clause.surface:
        # the stem of a word typed without accents can differ from that of the word itself
        found.append(view.find(surface, clause.surface))
    return _union(found)


def words_from(prefix: str, words: Sequence[str]) -> list[str]:
    """Return the words that begin with prefix, at most `MAX_PREFIX_WORDS`; words are sorted."""
    start = bisect_left(words, prefix)
    near = words[start : start + MAX_PREFIX_WORDS]
    return list(takewhile(lambda word: word.startswith(prefix), near))


def _union(founds: Iterable[Found]) -> Found:
    """Return the documents of all, each with its highest count."""
    filled = [found for found in founds if found.ids]
    if not filled:
        return Found(ids=(), counts=())
    if len(filled) == 1:
        return filled[0]
    filled.sort(key=lambda found: -len(found.ids))
    counts = dict(zip(filled[0].ids, filled[0].counts, strict=True))
    for found in filled[1:]:
        for number, count in zip(found.ids, found.counts, strict=True):
            if counts.get(number, 0) < count:
                counts[number] = count
    return Found(ids=list(counts), counts=list(counts.values()))


def _find_phrase(field: str, phrase: Phrase, view: View) -> Found:
    holders = [frozenset(view.find(field, term).ids) for _, term in phrase]
    wanted = frozenset.intersection(*holders)
    if not wanted:
        return Found(ids=(), counts=())
    starts = [view.starts(field, term, offset, wanted) for offset, term in phrase]
    counts = Counter(map(document_of, set.intersection(*starts)))
    numbers = sorted(counts)
    return Found(ids=numbers, counts=[counts[number] for number in numbers])


def concept_holders(concepts: Iterable[str], view: View) -> frozenset[int]:
    """Return the visible documents that speak of one of concepts or of one below it."""
    return frozenset(chain.from_iterable(_concept_ids(concepts, view)))


def concept_counts(view: View, vocabulary: Vocabulary) -> dict[str, int]:
    """Return how many visible documents speak of each concept or of one below it, none left out."""
    counts = {id_: len(concept_holders((id_,), view)) for id_ in vocabulary.concepts}
    return {id_: count for id_, count in counts.items() if count}


def _concept_ids(concepts: Iterable[str], view: View) -> list[Sequence[int]]:
    return [view.find("concept", term).ids for id_ in concepts for term in (id_, narrower(id_))]


def _concept_parts(plan: Plan, view: View) -> list[_Part]:
    weighed = [
        (term, weight * plan.concept_weight)
        for id_ in plan.concepts
        for term, weight in ((id_, CONCEPT_WEIGHT), (narrower(id_), NARROWER_WEIGHT))
    ]
    return [_Part(found=view.find("concept", term), weight=weight) for term, weight in weighed]


def narrower(concept: str) -> str:
    """Return the term under which documents on concepts below this one are indexed."""
    return "^" + concept


def _scores(parts: Iterable[_Part], required: Sequence[set[int]], view: View) -> dict[int, float]:
    allowed = set.intersection(*required) if required else None
    scores: dict[int, float] = dict.fromkeys(allowed, 0.0) if allowed is not None else {}
    for part in parts:
        ids, contributions = _contributions(part, view, allowed)
        if not scores:
            scores = dict(zip(ids, contributions, strict=True))
            continue
        get = scores.get
        for number, score in zip(ids, contributions, strict=True):
            scores[number] = get(number, 0.0) + score
    return scores


def _contributions(
    part: _Part, view: View, allowed: set[int] | None
) -> tuple[Sequence[int], list[float]]:
    ids, counts = part.found.ids, part.found.counts
    seen = len(ids)
    if allowed is not None:
        pairs = [pair for pair in zip(ids, counts, strict=True) if pair[0] in allowed]
        ids, counts = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    rarity = log1p((view.count - seen + 0.5) / (seen + 0.5))
    factor = part.weight * rarity * (K1 + 1)
    norms = view.norms
    return ids, [
        factor * count / (count + norms[number]) for number, count in zip(ids, counts, strict=True)
    ]
