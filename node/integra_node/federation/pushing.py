"""How do relays get our log, and how do partners get it when they cannot call us?

To each relay of the settings: every entry with all wraps, reachable or not; that is what delivers
while we are off and refills a restored backup.  When we have no address, partners that can be
reached get what they would have got by asking (docs/protocol.md section 6).
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from integra_node.actions import serving
from integra_node.actions.serving import View, Wanted
from integra_node.federation.contact import note_contact
from integra_node.federation.following import backoff
from integra_node.federation.peers import BATCH_MEDIA, PeerError
from integra_node.federation.publishing import look_if_behind
from integra_node.store import log, partners, rosters
from integra_node.supervision import keep_running
from integra_protocol.batch import encode_batch
from integra_protocol.errors import UnavailableError, WaitingError

if TYPE_CHECKING:
    from integra_node.federation.context import Federation
    from integra_protocol.roster import Roster

LOG: Final = logging.getLogger(__name__)
LOOK_AT_ROSTER_S: Final = 30
CONFLICT_PAUSE_S: Final = 0.2


class Pushing:
    """Pushes our own log; one task a recipient, so a dead one slows nobody."""

    def __init__(self, context: Federation) -> None:
        self._context = context
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Keep one task for each recipient of the roster; for ever."""
        async with asyncio.TaskGroup() as group:
            while True:
                for org, view in await self._recipients():
                    if org not in self._tasks:
                        self._tasks[org] = group.create_task(
                            keep_running(f"push {org}", partial(self._push_to, org, view))
                        )
                await asyncio.sleep(LOOK_AT_ROSTER_S if self._tasks else 1)

    async def _recipients(self) -> list[tuple[str, View]]:
        context = self._context
        try:
            roster = await context.database.read(rosters.current)
        except WaitingError:
            return []
        own = roster.member(context.us.org)
        relays = [r for r in relays_of(context, roster) if r != context.us.org]
        found = [(r, View.EVERYTHING) for r in relays]
        if own is not None and own.url is None:
            found += [
                (m.org, View.AUDIENCE)
                for m in roster.members.values()
                if m.url and m.org not in relays and m.org != context.us.org
            ]
        return found

    async def _push_to(self, org: str, view: View) -> None:
        context = self._context
        failures = 0
        while True:
            seen = context.grown.count
            try:
                moved = await self._push_once(org, view)
            except (PeerError, UnavailableError) as error:
                failures += 1
                LOG.info("push paused org=%s code=%s", org, error.detail)
                roster = await context.database.read(rosters.current)
                await note_contact(context, roster, org, error=error.code)
                await asyncio.sleep(backoff(failures, 0))
                continue
            failures = 0
            if not moved:
                await context.grown.wait(seen, 60)

    async def _push_once(self, org: str, view: View) -> bool:
        """Push the next batch; return whether there was one."""
        context, us = self._context, self._context.us
        roster = await context.database.read(rosters.current)
        start = await context.database.read(lambda tx: partners.pushed_size(tx, us.origin, org))
        wanted = Wanted(origin=us.origin, start=start, max_leaves=512, caller=org, view=view)
        head = await context.database.read(lambda tx: log.find(tx, us.origin))
        if head is None or start >= head.note_size:
            return False
        found = await context.database.read(lambda tx: serving.batch(tx, us, roster, wanted))
        if found is None:
            return False
        path = f"/v1/log/{us.origin.replace('/log/', '/')}/batch"
        answer = await context.peers.call(
            roster, org, "POST", path, body=encode_batch(found), media=BATCH_MEDIA
        )
        size = found.end
        if answer.status == 409:
            size = await self._told_size(roster, org, answer.detail.get("size"), head.note_size)
        elif answer.status != 204:
            raise UnavailableError(f"{org} answered {answer.status} {answer.error}")
        now = context.clock()
        await context.database.write(
            lambda tx: partners.set_pushed(tx, us.origin, org, size=size, note=None, now=now)
        )
        await note_contact(context, roster, org)
        if size == start:
            raise UnavailableError(f"{org} does not move on from {size}")
        return True

    async def _told_size(self, roster: Roster, org: str, told: object, own_size: int) -> int:
        """Return from where a recipient wants our log, if we have that.

        Raises:
            UnavailableError: it does not say so, or claims more than there is.
        """
        if type(told) is not int or told < 0:
            raise UnavailableError(f"{org} names no size")
        if told > own_size:
            await look_if_behind(self._context, roster, org)
            raise UnavailableError(f"{org} claims to hold more than we have signed")
        # Whoever names another size each time is not pushed to without a pause.
        await asyncio.sleep(CONFLICT_PAUSE_S)
        return told


def relays_of(context: Federation, roster: Roster) -> tuple[str, ...]:
    """Return the relays that we push to: those of the settings, by default all of the roster."""
    known = roster.relays()
    return known if context.relays is None else tuple(r for r in context.relays if r in known)
