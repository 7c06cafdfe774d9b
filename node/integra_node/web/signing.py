"""How does an officer sign from a page or a program? The PIN opens the key before the transaction."""

from __future__ import annotations

from aiohttp import web

from integra_node.actions import officers
from integra_node.actions.officers import WrongPinError
from integra_node.actions.publishing import Officer
from integra_node.web.context import context_of
from integra_node.web.sign_in import SLOW_POOL
from integra_node.web.visit import staff_of


async def unlocked(request: web.Request, pin: str) -> Officer:
    """Open the actor's signing key; each try is counted before it is made.

    Raises:
        NoOfficerKeyError: the actor has no key, or it was revoked.
        OfficerLockedError: five wrong PINs were entered.
        WrongPinError: this one is wrong.
        BusyError: too many are signing at this moment.
    """
    context, staff = context_of(request), staff_of(request)
    key = await context.database.write(lambda tx: officers.begin_try(tx, staff=staff))
    master = context.us.keys.master
    try:
        officer = await request.config_dict[SLOW_POOL].run(
            lambda: officers.unlock(master, key, pin)
        )
    except WrongPinError:
        now = context.clock()
        await context.database.write(
            lambda tx: officers.note_wrong_pin(tx, key.officer, staff=staff, now=now)
        )
        raise
    await context.database.write(lambda tx: officers.end_try(tx, key.officer))
    return officer
