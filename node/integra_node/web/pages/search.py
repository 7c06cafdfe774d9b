"""How does a reader find a practice: by words and filters, or by looking around?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from integra_node.actions import library
from integra_node.actions.federation_status import partners_current
from integra_node.actions.library import FoundPage
from integra_node.rules.messages import N_
from integra_node.rules.staff import Staff
from integra_node.search.contract import SearchIndex, SearchRequest
from integra_node.store.database import Tx
from integra_node.web.code_names import CodeNames
from integra_node.web.context import WebContext, context_of
from integra_node.web.rendering import page
from integra_node.web.search_form import Asked, evidence_options, facets, read_address
from integra_node.web.visit import staff_of, visit_of

SORT_NAMES: Final = (
    ("relevance", N_("Best match first")),
    ("newest", N_("Newest first")),
    ("evidence", N_("Strongest evidence first")),
)
_WAYS: Final = (
    ("setting", N_("By setting")),
    ("stage", N_("By stage")),
    ("language", N_("By language")),
    ("country", N_("By country")),
    ("org", N_("By organisation")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    found: FoundPage
    held: int
    orgs: int
    partners: tuple[int, int] | None


async def show(request: web.Request) -> web.Response:
    """Search the library and show the results beside the filters."""
    context, staff = context_of(request), staff_of(request)
    names = CodeNames(language=visit_of(request).language)
    asked = read_address(request.query.items())
    answer = await context.database.read(
        lambda tx: _answer(tx, context, asked, names.language, staff)
    )
    results = answer.found.results
    return await page(
        request,
        "search.html",
        asked=asked,
        answer=answer,
        results=results,
        items=answer.found.items,
        facets=facets(asked, results, names),
        levels=evidence_options(results, names),
        pager=asked.pager(results.total),
        names=names,
        sorts=SORT_NAMES,
    )


async def browse(request: web.Request) -> web.Response:
    """Show what there is, by setting, stage, need, language, country and organisation."""
    context, staff = context_of(request), staff_of(request)
    names = CodeNames(language=visit_of(request).language)
    asked = read_address(())
    answer, needs = await context.database.read(
        lambda tx: (
            _answer(tx, context, asked, names.language, staff),
            _needs(context.index, names, staff),
        )
    )
    shown = facets(asked, answer.found.results, names)
    return await page(
        request,
        "browse.html",
        answer=answer,
        ways=[(name, title, shown[name]) for name, title in _WAYS],
        needs=needs,
    )


def _answer(tx: Tx, context: WebContext, asked: Asked, language: str, staff: Staff) -> _Answer:
    found = library.search(tx, context.index, asked.request((language,)), staff=staff)
    counts = library.count_by_org(tx)
    return _Answer(
        found=found,
        held=sum(counts.values()),
        orgs=len(counts),
        partners=partners_current(tx, context.us, now=context.clock()),
    )


def _needs(index: SearchIndex, names: CodeNames, staff: Staff) -> list[tuple[str, int]]:
    """Return each need with how many practices speak of it, in whatever language."""
    audience = library.audience_of(staff)
    asked = [
        (label, SearchRequest(q=label, per_page=1)) for _, label in names.options("need_domain")
    ]
    found = [(label, index.search(audience, request).total) for label, request in asked]
    return [(label, count) for label, count in found if count]
