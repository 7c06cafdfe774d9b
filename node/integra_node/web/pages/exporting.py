"""How do people take the library along: as JSON Lines, as CSV, as one page to print?"""

from __future__ import annotations

from aiohttp import web

from integra_node.actions import library
from integra_node.rules.problems import error
from integra_node.web.bodies import form_of
from integra_node.web.context import context_of
from integra_node.web.forms import FormView
from integra_node.web.library_files import FORMS, send
from integra_node.web.problem_texts import rejected
from integra_node.web.rendering import page


async def show(request: web.Request) -> web.Response:
    """Say what one gets, and ask in which form."""
    return await _page(request, FormView(), status=200)


async def export(request: web.Request) -> web.StreamResponse:
    """Send the library in the form that was chosen."""
    form = form_of(request)
    chosen = FORMS.get(form.text("format"))
    if chosen is None:
        view = rejected(request, form, [error("format", "required")])
        return await _page(request, view, status=400)
    return await send(request, chosen)


async def _page(request: web.Request, view: FormView, *, status: int) -> web.Response:
    counts = await context_of(request).database.read(library.count_by_org)
    return await page(request, "export.html", status=status, form=view, held=sum(counts.values()))
