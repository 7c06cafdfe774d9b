"""How does a person get the key that they sign with, and who takes it away?"""

from __future__ import annotations

from aiohttp import web

from integra_node.actions import officers
from integra_node.rules.problems import InvalidFieldsError, error
from integra_node.web.bodies import form_of
from integra_node.web.context import context_of
from integra_node.web.forms import FormView
from integra_node.web.own_key import make_own_key
from integra_node.web.problem_texts import rejected
from integra_node.web.rendering import page, see_other
from integra_node.web.visit import staff_of


async def show(request: web.Request) -> web.Response:
    """Show one's own signing key, and the form for a new one."""
    return await _show(request, FormView(), status=200)


async def make(request: web.Request) -> web.Response:
    """Make one's own signing key, or a new one when the PIN is forgotten."""
    form = form_of(request)
    try:
        if form.secret("pin") != form.secret("again.pin"):
            raise InvalidFieldsError([error("again.pin", "pins_differ")])
        await make_own_key(request, password=form.secret("password"), pin=form.secret("pin"))
    except InvalidFieldsError as failed:
        return await _show(request, rejected(request, form, failed.problems), status=400)
    return see_other("/account/officer?done=key")


async def revoke(request: web.Request) -> web.Response:
    """Revoke somebody's signing key at once."""
    context, staff, account_id = context_of(request), staff_of(request), request.match_info["id"]
    why, now = form_of(request).text("why"), context.clock()
    await context.database.write(
        lambda tx: officers.revoke(tx, context.us, account_id, why=why, staff=staff, now=now)
    )
    return see_other(f"/accounts/{account_id}?done=saved")


async def allow(request: web.Request) -> web.Response:
    """Let somebody whose key was revoked make a new one."""
    context, staff, account_id = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    await context.database.write(
        lambda tx: officers.allow_new_key(tx, account_id, staff=staff, now=now)
    )
    return see_other(f"/accounts/{account_id}?done=saved")


async def _show(request: web.Request, view: FormView, *, status: int) -> web.Response:
    context, staff = context_of(request), staff_of(request)
    held = await context.database.read(lambda tx: officers.state_of(tx, staff.account_id))
    return await page(
        request,
        "officer.html",
        status=status,
        form=view,
        held=held,
        done=request.query.get("done") == "key",
    )
