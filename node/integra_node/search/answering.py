"""What does the index answer to one question?"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from integra_node.search.contract import Hit, Relaxation, SearchRequest, SearchResults, Sort
from integra_node.search.feedback import DOCUMENTS, Sample, widened
from integra_node.search.filters import Filters
from integra_node.search.query import Plan, parse_query
from integra_node.search.ranking import Matched, concept_holders, evaluate
from integra_node.search.snapshot import View
from integra_node.search.snippets import marked, marks_of, snippet
from integra_node.search.spelling import Speller, respelt
from integra_node.search.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerer:
    """Answers questions to one view."""

    view: View
    vocabulary: Vocabulary
    speller: Callable[[], Speller]
    """Made when the first word is misspelt: it takes a moment."""

    def answer(self, request: SearchRequest) -> SearchResults:
        """Return the results of request, all of them from documents of the view."""
        plan = self._plan(request)
        matched = self._matched(plan, request)
        filters = self._filters(request)
        ids = list(matched.scores)
        passed = filters.apply(ids)
        last = request.page * request.per_page
        page = self._first(last, request.sort, plan, matched.scores, passed)
        page = page[last - request.per_page :]
        return SearchResults(
            total=len(passed),
            hits=tuple(self._hits(plan, page, matched.scores)),
            facets=filters.facets(ids, passed),
            suggestion=self._suggestion(plan, matched),
            expanded=expanded_labels(plan, self.vocabulary, request.reader_languages),
            concepts=plan.concepts,
            relaxations=() if passed else tuple(_relaxations(filters, ids)),
        )

    def refs(self, request: SearchRequest, limit: int) -> tuple[str, ...]:
        """Return the refs of the first results."""
        plan = self._plan(request)
        scores = self._matched(plan, request).scores
        passed = self._filters(request).apply(list(scores))
        first = self._first(limit, request.sort, plan, scores, passed)
        return tuple(map(self.view.snapshot.columns.refs.__getitem__, first))

    def similar(self, number: int, limit: int) -> tuple[str, ...]:
        """Return the refs of the visible documents most like a visible one, best first."""
        nothing = Plan(text="", clauses=(), concepts=())
        plan = widened(nothing, [self._sample(number, 1.0)])
        scores = evaluate(plan, self.view).scores if not plan.is_empty else {}
        others = (other for other in scores if other != number)
        best = heapq.nsmallest(limit, others, key=lambda n: (-scores[n], n))
        return tuple(self.view.snapshot.columns.refs[other] for other in best)

    def _matched(self, plan: Plan, request: SearchRequest) -> Matched:
        matched = evaluate(plan, self.view)
        if request.feedback and is_ranked(plan):
            return self._with_feedback(plan, matched)
        return matched

    def _filters(self, request: SearchRequest) -> Filters:
        within = concept_holders(request.concept, self.view) if request.concept else None
        return Filters(request, self.view.snapshot, within)

    def _with_feedback(self, plan: Plan, matched: Matched) -> Matched:
        first = heapq.nlargest(DOCUMENTS, matched.scores.items(), key=lambda item: item[1])
        samples = [self._sample(number, score) for number, score in first]
        scores = evaluate(widened(plan, samples), self.view).scores
        return Matched(scores=scores, unknown=matched.unknown)

    def _sample(self, number: int, score: float) -> Sample:
        snapshot = self.view.snapshot
        return Sample("\n".join(snapshot.texts(number)), snapshot.language(number), score)

    def _plan(self, request: SearchRequest) -> Plan:
        return parse_query(
            request.q,
            languages=self.view.snapshot.languages(),
            reader_languages=request.reader_languages,
            vocabulary=self.vocabulary if request.expand else None,
        )

    def _first(
        self, last: int, sort: Sort, plan: Plan, scores: dict[int, float], ids: Sequence[int]
    ) -> list[int]:
        """Return the first documents in the order asked for."""
        columns = self.view.snapshot.columns
        published = columns.published
        if sort == "evidence":
            evidence = columns.evidence
            return heapq.nsmallest(
                last, ids, key=lambda n: (-evidence[n], -scores[n], -published[n], n)
            )
        if sort == "newest" or not is_ranked(plan):
            return heapq.nsmallest(last, ids, key=lambda n: (-published[n], n))
        ids = _near_best(ids, scores, last)
        return heapq.nsmallest(last, ids, key=lambda n: (-scores[n], -published[n], n))

    def _hits(self, plan: Plan, page: Iterable[int], scores: dict[int, float]) -> Iterable[Hit]:
        snapshot = self.view.snapshot
        marks = marks_of(plan)
        for number in page:
            title, summary, body = snapshot.texts(number)
            language = snapshot.language(number)
            text = "\n".join(part for part in (summary, body) if part)
            yield Hit(
                ref=snapshot.columns.refs[number],
                score=round(scores[number], 6),
                language=language,
                title=marked(title, language, marks, self.vocabulary),
                snippet=snippet(text, language, marks, self.vocabulary),
            )

    def _suggestion(self, plan: Plan, matched: Matched) -> str | None:
        if not matched.unknown:
            return None
        return respelt(plan, matched.unknown, self.speller(), self.view)


def expanded_labels(
    plan: Plan, vocabulary: Vocabulary, languages: Sequence[str]
) -> tuple[str, ...]:
    """Return the labels of the concepts of plan that the reader has not typed."""
    labels = (label for concept in plan.concepts for label in vocabulary.labels(concept, languages))
    asked = plan.text.casefold()
    return tuple(dict.fromkeys(label for label in labels if label.casefold() not in asked))


def is_ranked(plan: Plan) -> bool:
    """Tell whether plan has anything to rank by."""
    return any(clause.occur != "not" for clause in plan.clauses)


def _near_best(ids: Sequence[int], scores: dict[int, float], wanted: int) -> Sequence[int]:
    """Return the ids whose score is among the best wanted, ties included."""
    if len(ids) <= wanted or not wanted:
        return ids
    least = heapq.nlargest(wanted, [scores[number] for number in ids])[-1]
    return [number for number in ids if scores[number] >= least]


def _relaxations(filters: Filters, ids: Sequence[int]) -> Iterable[Relaxation]:
    """Yield what would be found without each filter, where that is something."""
    for name in filters.names:
        count = len(filters.apply(ids, ignoring=name))
        if count:
            yield Relaxation(drop_filter=name, count=count)
