"""How does a program look around in the library: like this one, by member?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from aiohttp import web
from pydantic import Field

from integra_node.actions import library, library_browsing
from integra_node.web.api.answers import ApiModel, json_answer
from integra_node.web.api.session import utc_text
from integra_node.web.bodies import read_query
from integra_node.web.context import context_of
from integra_node.web.sorting import sort_key
from integra_node.web.visit import staff_of, visit_of

if TYPE_CHECKING:
    from integra_node.actions.library import Listed
    from integra_node.store.database import Tx


class SimilarParameters(ApiModel):
    """How many at most."""

    limit: Annotated[int, Field(ge=1, le=10)] = 5


class SimilarItem(ApiModel):
    """One practice; ``evidence`` 0 to 5; times in RFC 3339, UTC."""

    ref: str
    title: str
    language: str
    org: str
    country: list[str]
    evidence: int | None = None
    published_at: str


class SimilarAnswer(ApiModel):
    """Practices like the one asked about, closest first."""

    items: list[SimilarItem]


class ConceptItem(ApiModel):
    """One concept: ``count`` practices and alerts speak of it or of one below it."""

    id: str
    label: str
    language: str
    broader: list[str]
    count: int


class ConceptsAnswer(ApiModel):
    """Concepts of the thesaurus by their name in the reader's language."""

    items: list[ConceptItem]


class OrganisationItem(ApiModel):
    """One member with what it published and stands; ``newest_at`` in RFC 3339, UTC."""

    org: str
    practices: int
    alerts: int
    newest_at: str | None = None
    suspended: bool


class OrganisationsAnswer(ApiModel):
    """The members without hubs, in the order of the reader's language."""

    items: list[OrganisationItem]


async def similar(request: web.Request) -> web.Response:
    """List practices like a published one."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    asked = read_query(request, SimilarParameters)

    def load(tx: Tx) -> tuple[Listed, ...]:
        library.read_published(tx, context.us, ref, staff=staff)
        return library_browsing.similar(tx, context.index, ref, staff=staff, limit=asked.limit)

    found = await context.database.read(load)
    return json_answer(SimilarAnswer(items=[_similar(one) for one in found]))


async def concepts(request: web.Request) -> web.Response:
    """List the concepts that something the caller may see speaks of."""
    context, language = context_of(request), visit_of(request).language
    vocabulary = context.index.vocabulary
    counts = context.index.concepts(library.audience_of(staff_of(request)))
    items = []
    for id_, count in counts.items():
        if id_ in vocabulary.concepts:
            label, tongue = vocabulary.label(id_, (language,))
            broader = [one for one in vocabulary.concepts[id_].broader if one in counts]
            items.append(
                ConceptItem(id=id_, label=label, language=tongue, broader=broader, count=count)
            )
    items.sort(key=lambda one: sort_key(one.label, language))
    return json_answer(ConceptsAnswer(items=items))


async def organisations(request: web.Request) -> web.Response:
    """List the members with what they published."""
    staff, language = staff_of(request), visit_of(request).language
    found = await context_of(request).database.read(
        lambda tx: library_browsing.organisations(tx, staff=staff)
    )
    items = [
        OrganisationItem(
            org=one.org,
            practices=one.practices,
            alerts=one.alerts,
            newest_at=utc_text(one.newest_at) if one.newest_at is not None else None,
            suspended=one.is_suspended,
        )
        for one in sorted(found, key=lambda one: sort_key(one.org, language))
    ]
    return json_answer(OrganisationsAnswer(items=items))


def _similar(one: Listed) -> SimilarItem:
    return SimilarItem(
        ref=one.mark.ref,
        title=one.headline.title,
        language=one.headline.language,
        org=one.mark.org,
        country=list(one.headline.country),
        evidence=one.headline.evidence,
        published_at=utc_text(one.mark.published_at),
    )
