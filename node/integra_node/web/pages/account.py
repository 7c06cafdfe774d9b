"""What can people change about their own account: password, sessions, language?"""

from __future__ import annotations

from aiohttp import web

from integra_node.actions import accounts, signing_in
from integra_node.rules.accounts import password_problems
from integra_node.rules.permissions import Action
from integra_node.rules.problems import Problem, error
from integra_node.store import accounts as store_accounts
from integra_node.web.bodies import form_of
from integra_node.web.context import context_of
from integra_node.web.forms import FormData, FormView
from integra_node.web.identity import COOKIES, LIMITS
from integra_node.web.languages import NAMES, available
from integra_node.web.paths import own_path
from integra_node.web.problem_texts import rejected
from integra_node.web.rendering import page, see_other
from integra_node.web.sign_in import check, hashed
from integra_node.web.visit import account_of, session_of, staff_of, visit_of


async def show(request: web.Request) -> web.Response:
    """Show one's own account and open sessions."""
    context, staff = context_of(request), staff_of(request)
    now = context.clock()
    sessions = await context.database.read(
        lambda tx: accounts.open_sessions(tx, staff.account_id, staff=staff, now=now, limits=LIMITS)
    )
    return await page(
        request,
        "account.html",
        account=account_of(request),
        sessions=sessions,
        own_session=session_of(request).id,
        may_sign=staff.may(Action.OWN_OFFICER_KEY),
    )


async def show_password(request: web.Request) -> web.Response:
    """Show the form for a new password."""
    return await page(request, "password.html", form=FormView(), account=account_of(request))


async def change_password(request: web.Request) -> web.Response:
    """Replace one's own password."""
    form = form_of(request)
    problems = await _password_problems(request, form)
    if problems:
        view = rejected(request, form, problems)
        return await page(
            request, "password.html", status=400, form=view, account=account_of(request)
        )
    return see_other("/account?done=password")


async def revoke_session(request: web.Request) -> web.Response:
    """End one of one's own sessions."""
    context, staff = context_of(request), staff_of(request)
    now, session_id = context.clock(), request.match_info["id"]
    await context.database.write(
        lambda tx: accounts.revoke_session(tx, session_id, staff=staff, now=now)
    )
    return see_other("/account?done=sessions")


async def revoke_others(request: web.Request) -> web.Response:
    """End all of one's own sessions but this one."""
    context, staff = context_of(request), staff_of(request)
    now = context.clock()
    await context.database.write(lambda tx: accounts.revoke_own_sessions(tx, staff=staff, now=now))
    return see_other("/account?done=sessions")


async def show_languages(request: web.Request) -> web.Response:
    """Show the languages that the pages speak."""
    offered = [(code, NAMES.get(code, code)) for code in available()]
    back = own_path(request.query.get("next", ""))
    return await page(request, "language.html", offered=offered, back=back)


async def choose_language(request: web.Request) -> web.Response:
    """Remember a language, in the browser and for who is signed in."""
    form, staff = form_of(request), visit_of(request).staff
    language = form.text("language")
    response = see_other(own_path(form.text("next")))
    if language in available():
        request.config_dict[COOKIES].set_language(response, language)
        if staff is not None:
            await context_of(request).database.write(
                lambda tx: accounts.choose_language(tx, language, staff=staff)
            )
    return response


async def _password_problems(request: web.Request, form: FormData) -> tuple[Problem, ...]:
    """Change the password, or return what forbids it."""
    context, staff, account = context_of(request), staff_of(request), account_of(request)
    now, new = context.clock(), form.secret("new_password")
    problems = _new_password_problems(form, account.username)
    stored = await context.database.read(
        lambda tx: store_accounts.password_of(tx, staff.account_id)
    )
    if problems or stored is None:
        return problems
    if account.is_locked(now):
        return (error("old_password", "account_locked"),)
    right, _ = await check(request, form.secret("old_password"), stored)
    if not right:
        await context.database.write(lambda tx: signing_in.count_failure(tx, account.id, now=now))
        return (error("old_password", "wrong_password"),)
    encoded = await hashed(request, new)
    await context.database.write(
        lambda tx: accounts.change_own_password(
            tx, checked=stored.encoded, encoded=encoded, staff=staff, now=now
        )
    )
    return ()


def _new_password_problems(form: FormData, username: str) -> tuple[Problem, ...]:
    new = form.secret("new_password")
    if new == form.secret("old_password"):
        return (error("new_password", "password_unchanged"),)
    if new != form.secret("repeat_password"):
        return (error("repeat_password", "passwords_differ"),)
    return tuple(
        Problem(path="new_password", code=item.code, params=item.params)
        for item in password_problems(new, username)
    )
