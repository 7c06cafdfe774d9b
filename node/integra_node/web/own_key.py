"""How does a person make the key that they sign with, by page or by API?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.actions import officers, signing_in
from integra_node.rules.problems import InvalidFieldsError, error
from integra_node.store import accounts
from integra_node.web.context import context_of
from integra_node.web.sign_in import SLOW_POOL, check
from integra_node.web.visit import account_of, staff_of

if TYPE_CHECKING:
    from aiohttp import web


async def make_own_key(request: web.Request, *, password: str, pin: str) -> None:
    """Make the actor's signing key, or a new one when the PIN is forgotten, and certify it.

    The password is asked for again: a session left open must not be enough to sign.

    Raises:
        InvalidFieldsError: the password is wrong or the account locked; the PIN is too simple.
        OfficerRevokedError: the key was revoked and no new one was allowed.
    """
    context, staff = context_of(request), staff_of(request)
    await _check_password(request, password)
    held = await context.database.read(lambda tx: officers.state_of(tx, staff.account_id))
    us, profile = context.us, context.password_profile
    new = await request.config_dict[SLOW_POOL].run(
        lambda: officers.make_key(us, held, pin=pin, profile=profile)
    )
    now = context.clock()
    await context.database.write(
        lambda tx: officers.certify(tx, us, staff.account_id, new, staff=staff, now=now)
    )


async def _check_password(request: web.Request, password: str) -> None:
    context, account = context_of(request), account_of(request)
    now = context.clock()
    if account.is_locked(now):
        raise InvalidFieldsError([error("password", "account_locked")])
    stored = await context.database.read(lambda tx: accounts.password_of(tx, account.id))
    right, _ = await check(request, password, stored)
    if right:
        return
    await context.database.write(lambda tx: signing_in.count_failure(tx, account.id, now=now))
    raise InvalidFieldsError([error("password", "wrong_password_now")])
