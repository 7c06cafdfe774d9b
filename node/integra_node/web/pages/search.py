"""How does a reader find a practice: by words and filters, or by looking around?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from integra_node.actions import library, library_visits, saved_searches
from integra_node.actions.federation_status import partners_current
from integra_node.actions.library import FoundPage, Listed
from integra_node.actions.library_visits import MOST, New
from integra_node.rules.messages import N_
from integra_node.rules.staff import Staff
from integra_node.search.contract import MAX_LISTED, SearchIndex, SearchRequest
from integra_node.store.database import Tx
from integra_node.store.saved_searches import SavedSearch
from integra_node.web.asked_words import concepts_of, filter_words
from integra_node.web.code_names import CodeNames
from integra_node.web.context import WebContext, context_of
from integra_node.web.rendering import page
from integra_node.web.search_form import (
    CARRIED,
    PER_PAGE,
    Asked,
    evidence_options,
    facets,
    read_address,
)
from integra_node.web.visit import staff_of, visit_of
from integra_protocol.errors import NotFoundError

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
    """What the index found; ``listed`` and ``total`` are of what is new when only that is asked."""

    found: FoundPage
    held: int
    orgs: int
    partners: tuple[int, int] | None
    new: New | None
    saved: SavedSearch | None
    listed: tuple[Listed, ...]
    total: int

    @property
    def fresh(self) -> frozenset[str]:
        """The refs that are marked as new."""
        found = self.saved.fresh if self.saved is not None else ()
        return frozenset((*(self.new.refs if self.new is not None else ()), *found))


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
        pager=asked.pager(answer.total),
        names=names,
        sorts=SORT_NAMES,
        concepts=concepts_of(results.concepts, names.language, context.index.vocabulary),
        carried=[
            one
            for one in filter_words(asked.question, names, context.index.vocabulary)
            if one[0] in CARRIED
        ],
        most=MOST,
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
    new = library_visits.read_new(tx, staff=staff)
    refs = _new_refs(context, asked, language, staff, new) if asked.only_new else []
    place = (asked.page - 1) * PER_PAGE
    return _Answer(
        found=found,
        held=sum(counts.values()),
        orgs=len(counts),
        partners=partners_current(tx, context.us, now=context.clock()),
        new=new,
        saved=_saved(tx, asked, staff),
        listed=library.list_refs(tx, refs[place : place + PER_PAGE]),
        total=len(refs) if asked.only_new else found.results.total,
    )


def _new_refs(
    context: WebContext, asked: Asked, language: str, staff: Staff, new: New | None
) -> list[str]:
    """Return what is new of all that answers the question, in its order."""
    known = frozenset(new.refs if new is not None else ())
    if not known:
        return []
    audience, wanted = library.audience_of(staff), asked.request((language,))
    return [ref for ref in context.index.refs(audience, wanted, MAX_LISTED) if ref in known]


def _saved(tx: Tx, asked: Asked, staff: Staff) -> SavedSearch | None:
    try:
        return saved_searches.read(tx, asked.saved, staff=staff) if asked.saved else None
    except NotFoundError:
        return None  # dropped meanwhile, or an address of somebody else's


def _needs(index: SearchIndex, names: CodeNames, staff: Staff) -> list[tuple[str, int]]:
    """Return each need with how many practices speak of it, in whatever language."""
    audience = library.audience_of(staff)
    asked = [
        (label, SearchRequest(q=label, per_page=1)) for _, label in names.options("need_domain")
    ]
    found = [(label, index.search(audience, request).total) for label, request in asked]
    return [(label, count) for label, count in found if count]
