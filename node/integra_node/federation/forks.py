"""A signed note does not fit what we hold: did the source lie, or has the log two faces?

Two other members are asked for their notes and leaf hashes; if any of them followed the other
branch, that yields evidence (docs/protocol.md section 9).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from integra_node.actions import evidence
from integra_node.federation.context import Suspicion
from integra_node.store import log, rosters, tiles
from integra_protocol.batch import decode_batch
from integra_protocol.checkpoint import CheckpointNote, open_checkpoint, peek_checkpoint
from integra_protocol.errors import IntegraError, ProtocolError
from integra_protocol.follow import contradiction, extended
from integra_protocol.limits import HASH_BYTES, MAX_BATCH_BYTES
from integra_protocol.merkle import EMPTY_ROOT, HashReader, root_at
from integra_protocol.roster import org_of
from integra_protocol.witness import Evidence

if TYPE_CHECKING:
    from integra_node.federation.context import Federation
    from integra_node.store.database import Tx
    from integra_protocol.roster import Roster

LOG: Final = logging.getLogger(__name__)
MAX_ASKED: Final = 3
COMPARE_TIMEOUT_S: Final = 60  # with one of them: a liar must not keep us busy
MAX_REQUESTS: Final = 128  # of 512 leaves each; a longer branch is for people to look at


class Forks:
    """Looks into what partners brought that does not fit, one suspicion after the other."""

    def __init__(self, context: Federation) -> None:
        self._context = context

    async def run(self) -> None:
        """Wait for suspicions and look into them; for ever."""
        context = self._context
        while True:
            one = await context.suspicions.get()
            roster = await context.database.read(rosters.current)
            await investigate(context, roster, one.origin, one.offered, one.source)


def suspect(context: Federation, origin: str, offered: CheckpointNote, source: str) -> None:
    """Have a signed note that does not fit looked into, without keeping its bringer waiting."""
    try:
        context.suspicions.put_nowait(Suspicion(origin=origin, offered=offered, source=source))
    except asyncio.QueueFull:
        LOG.warning("suspicion dropped origin=%s source=%s", origin, source)


def suspect_signed(context: Federation, roster: Roster, note: bytes, source: str) -> None:
    """Like ``suspect`` for a note whose log signature was verified; the roster log has no forks."""
    offered = peek_checkpoint(note)
    if offered.origin in roster.logs:
        key = roster.log_key(offered.origin, offered.size)
        opened = open_checkpoint(note, key, roster.witness_keys())
        suspect(context, offered.origin, opened, source)


async def convict(context: Federation, found: Evidence) -> None:
    """Store evidence and quarantine the log; every member will be told."""
    now = context.clock()
    roster = await context.database.read(rosters.current)
    if await context.database.write(lambda tx: evidence.take(tx, roster, found, now=now)):
        context.convicted.give()


async def investigate(
    context: Federation, roster: Roster, origin: str, offered: CheckpointNote, source: str
) -> bool:
    """Look for the branch on which ``offered`` lies; return whether the log is convicted."""
    found = await context.database.read(lambda tx: _against_ours(tx, roster, origin, offered, None))
    if found is not None:
        await convict(context, found)
        return True
    asked = [source, *_others(context, roster, origin, source)][:MAX_ASKED]
    for org in asked:
        try:
            async with asyncio.timeout(COMPARE_TIMEOUT_S):
                found = await _compare(context, roster, origin, offered, org)
        except TimeoutError:
            LOG.info("no help in time origin=%s org=%s", origin, org)
            continue
        except IntegraError as error:
            LOG.info("no help origin=%s org=%s code=%s", origin, org, error.code)
            continue
        if found is not None:
            await convict(context, found)
            return True
    return False


def _others(context: Federation, roster: Roster, origin: str, source: str) -> list[str]:
    out = {source, context.us.org}
    candidates = [org_of(origin), *roster.relays(), *roster.members]
    return [
        org
        for org in dict.fromkeys(candidates)
        if org not in out and (m := roster.member(org)) is not None and m.url is not None
    ]


async def _compare(
    context: Federation, roster: Roster, origin: str, offered: CheckpointNote, org: str
) -> Evidence | None:
    """Fetch one member's leaves from 0 on, and compare the notes that they prove with ours."""
    leaves, theirs = await _leaves(context, roster, origin, org)
    tree = extended(_nothing, 0, leaves)
    for one in (theirs, offered):
        if one is None or not _is_of(one, tree, len(leaves) // HASH_BYTES):
            continue
        found = await context.database.read(
            lambda tx, one=one: _against_ours(tx, roster, origin, one, tree)  # type: ignore[misc]  # bound at once
        )
        if found is not None:
            return found
    return None


def _is_of(note: CheckpointNote, tree: HashReader, count: int) -> bool:
    size = note.checkpoint.size
    return 0 < size <= count and root_at(size, tree) == note.checkpoint.root


def _against_ours(
    tx: Tx, roster: Roster, origin: str, offered: CheckpointNote, theirs: HashReader | None
) -> Evidence | None:
    """Compare with our notes; without ``theirs``, the tree of ``offered``, as far as ours goes."""
    held = log.find(tx, origin)
    if held is None:
        return None
    for data in (held.note, held.ahead_note):
        if data is None:
            continue
        size = held.note_size if data is held.note else held.ahead_size
        larger = tiles.hash_reader(tx, held.id) if size >= offered.checkpoint.size else theirs
        if larger is None or (size > held.size and size != offered.checkpoint.size):
            continue
        try:
            # Of a closed log we may hold a note above its end, which no key signs any more.
            ours = open_checkpoint(data, roster.log_key(origin, size), roster.witness_keys())
            found = contradiction(ours, offered, larger)
        except ProtocolError:
            continue
        if found is not None:
            return found
    return None


async def _leaves(
    context: Federation, roster: Roster, origin: str, org: str
) -> tuple[bytes, CheckpointNote | None]:
    """Return the leaf hashes that a member holds, from 0 on, and its newest note."""
    leaves, note = b"", None
    for _ in range(MAX_REQUESTS):
        start = len(leaves) // HASH_BYTES
        path = f"/v1/log/{origin.replace('/log/', '/')}/batch?from={start}&max=512"
        answer = await context.peers.call(roster, org, "GET", path, max_bytes=MAX_BATCH_BYTES)
        if not answer.ok or answer.status == 204:
            break
        batch = decode_batch(answer.body)
        if batch.start != start or batch.origin != origin:
            break
        leaves += batch.leaves
        key = roster.log_key(origin, peek_checkpoint(batch.note).size)
        note = open_checkpoint(batch.note, key, roster.witness_keys())
    return leaves, note


def _nothing(_level: int, _index: int) -> bytes:
    return EMPTY_ROOT
