"""How does the administrator look after accounts?"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from integra_node import passwords
from integra_node.actions import accounts, officers
from integra_node.actions.accounts import NewAccount
from integra_node.rules.permissions import CASEWORK_ROLES, Action, Profile, Role
from integra_node.rules.problems import InvalidFieldsError
from integra_node.rules.staff import Staff
from integra_node.store.database import Tx
from integra_node.web.bodies import form_of
from integra_node.web.context import context_of
from integra_node.web.forms import FormData, FormView
from integra_node.web.identity import LIMITS
from integra_node.web.problem_texts import rejected
from integra_node.web.rendering import page, say, see_other
from integra_node.web.role_names import ROLE_HINTS, ROLE_NAMES
from integra_node.web.sign_in import hashed
from integra_node.web.visit import staff_of

_KNOWN_ROLES = frozenset(Role)


async def show_all(request: web.Request) -> web.Response:
    """List every account."""
    context, staff = context_of(request), staff_of(request)
    found = await context.database.read(lambda tx: accounts.list_accounts(tx, staff=staff))
    return await page(
        request, "accounts.html", accounts=found, now=context.clock(), role_names=_names(request)
    )


async def show_new(request: web.Request) -> web.Response:
    """Show the form for a new account."""
    return await page(request, "account_new.html", form=FormView(), roles=_options(request))


async def create(request: web.Request) -> web.Response:
    """Add an account and show its temporary password, once."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    password, now = passwords.temporary_password(context.random), context.clock()
    new = NewAccount(
        username=form.text("username"),
        display_name=form.text("display_name"),
        roles=_roles(form),
        encoded=await hashed(request, password),
    )
    try:
        made = await context.database.write(
            lambda tx: accounts.create_account(tx, new, staff=staff, now=now, random=context.random)
        )
    except InvalidFieldsError as error:
        view = rejected(request, form, error.problems)
        return await page(
            request, "account_new.html", status=400, form=view, roles=_options(request)
        )
    return await page(request, "account_password.html", account=made, password=password, new=True)


async def show(request: web.Request) -> web.Response:
    """Show one account with its roles and sessions."""
    return await _show(request, None, status=200)


async def change_roles(request: web.Request) -> web.Response:
    """Replace the roles of an account."""
    form, account_id = form_of(request), request.match_info["id"]
    staff, now = staff_of(request), context_of(request).clock()
    try:
        await context_of(request).database.write(
            lambda tx: accounts.change_roles(tx, account_id, _roles(form), staff=staff, now=now)
        )
    except InvalidFieldsError as error:
        return await _show(request, rejected(request, form, error.problems), status=400)
    return see_other(f"/accounts/{account_id}?done=roles")


async def reset_password(request: web.Request) -> web.Response:
    """Give somebody a temporary password and show it, once."""
    context, staff = context_of(request), staff_of(request)
    password, now = passwords.temporary_password(context.random), context.clock()
    account_id, encoded = request.match_info["id"], await hashed(request, password)

    def reset(tx: Tx) -> object:
        accounts.reset_password(tx, account_id, encoded, staff=staff, now=now)
        return accounts.read_account(tx, account_id, staff=staff)

    account = await context.database.write(reset)
    return await page(
        request, "account_password.html", account=account, password=password, new=False
    )


async def unlock(request: web.Request) -> web.Response:
    """Lift the lock of an account."""
    return await _do(request, accounts.unlock)


async def disable(request: web.Request) -> web.Response:
    """Shut an account and revoke its signing key."""
    us = context_of(request).us

    def shut(tx: Tx, account_id: str, *, staff: Staff, now: int) -> None:
        officers.disable_account(tx, us, account_id, staff=staff, now=now)

    return await _do(request, shut)


async def enable(request: web.Request) -> web.Response:
    """Open an account again."""
    return await _do(request, accounts.enable)


async def revoke_sessions(request: web.Request) -> web.Response:
    """End every session of somebody."""
    return await _do(request, accounts.revoke_sessions)


async def revoke_session(request: web.Request) -> web.Response:
    """End one session of somebody."""
    context, staff = context_of(request), staff_of(request)
    now, session_id = context.clock(), request.match_info["session"]
    ended = await context.database.write(
        lambda tx: accounts.revoke_session(tx, session_id, staff=staff, now=now)
    )
    return see_other(f"/accounts/{ended.account_id}?done=saved")


async def _do(request: web.Request, action: Callable[..., object]) -> web.Response:
    context, staff, account_id = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    await context.database.write(lambda tx: action(tx, account_id, staff=staff, now=now))
    return see_other(f"/accounts/{account_id}?done=saved")


async def _show(request: web.Request, view: FormView | None, *, status: int) -> web.Response:
    context, staff, account_id = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    account, sessions, held = await context.database.read(
        lambda tx: (
            accounts.read_account(tx, account_id, staff=staff),
            accounts.open_sessions(tx, account_id, staff=staff, now=now, limits=LIMITS),
            officers.state_of(tx, account_id),
        )
    )
    roles = FormData(items=tuple(("roles", role) for role in sorted(account.roles)))
    return await page(
        request,
        "account_edit.html",
        status=status,
        account=account,
        sessions=sessions,
        form=view or FormView(data=roles),
        roles=_options(request),
        now=now,
        own=account.id == staff.account_id,
        key=held.key,
        may_revoke=staff.may(Action.MANAGE_OFFICERS),
    )


def _roles(form: FormData) -> frozenset[Role]:
    return frozenset(Role(word) for word in form.all("roles") if word in _KNOWN_ROLES)


def _options(request: web.Request) -> list[tuple[str, str, str]]:
    profile = Profile(context_of(request).config.profile)
    offered = [role for role in Role if profile is Profile.CASEWORK or role not in CASEWORK_ROLES]
    return [
        (role.value, say(request, ROLE_NAMES[role]), say(request, ROLE_HINTS[role]))
        for role in offered
    ]


def _names(request: web.Request) -> dict[str, str]:
    return {role.value: say(request, name) for role, name in ROLE_NAMES.items()}
