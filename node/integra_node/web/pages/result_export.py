"""How do people take a list of results along: as CSV, as JSON, as a page to print?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from integra_node.actions import result_export
from integra_node.rules.problems import error
from integra_node.rules.result_list import MAX_ROWS, ResultRow, csv_text, json_text
from integra_node.web.asked_words import filter_words
from integra_node.web.bodies import form_of
from integra_node.web.code_names import CodeNames
from integra_node.web.context import context_of
from integra_node.web.forms import FormView
from integra_node.web.problem_texts import rejected
from integra_node.web.rendering import page
from integra_node.web.search_form import Asked, read_address, read_carried
from integra_node.web.visit import staff_of, visit_of

if TYPE_CHECKING:
    from collections.abc import Callable

_FILES: Final[dict[str, tuple[str, Callable[[list[ResultRow]], str]]]] = {
    "csv": ("text/csv", csv_text),
    "json": ("application/json", json_text),
}
PRINT: Final = "html"


async def show(request: web.Request) -> web.Response:
    """Say what one gets, and ask in which form."""
    return await _ask(request, read_address(request.query.items()), FormView(), status=200)


async def export(request: web.Request) -> web.Response:
    """Send the first 500 results in the form that was chosen."""
    form = form_of(request)
    asked, chosen = read_carried(form.text("question")), form.text("format")
    if chosen not in (*_FILES, PRINT):
        view = rejected(request, form, [error("format", "required")])
        return await _ask(request, asked, view, status=400)
    rows = await _rows(request, asked, chosen)
    if chosen == PRINT:
        return await _page(request, "results_print.html", asked, rows=rows)
    media, text_of = _FILES[chosen]
    name = f"results-{context_of(request).config.org}.{chosen}"
    return web.Response(
        text=text_of(rows),
        content_type=media,
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _rows(request: web.Request, asked: Asked, form: str) -> list[ResultRow]:
    context, staff = context_of(request), staff_of(request)
    now, wanted = context.clock(), asked.request((visit_of(request).language,))
    found = result_export.refs(context.index, wanted, staff=staff)
    await context.database.write(
        lambda tx: result_export.begin(tx, form=form, staff=staff, now=now)
    )
    rows: list[ResultRow] = []
    for block in result_export.blocks(found):
        rows += await context.database.read(
            lambda tx, block=block: result_export.rows(tx, block, staff=staff)  # type: ignore[misc]  # bound at once
        )
    return rows


async def _ask(request: web.Request, asked: Asked, view: FormView, *, status: int) -> web.Response:
    return await _page(request, "results_export.html", asked, status=status, form=view)


async def _page(
    request: web.Request, template: str, asked: Asked, *, status: int = 200, **values: object
) -> web.Response:
    names = CodeNames(language=visit_of(request).language)
    return await page(
        request,
        template,
        status=status,
        asked=asked,
        question=asked.question,
        filters=filter_words(asked.question, names, context_of(request).index.vocabulary),
        names=names,
        most=MAX_ROWS,
        now=context_of(request).clock(),
        **values,
    )
