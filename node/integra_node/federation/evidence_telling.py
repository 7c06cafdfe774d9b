"""Who still has to hear that a log has two faces? Every member, also one that is away today.

Evidence is kept for ever and sent to all (docs/protocol.md section 9).  Who was told is remembered in
memory only: after a restart everybody is told once more, which changes nothing for them.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from integra_node.federation.peers import JSON_MEDIA, PeerError
from integra_node.store import evidences, rosters
from integra_protocol.errors import WaitingError

if TYPE_CHECKING:
    from integra_node.federation.context import Federation
    from integra_protocol.roster import Roster

LOG: Final = logging.getLogger(__name__)
LOOK_EVERY_S: Final = 3_600
RETRY_FIRST_S: Final = 1
RETRY_LAST_S: Final = 600


class EvidenceTelling:
    """Sends all evidence to all members; ``_told`` holds (digest, organisation)."""

    def __init__(self, context: Federation) -> None:
        self._context = context
        self._told: set[tuple[bytes, str]] = set()

    async def run(self) -> None:
        """Tell whoever was not told, whenever there is something new; for ever."""
        context = self._context
        pause = RETRY_FIRST_S
        while True:
            seen = context.convicted.count
            complete = await self._round()
            if await context.convicted.wait(seen, LOOK_EVERY_S if complete else pause) != seen:
                pause = RETRY_FIRST_S
            elif not complete:
                pause = min(2 * pause, RETRY_LAST_S)

    async def _round(self) -> bool:
        """Tell everybody once; return whether all were told."""
        context = self._context
        try:
            roster = await context.database.read(rosters.current)
        except WaitingError:
            return False
        found = await context.database.read(evidences.all_found)
        complete = True
        for org in [m.org for m in roster.members.values() if m.url and m.org != context.us.org]:
            for one in found:
                if (one.digest, org) in self._told:
                    continue
                if not await self._tell(roster, org, one.body):
                    complete = False
                    break
                self._told.add((one.digest, org))
        return complete

    async def _tell(self, roster: Roster, org: str, body: bytes) -> bool:
        """Send one piece; return whether it was answered: who refuses it is not asked again."""
        try:
            answer = await self._context.peers.call(
                roster, org, "POST", "/v1/evidence", body=body, media=JSON_MEDIA
            )
        except PeerError:
            LOG.info("evidence not delivered org=%s", org)
            return False
        return answer.status < 500
