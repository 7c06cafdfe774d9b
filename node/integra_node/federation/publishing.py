"""When is our own log signed? With the commit, and never before the start check.

One signature covers everything that is committed with it; it lies in the same transaction, and
leaves this node only after the commit.  Where it cannot be part of that transaction (a set pace, an
entry appended by another process, PostgreSQL) it follows in one of its own.  A restored backup must
not fork the log: after every start the log key signs nothing until enough witnesses said that they
know no larger one (docs/protocol.md section 5, *Confirming*).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from integra_node.actions import own_log
from integra_node.clock import monotonic
from integra_node.federation.peers import PeerError
from integra_node.store import log, rosters
from integra_protocol.errors import ProtocolError, WaitingError
from integra_protocol.limits import MAX_NOTE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from integra_node.federation.context import Federation
    from integra_node.store.database import Tx
    from integra_protocol.roster import Roster

LOG: Final = logging.getLogger(__name__)
ASK_TIMEOUT_S: Final = 5
ASK_AGAIN_S: Final = 1.0
# Another process (the command line) may commit too: its entries are noticed this often.
LOOK_EVERY_S: Final = 0.2


async def look_if_behind(context: Federation, roster: Roster, org: str) -> None:
    """Ask a member that claims to know more of our log than we hold for the note that proves it."""
    us = context.us
    path = f"/v1/witness/{log.origin_hash(us.origin)}/checkpoint"
    try:
        answer = await context.peers.call(
            roster, org, "GET", path, max_bytes=MAX_NOTE_BYTES, timeout_s=ASK_TIMEOUT_S
        )
        if not answer.ok:
            return
        ahead = await context.database.read(lambda tx: own_log.is_ahead_of_us(tx, us, answer.body))
    except (PeerError, ProtocolError) as error:
        LOG.info("no proof of a larger own log org=%s code=%s", org, error.code)
        return
    if ahead:
        await context.database.write(lambda tx: own_log.set_behind(tx, now=context.clock()))
        LOG.error("our own log is larger elsewhere origin=%s org=%s", us.origin, org)


class Publisher:
    """The one signer of our log; ``state`` is what the partners' page shows."""

    def __init__(self, context: Federation) -> None:
        self._context = context
        self.state = "waiting"

    async def run(self) -> None:
        """Check, then sign whenever something was committed; for ever."""
        context = self._context
        await self._confirm()
        at_once = not context.tick_s and context.database.set_last_act(self._sign_with)
        last = 0.0
        while True:
            seen = context.committed.count
            if await self._sign():
                last = monotonic()
                context.grown.give()
            if at_once:
                await asyncio.sleep(LOOK_EVERY_S)
                continue
            await context.committed.wait(seen, LOOK_EVERY_S)
            await asyncio.sleep(max(0.0, last + context.tick_s - monotonic()))

    async def _confirm(self) -> None:
        seen = self._context.roster_hint.count
        while not await self._try_confirm():
            seen = await self._context.roster_hint.wait(seen, ASK_AGAIN_S)
        self.state = "signing"
        LOG.info("start check passed origin=%s", self._context.us.origin)

    async def _try_confirm(self) -> bool:
        context = self._context
        try:
            roster = await context.database.read(rosters.current)
        except WaitingError:
            self.state = "waiting"
            return False
        if roster.open_origin(context.us.org) != context.us.origin:
            self.state = "waiting"
            return False
        self.state = "confirming"
        answers = await self._ask_everybody(roster)
        notes = [note for note in answers.values() if note is not None]
        if [note for note in notes if await self._is_ahead(note)]:
            self.state = "behind"
            await context.database.write(lambda tx: own_log.set_behind(tx, now=context.clock()))
            LOG.error("our own log is larger elsewhere origin=%s", context.us.origin)
            return False
        witnesses = roster.witness_orgs(context.us.origin)
        answered = sum(org in witnesses for org in answers)
        needed = len(witnesses) - roster.quorum + 1 if roster.quorum else 0
        return answered >= needed and not await context.database.read(own_log.is_behind)

    async def _ask_everybody(self, roster: Roster) -> dict[str, bytes | None]:
        """Ask every witness and member for the largest note of our log that it holds."""
        origin = self._context.us.origin
        others = [m.org for m in roster.members.values() if m.url and m.org != self._context.us.org]
        witnesses = roster.witness_orgs(origin)
        answers: dict[str, bytes | None] = {}

        async def ask(org: str) -> None:
            path = f"/v1/witness/{log.origin_hash(origin)}/checkpoint"
            if org not in witnesses:
                path = f"/v1/log/{origin.replace('/log/', '/')}/checkpoint"
            try:
                answer = await self._context.peers.call(
                    roster, org, "GET", path, max_bytes=MAX_NOTE_BYTES, timeout_s=ASK_TIMEOUT_S
                )
            except PeerError:
                return
            if answer.ok:
                answers[org] = answer.body
            elif answer.status == 404:
                answers[org] = None

        async with asyncio.TaskGroup() as group:
            for org in others:
                group.create_task(ask(org))
        return answers

    async def _is_ahead(self, note: bytes) -> bool:
        """Say whether a note of our own key is over more, or over something else, than we hold."""
        us = self._context.us
        try:
            return await self._context.database.read(
                lambda tx: own_log.is_ahead_of_us(tx, us, note)
            )
        except ProtocolError:
            return False  # not signed by us: worth nothing

    def _sign_with(self, tx: Tx) -> Callable[[], None] | None:
        """Sign in the transaction that appended; return what wakes the readers after the commit."""
        context = self._context
        return context.grown.give if own_log.sign_head(tx, context.us) else None

    async def _sign(self) -> bool:
        us = self._context.us
        head = await self._context.database.glance(lambda tx: log.find(tx, us.origin))
        if head is None or head.size == head.note_size:
            return False
        return await self._context.database.write(lambda tx: own_log.sign_head(tx, us))
