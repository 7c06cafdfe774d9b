"""How does a program search the library?"""

from __future__ import annotations

from typing import Annotated, Literal

from aiohttp import web
from pydantic import BeforeValidator, Field

from integra_node.actions import library
from integra_node.actions.library import Found
from integra_node.search.contract import (
    MAX_PAGE,
    MAX_PER_PAGE,
    MAX_QUERY_CHARS,
    MAX_VALUE_CHARS,
    MAX_VALUES,
    SearchRequest,
)
from integra_node.web.api.answers import ApiModel, json_answer
from integra_node.web.api.responses import ReviewedItem
from integra_node.web.api.session import utc_text
from integra_node.web.bodies import read_query
from integra_node.web.context import context_of
from integra_node.web.visit import staff_of, visit_of


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Value = Annotated[str, Field(min_length=1, max_length=MAX_VALUE_CHARS)]
Values = Annotated[
    tuple[Value, ...], BeforeValidator(_listed), Field(default=(), max_length=MAX_VALUES)
]


class SearchParameters(ApiModel):
    """The question; a filter may be repeated: any of its values counts, all filters together."""

    q: Annotated[str, Field(max_length=MAX_QUERY_CHARS)] = ""
    kind: Values
    language: Values
    setting: Values
    stage: Values
    country: Values
    org: Values
    tlp: Values
    concept: Values
    evidence_min: Annotated[int, Field(ge=0, le=5)] | None = None
    sort: Literal["relevance", "newest", "evidence"] = "relevance"
    page: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 1
    per_page: Annotated[int, Field(ge=1, le=MAX_PER_PAGE)] = 10
    expand: bool = True
    feedback: bool = False


class TranslatedItem(ApiModel):
    """The translation that was found, in the language of the result, and how it came about."""

    ref: str
    method: str


class ResultItem(ApiModel):
    """One result; texts are plain, never markup."""

    ref: str
    kind: str
    title: str
    snippet: str
    language: str
    org: str
    country: list[str]
    evidence: int | None = None
    published_at: str
    score: float
    signed: bool
    witnessed: bool
    reviewed: ReviewedItem | None = None
    translation: TranslatedItem | None = None


class FacetItem(ApiModel):
    """How many results have this value, the facet's own filter left aside."""

    value: str
    count: int


class SearchAnswer(ApiModel):
    """One page of results, with counts over all of them."""

    total: int
    took_ms: int
    suggestion: str | None = None
    expanded: list[str]
    concepts: list[str]
    results: list[ResultItem]
    facets: dict[str, list[FacetItem]]


async def show(request: web.Request) -> web.Response:
    """Search the library."""
    context, staff = context_of(request), staff_of(request)
    asked = read_query(request, SearchParameters)
    wanted = SearchRequest(**asked.model_dump(), reader_languages=(visit_of(request).language,))
    started = context.monotonic()
    found = await context.database.read(
        lambda tx: library.search(tx, context.index, wanted, staff=staff)
    )
    results = found.results
    answer = SearchAnswer(
        total=results.total,
        took_ms=round((context.monotonic() - started) * 1_000),
        suggestion=results.suggestion,
        expanded=list(results.expanded),
        concepts=list(results.concepts),
        results=[_result(one) for one in found.items],
        facets={
            name: [FacetItem(value=one.value, count=one.count) for one in values]
            for name, values in results.facets.items()
        },
    )
    return json_answer(answer)


def _result(one: Found) -> ResultItem:
    return ResultItem(
        ref=one.mark.ref,
        kind=one.kind,
        title=one.headline.title,
        snippet="".join(text for text, _ in one.hit.snippet),
        language=one.headline.language,
        org=one.mark.org,
        country=list(one.headline.country),
        evidence=one.headline.evidence,
        published_at=utc_text(one.mark.published_at),
        score=one.hit.score,
        signed=one.mark.signed,
        witnessed=one.mark.witnessed,
        reviewed=ReviewedItem(
            orgs=one.reviewed.orgs,
            countries=one.reviewed.countries,
            earlier=one.reviewed.earlier,
        )
        if one.kind == library.KIND
        else None,
        translation=TranslatedItem(
            ref=one.translation.ref, method=one.translation.translation.method
        )
        if one.translation
        else None,
    )
