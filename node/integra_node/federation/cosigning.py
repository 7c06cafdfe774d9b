"""How does our log get witnessed? We ask; others never have to find us.

After publishing, the newest note goes to q + 2 witnesses, one request in flight to each and at
most one a second (docs/protocol.md section 9).
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Final

from integra_node.actions import own_log
from integra_node.federation.peers import NOTE_MEDIA, PeerError
from integra_node.federation.publishing import look_if_behind
from integra_node.store import log, rosters
from integra_protocol.canonical import sha256
from integra_protocol.checkpoint import peek_checkpoint
from integra_protocol.errors import IntegraError
from integra_protocol.limits import MAX_NOTE_BYTES
from integra_protocol.witness import format_add_checkpoint

if TYPE_CHECKING:
    from integra_node.federation.context import Federation
    from integra_node.federation.peers import Answer
    from integra_protocol.roster import Roster

LOG: Final = logging.getLogger(__name__)
PAUSE_S: Final = 1.0
SPARE_WITNESSES: Final = 2
ASK_TIMEOUT_S: Final = 10
_SIZE: Final = re.compile(rb"0|[1-9][0-9]{0,15}")


class Cosigning:
    """Asks for cosignatures; ``_cosigned`` is where each witness stands, as far as we know."""

    def __init__(self, context: Federation) -> None:
        self._context = context
        self._cosigned: dict[str, int] = {}
        self._failed: set[str] = set()

    async def run(self) -> None:
        """Keep the newest note witnessed; for ever."""
        context = self._context
        while True:
            seen = context.grown.count
            done = await self._round()
            await asyncio.sleep(PAUSE_S)
            if done:
                await context.grown.wait(seen, 60)

    async def _round(self) -> bool:
        """Ask once around; return whether the newest note is witnessed or there is none."""
        context = self._context
        head = await context.database.read(lambda tx: log.find(tx, context.us.origin))
        if head is None or head.note is None or head.witnessed_size == head.note_size:
            return True
        roster = await context.database.read(rosters.current)
        if roster.quorum == 0:
            return True
        asked = head.note
        chosen = self._choose(roster)
        answers = await asyncio.gather(*(self._ask(roster, org) for org in chosen))
        witnessed = False
        for answer in answers:
            if answer is not None:
                asked, witnessed = await self._take(asked, answer)
        if witnessed:
            context.grown.give()
        return witnessed

    def _choose(self, roster: Roster) -> list[str]:
        """Return q + 2 witnesses: always the same ones, so that they need short proofs."""
        origin = self._context.us.origin.encode()
        order = sorted(
            roster.witness_orgs(self._context.us.origin),
            key=lambda org: (org in self._failed, sha256(origin + org.encode())),
        )
        return order[: roster.quorum + SPARE_WITNESSES]

    async def _take(self, asked: bytes, answer: bytes) -> tuple[bytes, bool]:
        us = self._context.us
        try:
            return await self._context.database.write(
                lambda tx: own_log.take_cosignatures(tx, us, asked, answer)
            )
        except IntegraError as error:
            LOG.warning("bad cosignature code=%s", error.code)
            return asked, False

    async def _ask(self, roster: Roster, org: str) -> bytes | None:
        """Return the lines of one witness; one that knows another size is asked again with it."""
        answer = await self._request(roster, org)
        if answer is not None and answer.status == 409 and _SIZE.fullmatch(answer.body.strip()):
            self._cosigned[org] = int(answer.body)
            answer = await self._request(roster, org)
            if answer is None:
                # Any answer counts, also a later one (docs/protocol.md section 5, *Confirming*).
                await look_if_behind(self._context, roster, org)
        if answer is None or not answer.ok:
            self._failed.add(org)
            return None
        self._failed.discard(org)
        return answer.body

    async def _request(self, roster: Roster, org: str) -> Answer | None:
        us, old = self._context.us, self._cosigned.get(org, 0)
        request = await self._context.database.read(
            lambda tx: own_log.request_cosignature(tx, us, old)
        )
        if request is None:
            return None
        try:
            answer = await self._context.peers.call(
                roster,
                org,
                "POST",
                "/v1/witness/add-checkpoint",
                body=format_add_checkpoint(request),
                media=NOTE_MEDIA,
                max_bytes=MAX_NOTE_BYTES,
                timeout_s=ASK_TIMEOUT_S,
            )
        except PeerError as error:
            LOG.info("no cosignature org=%s reason=%s", org, error.reason)
            return None
        if answer.ok:
            self._cosigned[org] = peek_checkpoint(request.note).size
        return answer
