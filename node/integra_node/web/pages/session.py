"""How do people sign in and out on the pages?"""

from __future__ import annotations

from aiohttp import web

from integra_node.actions import signing_in
from integra_node.web import csrf
from integra_node.web.bodies import FORM, form_of
from integra_node.web.context import context_of
from integra_node.web.forms import FormData, FormView
from integra_node.web.identity import COOKIES
from integra_node.web.kept import KeptForm, keep, read_kept
from integra_node.web.paths import HOME, own_path
from integra_node.web.refusals import SignInRefusedError, sentence
from integra_node.web.rendering import page, say, see_other
from integra_node.web.sign_in import Entered, sign_in
from integra_node.web.visit import staff_of, visit_of


async def show(request: web.Request) -> web.Response:
    """Show the sign-in page."""
    if visit_of(request).staff is not None:
        return see_other(own_path(request.query.get("next", "")))
    form = FormView(data=FormData(items=(("next", request.query.get("next", "")),)))
    return await page(request, "sign_in.html", form=form, kept="", ended=False)


async def submit(request: web.Request) -> web.Response:
    """Take a username and password and go where the person wanted to go."""
    form = form_of(request)
    kept = read_kept(form.text("kept"))
    try:
        entered = await sign_in(
            request,
            username=form.text("username"),
            password=form.secret("password"),
            kind="page",
        )
    except SignInRefusedError as error:
        view = FormView(data=form, errors=(("username", say(request, sentence(error))),))
        return await page(
            request, "sign_in.html", status=401, form=view, kept=form.text("kept"), ended=False
        )
    return await _welcome(request, entered, own_path(form.text("next")), kept)


async def ask_to_sign_in_again(request: web.Request) -> web.Response:
    """Answer a form whose session has ended: what was typed waits on the sign-in page.

    A form with a file is not read for somebody who is not signed in, and so not kept.
    """
    kept = keep(form_of(request), visit_of(request).lapsed_account) if FORM in request else None
    form = FormView(data=FormData(items=(("next", request.path),)))
    carried = kept.text() if kept is not None and kept.account_id else ""
    return await page(request, "sign_in.html", status=401, form=form, kept=carried, ended=True)


async def sign_out(request: web.Request) -> web.Response:
    """End the session in use."""
    context, staff = context_of(request), staff_of(request)
    now = context.clock()
    await context.database.write(lambda tx: signing_in.sign_out(tx, staff=staff, now=now))
    response = see_other("/sign-in")
    cookies = request.config_dict[COOKIES]
    cookies.clear(response, cookies.session)
    # Other tabs of this browser still show pages: nothing of them may come back from its cache.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


async def _welcome(
    request: web.Request, entered: Entered, path: str, kept: KeptForm | None
) -> web.Response:
    cookies = request.config_dict[COOKIES]
    account = entered.signed_in.account
    if account.must_change:
        response = see_other("/account/password")
    elif kept is not None and kept.account_id == account.id:
        response = await page(
            request,
            "kept_form.html",
            path=path,
            fields=kept.fields,
            token=csrf.token_for(entered.token),
        )
    else:
        response = see_other(HOME if kept is not None else path)
    cookies.set_secret(response, cookies.session, entered.token)
    return response
