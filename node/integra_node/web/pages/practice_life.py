"""How does an owner say that a practice still holds, or that another takes its place?"""

from __future__ import annotations

from aiohttp import web

from integra_node.actions import practice_life, practice_lists
from integra_node.rules.problems import InvalidFieldsError
from integra_node.web.bodies import form_of
from integra_node.web.context import context_of
from integra_node.web.forms import FormView
from integra_node.web.pages.practices import etag_in, step
from integra_node.web.problem_texts import rejected
from integra_node.web.rendering import page, see_other
from integra_node.web.visit import staff_of


async def confirm(request: web.Request) -> web.Response:
    """Say to every member that a practice still holds."""
    us, form = context_of(request).us, form_of(request)
    return await step(
        request,
        lambda tx, id_, staff, now: practice_life.confirm(
            tx, us, id_, etag=etag_in(form), staff=staff, now=now
        ),
        done="confirmed",
    )


async def show_deprecate(request: web.Request) -> web.Response:
    """Ask why, and what takes its place."""
    return await _form(request, FormView(), status=200)


async def deprecate(request: web.Request) -> web.Response:
    """Advise every member against beginning a practice of ours."""
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    form, now = form_of(request), context.clock()
    try:
        row = await context.database.write(
            lambda tx: practice_life.deprecate(
                tx,
                context.us,
                id_,
                reason=form.text("reason"),
                successor=form.text("successor"),
                etag=etag_in(form),
                staff=staff,
                now=now,
            )
        )
    except InvalidFieldsError as error:
        return await _form(request, rejected(request, form, error.problems), status=400)
    return see_other(f"/practices/{row.id}?done=deprecated")


async def _form(request: web.Request, view: FormView, *, status: int) -> web.Response:
    staff, id_ = staff_of(request), request.match_info["id"]
    row = await context_of(request).database.read(
        lambda tx: practice_lists.read_own(tx, id_, staff=staff)
    )
    return await page(request, "practice_deprecate.html", status=status, form=view, row=row)
