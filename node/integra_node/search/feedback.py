"""Which further words do the best results have in common?

Pseudo-relevance feedback after the relevance model RM3 (Abdul-Jaleel and others, TREC 2004): the
words of the first results, weighted by how much of each result they are and how well it matched,
join the words asked for.  Also answers "more like this", with one document as the result.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

from integra_node.search.query import Clause, Plan
from integra_node.search.text import analyser_for

DOCUMENTS: Final = 10
"""Results that are taken for relevant."""

TERMS: Final = 20
"""Words that join the query."""

MAX_READ_CHARS: Final = 20_000
ORIGINAL_SHARE: Final = 0.5
"""What part of the whole weight the words asked for keep."""


class Sample(NamedTuple):
    """One of the first results."""

    text: str
    language: str
    score: float


def widened(plan: Plan, best: Iterable[Sample]) -> Plan:
    """Return plan with the words its best results have in common.

    Args:
        plan: the query; an empty one is replaced by the words found.
        best: documents that the reader may see, at most `DOCUMENTS` of them.
    """
    weights = _term_weights(best)
    total = sum(weights.values())
    if not total:
        return plan
    asked = sum(clause.weight for clause in plan.clauses if clause.occur != "not")
    share = ORIGINAL_SHARE if asked else 0.0
    kept = [
        replace(clause, weight=share * clause.weight / asked) if asked else clause
        for clause in plan.clauses
    ]
    added = [
        Clause(
            occur="should",
            start=len(plan.text),
            end=len(plan.text),
            terms=(term,),
            weight=(1 - share) * weight / total,
        )
        for term, weight in weights.items()
    ]
    scale = share / asked if asked else 0.0
    return replace(plan, clauses=(*kept, *added), concept_weight=scale * plan.concept_weight)


def _term_weights(best: Iterable[Sample]) -> dict[str, float]:
    weights: dict[str, float] = defaultdict(float)
    for sample in best:
        forms = analyser_for(sample.language).forms(sample.text[:MAX_READ_CHARS])
        terms = Counter(form.term for form in forms if form.term)
        for term, count in terms.items():
            weights[term] += sample.score * count / terms.total()
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:TERMS])
