"""What do I look for again? Saved searches: list, save, rename, drop, and what is new for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from aiohttp import web

from integra_node.actions import library_visits, saved_searches
from integra_node.rules.messages import N_
from integra_node.rules.problems import InvalidFieldsError
from integra_node.rules.question import MAX_NAME_CHARS, parse_question
from integra_node.web.asked_words import Word, filter_words
from integra_node.web.bodies import form_of
from integra_node.web.code_names import CodeNames
from integra_node.web.context import WebContext, context_of
from integra_node.web.forms import FormData, FormView
from integra_node.web.problem_texts import rejected
from integra_node.web.rendering import page, see_other
from integra_node.web.search_form import Asked, asked_again, read_address, read_carried
from integra_node.web.visit import staff_of, visit_of

if TYPE_CHECKING:
    from integra_node.rules.question import Question
    from integra_node.store.saved_searches import SavedSearch

NOTIFY: Final = (
    ("never", N_("Do not tell me")),
    ("daily", N_("Tell me once a day")),
    ("at_once", N_("Tell me at once")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A saved search as its owner reads it."""

    row: SavedSearch
    question: Question
    filters: list[tuple[str, str, list[Word]]]


async def show_all(request: web.Request) -> web.Response:
    """List one's own saved searches."""
    context, staff = context_of(request), staff_of(request)
    rows = await context.database.read(lambda tx: saved_searches.list_own(tx, staff=staff))
    return await page(
        request,
        "searches.html",
        shown=[_shown(request, one) for one in rows],
        notify=dict(NOTIFY),
        names=_names(request),
        done=request.query.get("done", ""),
    )


async def show(request: web.Request) -> web.Response:
    """Go to the results of a saved search, newest first as long as something is new."""
    row = await _read(request)
    asked = replace(asked_again(parse_question(row.question)), saved=row.id)
    if row.fresh:
        asked = replace(asked, sort="newest")
    return see_other(asked.address())


async def show_new(request: web.Request) -> web.Response:
    """Ask for the name of a search that is to be saved."""
    asked = read_address(request.query.items())
    data = FormData(items=(("name", asked.q[:MAX_NAME_CHARS]), ("notify", "daily")))
    return await _save_page(request, asked, FormView(data=data), status=200)


async def create(request: web.Request) -> web.Response:
    """Save a search."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    asked, now = read_carried(form.text("question")), context.clock()
    try:
        await context.database.write(
            lambda tx: saved_searches.save(
                tx,
                asked.question,
                name=form.text("name"),
                notify=form.text("notify"),
                staff=staff,
                now=now,
                zone=context.us.zone,
                random=context.random,
            )
        )
    except InvalidFieldsError as error:
        return await _save_page(request, asked, rejected(request, form, error.problems), status=400)
    return see_other("/searches?done=saved")


async def show_edit(request: web.Request) -> web.Response:
    """Show name and notice of a saved search."""
    row = await _read(request)
    data = FormData(items=(("name", row.name), ("notify", row.notify)))
    return await _edit_page(request, row, FormView(data=data), status=200)


async def change(request: web.Request) -> web.Response:
    """Give a saved search another name or notice."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    row, now = await _read(request), context.clock()
    try:
        await context.database.write(
            lambda tx: saved_searches.change(
                tx,
                row.id,
                name=form.text("name"),
                notify=form.text("notify"),
                staff=staff,
                now=now,
                zone=context.us.zone,
            )
        )
    except InvalidFieldsError as error:
        return await _edit_page(request, row, rejected(request, form, error.problems), status=400)
    return see_other("/searches?done=changed")


async def show_drop(request: web.Request) -> web.Response:
    """Ask whether a saved search may go."""
    row = await _read(request)
    return await page(request, "search_drop.html", row=row)


async def drop(request: web.Request) -> web.Response:
    """Delete a saved search."""
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    await context.database.write(lambda tx: saved_searches.drop(tx, id_, staff=staff, now=now))
    return see_other("/searches?done=dropped")


async def mark_seen(request: web.Request) -> web.Response:
    """Count what is new for a saved search as seen."""
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    await context.database.write(lambda tx: saved_searches.mark_seen(tx, id_, staff=staff, now=now))
    return see_other("/searches?done=seen")


async def mark_library_seen(request: web.Request) -> web.Response:
    """Count everything that is in the library now as seen."""
    context, staff = context_of(request), staff_of(request)
    now = context.clock()
    await context.database.write(lambda tx: library_visits.mark_seen(tx, staff=staff, now=now))
    return see_other("/search")


async def _save_page(
    request: web.Request, asked: Asked, view: FormView, *, status: int
) -> web.Response:
    context = context_of(request)
    names = _names(request)
    return await page(
        request,
        "search_save.html",
        status=status,
        form=view,
        asked=asked,
        address=asked.carried,
        filters=filter_words(asked.question, names, context.index.vocabulary),
        question=asked.question,
        notify=NOTIFY,
        names=names,
        row=None,
    )


async def _edit_page(
    request: web.Request, row: SavedSearch, view: FormView, *, status: int
) -> web.Response:
    shown = _shown(request, row)
    return await page(
        request,
        "search_save.html",
        status=status,
        form=view,
        filters=shown.filters,
        question=shown.question,
        notify=NOTIFY,
        names=_names(request),
        row=row,
    )


def _shown(request: web.Request, row: SavedSearch) -> Shown:
    context: WebContext = context_of(request)
    question = parse_question(row.question)
    return Shown(
        row=row,
        question=question,
        filters=filter_words(question, _names(request), context.index.vocabulary),
    )


async def _read(request: web.Request) -> SavedSearch:
    staff, id_ = staff_of(request), request.match_info["id"]
    return await context_of(request).database.read(
        lambda tx: saved_searches.read(tx, id_, staff=staff)
    )


def _names(request: web.Request) -> CodeNames:
    return CodeNames(language=visit_of(request).language)
