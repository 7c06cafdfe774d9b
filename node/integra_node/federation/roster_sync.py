"""How do new rosters, their freshness and the members' sealing keys get here?

Every 10 minutes, and at once when a partner's token names a newer version: the hub and one random
partner are asked (docs/protocol.md section 2).  It does not matter who answers: the founders'
signatures decide.
"""

from __future__ import annotations

import asyncio
import logging
import random
from functools import partial
from typing import TYPE_CHECKING, Final

from integra_node.actions import membership, rosters_received
from integra_node.federation.contact import note_contact
from integra_node.federation.peers import PeerError
from integra_node.store import rosters
from integra_protocol.canonical import sha256
from integra_protocol.errors import ProtocolError, WaitingError
from integra_protocol.limits import KEM_PUBLIC_BYTES, MAX_NOTE_BYTES, MAX_ROSTER_BYTES
from integra_protocol.roster_trust import RivalRosterError

if TYPE_CHECKING:
    from integra_node.federation.context import Federation
    from integra_protocol.roster import Roster

LOG: Final = logging.getLogger(__name__)
EVERY_S: Final = 600
KEYS_EVERY_S: Final = 2
MAX_STEPS: Final = 64


class RosterSync:
    """Keeps rosters, their checkpoint and sealing keys up to date."""

    def __init__(self, context: Federation, fingerprint: str) -> None:
        self._context = context
        self._fingerprint = fingerprint

    async def run(self) -> None:
        """Ask around regularly; for ever."""
        context = self._context
        while True:
            seen = context.roster_hint.count
            complete = await self._round()
            await context.roster_hint.wait(seen, EVERY_S if complete else KEYS_EVERY_S)
            # However many hints come, the members are asked no more often than this.
            await asyncio.sleep(KEYS_EVERY_S)

    async def _round(self) -> bool:
        """Ask once around; return whether nothing is missing."""
        try:
            roster = await self._context.database.read(rosters.current)
        except WaitingError:
            return False
        for org in self._sources(roster):
            try:
                await self._ask(roster, org)
                await note_contact(self._context, roster, org)
            except PeerError as error:
                LOG.info("roster not fetched org=%s code=%s", org, error.reason)
                await note_contact(self._context, roster, org, error=error.reason)
            except ProtocolError as error:
                LOG.info("roster not fetched org=%s code=%s", org, error.code)
        return await self._fetch_keys() and await self._is_confirmed()

    def _sources(self, roster: Roster) -> list[str]:
        us = self._context.us.org
        others = [m.org for m in roster.members.values() if m.url and m.org != us]
        hubs = [r for r in roster.relays() if r != us]
        rest = [org for org in others if org not in hubs]
        return [*hubs, *random.sample(rest, min(1, len(rest)))]

    async def _ask(self, roster: Roster, org: str) -> None:
        context = self._context
        for _ in range(MAX_STEPS):
            version = (await context.database.read(rosters.current)).version + 1
            answer = await context.peers.call(
                roster, org, "GET", f"/v1/roster/{version}", max_bytes=MAX_ROSTER_BYTES
            )
            if not answer.ok:
                break
            await self._accept(answer.body, version)
        answer = await context.peers.call(
            roster, org, "GET", "/v1/roster/checkpoint", max_bytes=MAX_NOTE_BYTES
        )
        if answer.ok:
            await context.database.write(
                lambda tx: rosters_received.accept_checkpoint(
                    tx, answer.body, fingerprint=self._fingerprint
                )
            )

    async def _accept(self, note: bytes, version: int) -> None:
        context = self._context
        now = context.clock()
        try:
            await context.database.write(
                lambda tx: rosters_received.accept(tx, note, fingerprint=self._fingerprint, now=now)
            )
        except RivalRosterError:
            LOG.exception("two rosters of one version version=%d", version - 1)
            await context.database.write(
                lambda tx: rosters.save_conflict(tx, version=version - 1, note=note, now=now)
            )
            raise

    async def _fetch_keys(self) -> bool:
        """Fetch the sealing keys that the roster names; return whether all are here."""
        context = self._context
        roster = await context.database.read(rosters.current)
        missing = await context.database.read(lambda tx: rosters.missing_kems(tx, roster))
        complete = True
        for org, key_id, digest in missing:
            if org == context.us.org:
                continue
            if not await self._fetch_key(roster, org, key_id, digest):
                complete = False
        return complete

    async def _fetch_key(self, roster: Roster, org: str, key_id: str, digest: bytes) -> bool:
        sources = [org, *(r for r in roster.relays() if r not in (org, self._context.us.org))]
        for source in sources:
            try:
                answer = await self._context.peers.call(
                    roster, source, "GET", f"/v1/kem/{org}/{key_id}", max_bytes=KEM_PUBLIC_BYTES
                )
            except PeerError:
                continue
            if answer.ok and sha256(answer.body) == digest:
                save = partial(rosters.save_kem, org=org, key_id=key_id, public=answer.body)
                await self._context.database.write(save)
                return True
        return False

    async def _is_confirmed(self) -> bool:
        """Return whether a quorum has cosigned: a new federation's first note has none yet."""
        roster = await self._context.database.read(rosters.current)
        confirmed = await self._context.database.read(
            lambda tx: membership.roster_confirmed_at(tx, roster)
        )
        return confirmed is not None or roster.quorum == 0
