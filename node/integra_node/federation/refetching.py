"""How does a body come that its first source did not have, or did not give?

An entry that is for us and held without its body is asked for by its proof, of any source
(docs/protocol.md section 6, *state*): the header in the log decides what its body is.
"""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING, Final

from integra_node.actions import receiving
from integra_node.federation.peers import PeerError
from integra_node.store import log, partners, rosters
from integra_protocol.entry import parse_header
from integra_protocol.errors import (
    BadCanonicalError,
    IntegraError,
    ProtocolError,
    WaitingError,
)
from integra_protocol.proof import MAX_PROOF_BYTES
from integra_protocol.roster import org_of

if TYPE_CHECKING:
    from integra_node.federation.context import Federation
    from integra_node.store.log import EntryRow
    from integra_protocol.roster import Roster

LOG: Final = logging.getLogger(__name__)
EVERY_S: Final = 120
AT_ONCE: Final = 32  # entries looked at in one round
OTHER_PARTNERS: Final = 2


class Refetching:
    """Asks for missing bodies; ``_after`` is the last place looked at, so that none starves."""

    def __init__(self, context: Federation) -> None:
        self._context = context
        self._after = (0, -1)

    async def run(self) -> None:
        """Look regularly for bodies that are missing; for ever."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.round()
            except WaitingError:
                continue

    async def round(self) -> int:
        """Ask once for some of what is missing; return how many bodies came."""
        context, after = self._context, self._after
        roster = await context.database.read(rosters.current)
        now = context.clock()
        missing = await context.database.read(lambda tx: log.bodiless(tx, after, now, AT_ONCE))
        self._after = (missing[-1][1].log_id, missing[-1][1].index) if missing else (0, -1)
        came = 0
        for origin, row in missing:
            if _is_for(row, context.us.org) and await self._fetch(roster, origin, row.index):
                came += 1
        if came:
            context.grown.give()
        return came

    async def _fetch(self, roster: Roster, origin: str, index: int) -> bool:
        for source in self._sources(roster, org_of(origin)):
            try:
                if await self._fetch_from(roster, origin, index, source):
                    return True
            except PeerError:
                continue
            except ProtocolError as error:
                await self._note_trouble(origin, source, error)
            except IntegraError as error:
                LOG.info("body not taken origin=%s index=%d code=%s", origin, index, error.code)
                return False
        return False

    async def _fetch_from(self, roster: Roster, origin: str, index: int, source: str) -> bool:
        context = self._context
        answer = await context.peers.call(
            roster,
            source,
            "GET",
            f"/v1/log/{origin.replace('/log/', '/')}/proof/{index}",
            max_bytes=MAX_PROOF_BYTES,
        )
        if not answer.ok:
            return False
        try:
            text = answer.body.decode()
        except UnicodeDecodeError as error:
            raise BadCanonicalError("a proof that is not UTF-8") from error
        now = context.clock()
        return await context.database.write(
            lambda tx: receiving.receive_blob(
                tx, context.us, origin, index, text, source=source, now=now
            )
        )

    def _sources(self, roster: Roster, issuer: str) -> list[str]:
        """Return the issuer, the relays and two others, as far as they can be asked."""
        members = [m.org for m in roster.members.values() if m.url and roster.is_active(m.org)]
        relays = roster.relays()
        rest = [org for org in members if org != issuer and org not in relays]
        others = random.sample(rest, min(OTHER_PARTNERS, len(rest)))
        chosen = dict.fromkeys([issuer, *relays, *others])
        return [org for org in chosen if org in members and org != self._context.us.org]

    async def _note_trouble(self, origin: str, source: str, error: ProtocolError) -> None:
        now, code = self._context.clock(), error.code
        LOG.warning("bad proof origin=%s source=%s code=%s", origin, source, code)
        await self._context.database.write(
            lambda tx: partners.record_trouble(tx, origin, source, code=code, now=now)
        )


def _is_for(row: EntryRow, org: str) -> bool:
    try:
        return parse_header(row.header).is_for(org)
    except ProtocolError:
        return False
