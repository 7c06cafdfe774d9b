"""Do we cosign this checkpoint of another log? Compare and swap, in one transaction.

docs/protocol.md section 9 and C2SP tlog-witness: what we cosign never goes back, and it is
committed before the cosignature leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.actions import rosters_received
from integra_node.actions.membership import BEHIND
from integra_node.store import log, partners, rosters, tiles
from integra_protocol.checkpoint import cosign_checkpoint, open_checkpoint, peek_checkpoint
from integra_protocol.errors import (
    BadSignatureError,
    BehindError,
    RootMismatchError,
    UnknownLogError,
)
from integra_protocol.merkle import root_at
from integra_protocol.roster import org_of
from integra_protocol.witness import WitnessRecord, decide

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx
    from integra_protocol.checkpoint import Checkpoint
    from integra_protocol.roster import Roster
    from integra_protocol.witness import AddCheckpoint


def cosign(tx: Tx, us: Us, request: AddCheckpoint, *, fingerprint: str, now: int) -> str:
    """Cosign a checkpoint that follows what we cosigned before; return the signature line.

    Raises:
        UnknownLogError: no log of the roster.
        BadSignatureError: not signed by that log's key.
        SizeConflictError, InconsistentError, RootMismatchError, BadProofError: see ``decide``.
        BehindError: we lost witness records and have not caught up.
    """
    roster = rosters.current(tx)
    offered = peek_checkpoint(request.note)
    if offered.origin == roster.hublog.name:
        return _cosign_roster(tx, us, roster, request, fingerprint, now)
    if offered.origin not in roster.logs:
        raise UnknownLogError
    if partners.setting_of(tx, BEHIND) is not None:
        raise BehindError
    note = open_checkpoint(
        request.note, roster.log_key(offered.origin, offered.size), roster.witness_keys()
    )
    held = log.find(tx, offered.origin, for_update=True) or log.create(
        tx, origin=offered.origin, org=org_of(offered.origin), now=now
    )
    _check_branch(tx, held, roster, note.checkpoint)
    record = decide(_record(held), request, note.checkpoint)
    log.set_head(tx, held.id, witness_size=record.size, witness_root=record.root)
    if record.size > max(held.size, held.ahead_size):
        # What we cosigned we must be able to show: a restored issuer asks us for it.
        log.set_head(tx, held.id, ahead_note=note.data, ahead_size=record.size)
    return _line(us, note.checkpoint, now)


def held_checkpoint(tx: Tx, us: Us, origin_hash: str) -> bytes:
    """Return the largest note that we hold of a log, for its issuer's start check.

    Raises:
        UnknownLogError: we know no such log, or hold no note of it.
        BehindError: we lost witness records: this is no answer.
    """
    roster = rosters.current(tx)
    for origin in (*roster.logs, roster.hublog.name):
        if log.origin_hash(origin) == origin_hash:
            break
    else:
        raise UnknownLogError
    if origin == roster.hublog.name:
        note = rosters.newest_checkpoint(tx)
    else:
        if partners.setting_of(tx, BEHIND) is not None and not origin.startswith(f"{us.org}/"):
            raise BehindError
        note = largest_note(tx, origin)
    if note is None:
        raise UnknownLogError
    return note


def largest_note(tx: Tx, origin: str) -> bytes | None:
    """Return the largest verified note that we hold of a log."""
    held = log.find(tx, origin)
    if held is None:
        return None
    return held.ahead_note or held.note


def _check_branch(tx: Tx, held: log.LogRow, roster: Roster, offered: Checkpoint) -> None:
    """Refuse another face of a log that we hold, also where we have cosigned nothing yet.

    Raises:
        RootMismatchError: it has another root than ours at its size.
    """
    if held.ahead_note is not None and offered.size == held.ahead_size:
        key = roster.log_key(held.origin, held.ahead_size)
        root = open_checkpoint(held.ahead_note, key).checkpoint.root
    elif 0 < offered.size <= held.size:
        root = root_at(offered.size, tiles.hash_reader(tx, held.id))
    else:
        return
    if root != offered.root:
        raise RootMismatchError


def _record(held: log.LogRow) -> WitnessRecord | None:
    if held.witness_size is None or held.witness_root is None:
        return None
    return WitnessRecord(size=held.witness_size, root=held.witness_root)


def _cosign_roster(  # the roster log: only what we ourselves accepted
    tx: Tx, us: Us, roster: Roster, request: AddCheckpoint, fingerprint: str, now: int
) -> str:
    chain = rosters_received.trusted(tx, fingerprint)
    note = open_checkpoint(request.note, roster.hublog, roster.witness_keys())
    if note.checkpoint.size != roster.version:
        raise BadSignatureError("we have accepted another number of rosters")
    if note.checkpoint.root != chain.frontier.root():
        raise RootMismatchError
    return _line(us, note.checkpoint, now)


def _line(us: Us, checkpoint: Checkpoint, now: int) -> str:
    return cosign_checkpoint(checkpoint, us.org, us.keys.witness, now).line.encode()
