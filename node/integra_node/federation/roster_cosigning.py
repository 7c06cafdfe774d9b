"""Who confirms that our roster is the newest? The witnesses, who cosign the roster log's note.

The hub asks them when a version is new and then daily; any member may do the same, so that
membership stays confirmed when the hub is gone (docs/protocol.md section 2, "Roster log").
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from integra_node.actions import rosters_received, witnessing
from integra_node.clock import monotonic
from integra_node.federation.peers import NOTE_MEDIA, PeerError
from integra_node.store import rosters
from integra_protocol.checkpoint import (
    CheckpointNote,
    Cosignature,
    add_cosignatures,
    open_checkpoint,
    open_cosignatures,
)
from integra_protocol.errors import IntegraError, ProtocolError, WaitingError
from integra_protocol.limits import MAX_NOTE_BYTES
from integra_protocol.note import Note
from integra_protocol.witness import AddCheckpoint, format_add_checkpoint

if TYPE_CHECKING:
    from integra_node.federation.context import Federation
    from integra_node.store.database import Tx
    from integra_protocol.roster import Roster

LOG: Final = logging.getLogger(__name__)
DAY_S: Final = 86_400
# A member steps in when the hub has missed its day, or has not begun with a new version.
MEMBER_EVERY_S: Final = 2 * DAY_S
MEMBER_FIRST_AFTER_S: Final = 600
MEMBER_LOOK_S: Final = 30.0
RETRY_FIRST_S: Final = 2.0
RETRY_LAST_S: Final = 600.0
ASK_TIMEOUT_S: Final = 10


class RosterCosigning:
    """Keeps the newest roster confirmed.

    It asks when the newest confirmation is ``every_s`` old, or when there is none ``first_after_s``
    after the version was accepted here; it looks every ``look_s``.
    """

    def __init__(
        self,
        context: Federation,
        fingerprint: str,
        *,
        every_s: int = MEMBER_EVERY_S,
        first_after_s: int = MEMBER_FIRST_AFTER_S,
        look_s: float = MEMBER_LOOK_S,
    ) -> None:
        self._context = context
        self._fingerprint = fingerprint
        self._every_s = every_s
        self._first_after_s = first_after_s
        self._look_s = look_s
        self._version = 0
        self._failures = 0
        self._not_before = 0.0

    async def run(self) -> None:
        """Look regularly whether witnesses have to be asked; for ever."""
        while True:
            if await self._is_due():
                await self._ask()
            await asyncio.sleep(self._look_s)

    async def _is_due(self) -> bool:
        context = self._context
        found = await context.database.read(_held)
        if found is None:
            return False
        roster, note = found
        if roster.quorum == 0:
            return False
        if roster.version != self._version:
            self._version, self._failures, self._not_before = roster.version, 0, 0.0
        confirmed = roster.confirmed_at(roster.hublog.name, note.cosignatures)
        if confirmed is None:
            accepted = await context.database.read(
                lambda tx: rosters.accepted_at(tx, roster.version)
            )
            due_at = (accepted or 0) + self._first_after_s
        else:
            due_at = confirmed + self._every_s
        return context.clock() >= due_at and monotonic() >= self._not_before

    async def _ask(self) -> None:
        confirmed = await collect_roster_cosignatures(self._context, self._fingerprint)
        pause = min(RETRY_FIRST_S * 2 ** min(self._failures, 10), RETRY_LAST_S)
        self._failures = 0 if confirmed else self._failures + 1
        self._not_before = monotonic() + pause


async def collect_roster_cosignatures(context: Federation, fingerprint: str) -> bool:
    """Ask every witness once to cosign the newest roster's note, and keep what they answer.

    Args:
        context: our side of the federation.
        fingerprint: of roster version 1, 64 hex digits.

    Returns:
        Whether as many organisations as the quorum answered now.
    """
    found = await context.database.read(_held)
    if found is None:
        return False
    roster, note = found
    others = sorted(roster.witness_orgs(note.checkpoint.origin) - {context.us.org})
    answers = await asyncio.gather(*(_ask_one(context, roster, note, org) for org in others))
    lines = [line for answer in answers for line in answer]
    lines += await _own(context, roster, note, fingerprint)
    if lines:
        data = add_cosignatures(note, lines).data
        await context.database.write(
            lambda tx: rosters_received.accept_checkpoint(tx, data, fingerprint=fingerprint)
        )
    LOG.info("roster cosigned version=%d by=%d", roster.version, len(lines))
    return len({line.org for line in lines}) >= roster.quorum


def _held(tx: Tx) -> tuple[Roster, CheckpointNote] | None:
    """Return the newest roster and the note of the roster log at it, None when one is missing."""
    try:
        roster = rosters.current(tx)
    except WaitingError:
        return None
    data = rosters.checkpoint_note(tx, roster.version)
    if data is None:
        return None
    return roster, open_checkpoint(data, roster.hublog, roster.witness_keys())


async def _ask_one(
    context: Federation, roster: Roster, note: CheckpointNote, org: str
) -> tuple[Cosignature, ...]:
    try:
        answer = await context.peers.call(
            roster,
            org,
            "POST",
            "/v1/witness/add-checkpoint",
            body=format_add_checkpoint(_request(note)),
            media=NOTE_MEDIA,
            max_bytes=MAX_NOTE_BYTES,
            timeout_s=ASK_TIMEOUT_S,
        )
        if answer.ok:
            lines = open_cosignatures(note, answer.body, roster.witness_keys())
            return tuple(line for line in lines if line.org == org)
    except (PeerError, ProtocolError) as error:
        LOG.info("roster not cosigned org=%s code=%s", org, error.code)
        return ()
    LOG.info("roster not cosigned org=%s status=%d code=%s", org, answer.status, answer.error)
    return ()


async def _own(
    context: Federation, roster: Roster, note: CheckpointNote, fingerprint: str
) -> tuple[Cosignature, ...]:
    """Return our own cosignature, when we are a witness."""
    us, now = context.us, context.clock()
    if us.org not in roster.witness_orgs(note.checkpoint.origin):
        return ()
    try:
        line = await context.database.write(
            lambda tx: witnessing.cosign(tx, us, _request(note), fingerprint=fingerprint, now=now)
        )
    except IntegraError as error:
        LOG.warning("own roster cosignature refused code=%s", error.code)
        return ()
    return open_cosignatures(note, line.encode(), roster.witness_keys())


def _request(note: CheckpointNote) -> AddCheckpoint:
    bare = Note(text=note.checkpoint.text(), lines=(note.log_line,)).encode()
    return AddCheckpoint(old_size=note.checkpoint.size, proof=(), note=bare)
