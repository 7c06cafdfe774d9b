"""What does a tantivy index answer to one question? The same as the default engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tantivy import DocAddress, Occur, Query

from integra_node.search.answering import expanded_labels, is_ranked
from integra_node.search.contract import (
    FACETS,
    FacetValue,
    Hit,
    Relaxation,
    SearchRequest,
    SearchResults,
    Sort,
)
from integra_node.search.feedback import DOCUMENTS, Sample, widened
from integra_node.search.filters import MAX_FACET_VALUES
from integra_node.search.query import Clause, Plan, parse_query
from integra_node.search.ranking import CONCEPT_WEIGHT, NARROWER_WEIGHT, narrower
from integra_node.search.snippets import marked, marks_of, snippet
from integra_node.search.spelling import Speller, respelt
from integra_node.search.tantivy_view import Scored, TantivyView, all_of, unscored
from integra_node.search.vocabulary import Vocabulary

_LEVELS: Final = ("5", "4", "3", "2", "1", "0", "-1")

Filters = dict[str, Query]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A plan as a query."""

    query: Query | None
    """None when nothing visible can answer it."""
    unknown: tuple[Clause, ...]
    """Words that no visible document holds, in any form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TantivyAnswerer:
    """Answers questions to one view."""

    view: TantivyView
    vocabulary: Vocabulary
    speller: Callable[[], Speller]
    """Made when the first word is misspelt: it takes a moment."""

    def answer(self, request: SearchRequest) -> SearchResults:
        """Return the results of request, all of them from documents of the view."""
        plan = self._plan(request)
        matched = self._asked(plan, request)
        filters = self._filters(request)
        last = request.page * request.per_page
        first = last - request.per_page
        total, hits = self._page(first, last, request.sort, plan, matched.query, filters)
        return SearchResults(
            total=total,
            hits=tuple(self._hits(plan, hits)),
            facets=self._facets(matched.query, filters),
            suggestion=self._suggestion(plan, matched),
            expanded=expanded_labels(plan, self.vocabulary, request.reader_languages),
            concepts=plan.concepts,
            relaxations=() if total else tuple(self._relaxations(matched.query, filters)),
        )

    def refs(self, request: SearchRequest, limit: int) -> tuple[str, ...]:
        """Return the refs of the first results."""
        plan = self._plan(request)
        query, filters = self._asked(plan, request).query, self._filters(request)
        if not limit:
            return ()
        _, found = self._page(0, limit, request.sort, plan, query, filters)
        return tuple(self.view.snapshot.stored(address, "ref") for _, address in found)

    def similar(self, address: DocAddress, limit: int) -> tuple[str, ...]:
        """Return the refs of the visible documents most like a visible one, best first."""
        nothing = Plan(text="", clauses=(), concepts=())
        plan = widened(nothing, [self._sample(1.0, address)])
        query = None if plan.is_empty else self._matched(plan).query
        if query is None or not limit:
            return ()
        snapshot = self.view.snapshot
        own = snapshot.stored(address, "ref")
        found = (snapshot.stored(other, "ref") for _, other in self.view.best(query, limit + 1))
        return tuple([ref for ref in found if ref != own][:limit])

    def _plan(self, request: SearchRequest) -> Plan:
        return parse_query(
            request.q,
            languages=self.view.snapshot.languages(),
            reader_languages=request.reader_languages,
            vocabulary=self.vocabulary if request.expand else None,
        )

    def _asked(self, plan: Plan, request: SearchRequest) -> Matched:
        matched = self._matched(plan)
        if request.feedback and is_ranked(plan):
            return self._with_feedback(plan, matched)
        return matched

    def _matched(self, plan: Plan) -> Matched:
        """Return the query of plan; one without words asked for is answered by everything."""
        if not self.view.count:
            return Matched(query=None, unknown=())
        parts: list[tuple[Occur, Query]] = []
        unknown: list[Clause] = []
        scored = 0
        for clause in plan.clauses:
            query = self.view.clause(clause)
            if clause.occur == "not":
                parts += [(Occur.MustNot, query)] if query is not None else []
                continue
            if query is None and clause.surface and clause.field == "text":
                unknown.append(clause)
            if clause.occur == "must":
                parts.append((Occur.Must, self._required(clause, query)))
            if query is not None:
                parts.append((Occur.Should, query))
                scored += 1
        concepts = self._concepts(plan)
        parts += [(Occur.Should, query) for query in concepts]
        if not is_ranked(plan):
            parts.append((Occur.Must, unscored(Query.all_query())))
        elif not scored and not concepts:
            return Matched(query=None, unknown=tuple(unknown))
        return Matched(query=Query.boolean_query(parts), unknown=tuple(unknown))

    def _required(self, clause: Clause, query: Query | None) -> Query:
        ways = [query] if query is not None else []
        if clause.concepts:
            ways.append(self.view.concept_condition(clause.concepts))
        return unscored(Query.boolean_query([(Occur.Should, way) for way in ways]))

    def _concepts(self, plan: Plan) -> list[Query]:
        found = []
        for id_ in plan.concepts:
            for term, weight in ((id_, CONCEPT_WEIGHT), (narrower(id_), NARROWER_WEIGHT)):
                holders = self.view.holding("concept", [term])
                if holders:
                    scaled = weight * plan.concept_weight
                    found.append(self.view.term("concept", term, scaled, holders))
        return found

    def _with_feedback(self, plan: Plan, matched: Matched) -> Matched:
        if matched.query is None:
            return matched
        first = self.view.best(matched.query, DOCUMENTS)
        wider = self._matched(widened(plan, [self._sample(*one) for one in first]))
        return Matched(query=wider.query, unknown=matched.unknown)

    def _sample(self, score: float, address: DocAddress) -> Sample:
        snapshot = self.view.snapshot
        row = snapshot.row(address)
        return Sample("\n".join(row.texts), row.language, score)

    # ------------------------------------------------------------------ filters and facets

    def _filters(self, request: SearchRequest) -> Filters:
        filters = {
            name: self.view.filtered(name, values) for name, values in request.filters().items()
        }
        if request.evidence_min is not None:
            levels = [str(level) for level in range(request.evidence_min, 6)]
            filters["evidence"] = self.view.filtered("evidence", levels)
        if request.concept:
            filters["concept"] = self.view.concept_condition(request.concept)
        return filters

    def _count(self, query: Query | None, filters: Iterable[Query]) -> int:
        return self.view.seen(all_of([query, *filters])) if query is not None else 0

    def _facets(self, query: Query | None, filters: Filters) -> dict[str, tuple[FacetValue, ...]]:
        counts: dict[str, list[tuple[str, int]]] = {name: [] for name in FACETS}
        if query is not None:
            free = [name for name in FACETS if name not in filters]
            counts.update(self._values(query, filters.values(), free))
            for name in set(filters).intersection(FACETS):
                others = [one for other, one in filters.items() if other != name]
                counts.update(self._values(query, others, [name]))
        return {name: _sorted(counts[name]) for name in FACETS}

    def _values(
        self, query: Query, filters: Iterable[Query], facets: Sequence[str]
    ) -> dict[str, list[tuple[str, int]]]:
        asked = self.view.restricted(all_of([query, *filters]))
        return self.view.snapshot.values(asked, facets)

    def _relaxations(self, query: Query | None, filters: Filters) -> Iterable[Relaxation]:
        for name in filters:
            count = self._count(query, [one for other, one in filters.items() if other != name])
            if count:
                yield Relaxation(drop_filter=name, count=count)

    # ------------------------------------------------------------------ the page

    def _page(
        self, first: int, last: int, sort: Sort, plan: Plan, query: Query | None, filters: Filters
    ) -> tuple[int, Scored]:
        """Return how many results there are, and those from first on, last not included."""
        if query is None:
            return 0, []
        asked = all_of([query, *filters.values()])
        by_score = is_ranked(plan)
        if sort == "evidence":
            page = self._by_evidence(asked, first, last, by_score=by_score)
            return self.view.seen(asked), page
        if sort == "newest" or not by_score:
            total, found = self.view.newest(asked, last)
        else:
            total, found = self.view.best_of(asked, last)
        return total, found[first:]

    def _by_evidence(self, query: Query, first: int, last: int, *, by_score: bool) -> Scored:
        """Return the page by level, strongest first; one level is asked for after the other."""
        counts = dict(self._values(query, (), ["evidence"])["evidence"])
        page: Scored = []
        for level in _LEVELS:
            count = counts.get(level, 0)
            if count > max(first, 0) and last > 0:
                asked = all_of([query, self.view.filtered("evidence", [level])])
                ranked = self.view.best_of if by_score else self.view.newest
                page += ranked(asked, min(last, count))[1][max(first, 0) :]
            first, last = first - count, last - count
        return page

    def _hits(self, plan: Plan, page: Scored) -> Iterable[Hit]:
        snapshot, marks = self.view.snapshot, marks_of(plan)
        for score, address in page:
            row = snapshot.row(address)
            title, summary, body = row.texts
            text = "\n".join(part for part in (summary, body) if part)
            yield Hit(
                ref=row.ref,
                score=round(score, 6),
                language=row.language,
                title=marked(title, row.language, marks, self.vocabulary),
                snippet=snippet(text, row.language, marks, self.vocabulary),
            )

    def _suggestion(self, plan: Plan, matched: Matched) -> str | None:
        if not matched.unknown:
            return None
        return respelt(plan, matched.unknown, self.speller(), self.view)


def _sorted(counts: Iterable[tuple[str, int]]) -> tuple[FacetValue, ...]:
    ordered = sorted(counts, key=lambda item: (-item[1], item[0]))
    return tuple(FacetValue(value=value, count=n) for value, n in ordered[:MAX_FACET_VALUES])
