"""What may we sign of our own log, and does anybody know more of it than we do?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.actions.membership import BEHIND, note_cosignature_time
from integra_node.store import audit, log, partners, rosters, tiles
from integra_node.store.changes import next_change
from integra_protocol.checkpoint import (
    Checkpoint,
    add_cosignatures,
    open_checkpoint,
    open_cosignatures,
    peek_checkpoint,
    sign_checkpoint,
)
from integra_protocol.merkle import consistency_proof, root_at
from integra_protocol.witness import AddCheckpoint

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx
    from integra_protocol.checkpoint import CheckpointNote


def sign_head(tx: Tx, us: Us) -> bool:
    """Sign a checkpoint over all that stands in our log; return whether there was something.

    The caller has passed the start check, and lets the note out only after the commit.  The leaves
    are committed with the note or before it, so a crash never leaves a signature over something
    that is not there: it gives the same root again.
    """
    head = log.find(tx, us.origin, for_update=True)
    if head is None or head.size == head.note_size or is_behind(tx):
        return False
    checkpoint = Checkpoint(origin=us.origin, size=head.size, root=head.frontier.root())
    note = sign_checkpoint(checkpoint, us.keys.log)
    log.set_head(tx, head.id, note=note, note_size=head.size, change=next_change(tx))
    return True


def is_ahead_of_us(tx: Tx, us: Us, data: bytes) -> bool:
    """Say whether a note of our own log key does not fit what we hold.

    Raises:
        ProtocolError: the note is not signed by our log key.
    """
    offered = peek_checkpoint(data)
    key = rosters.current(tx).log_key(us.origin, offered.size)
    checkpoint = open_checkpoint(data, key).checkpoint
    held = log.find(tx, us.origin)
    size = held.size if held else 0
    if checkpoint.origin != us.origin or checkpoint.size == 0:
        return False
    if held is None or checkpoint.size > size:
        return True
    return root_at(checkpoint.size, tiles.hash_reader(tx, held.id)) != checkpoint.root


def is_behind(tx: Tx) -> bool:
    """Say whether our own log is larger elsewhere."""
    return partners.setting_of(tx, BEHIND) is not None


def set_behind(tx: Tx, *, now: int) -> None:
    """Stop appending: somebody holds more of our log than we do."""
    if not is_behind(tx):
        partners.set_setting(tx, BEHIND, str(now))
        audit.record(tx, now=now, actor="node", op="admin", details={"event": "behind"})


def request_cosignature(tx: Tx, us: Us, old_size: int) -> AddCheckpoint | None:
    """Return what to ask a witness for our newest note, who last cosigned at ``old_size``."""
    head = log.find(tx, us.origin)
    if head is None or head.note is None or old_size > head.note_size:
        return None
    proof: tuple[bytes, ...] = ()
    if 0 < old_size < head.note_size:
        proof = consistency_proof(old_size, head.note_size, tiles.hash_reader(tx, head.id))
    note = _open(tx, us, head.note)
    # Cosigners sign the text: what others already added need not travel.
    bare = f"{note.checkpoint.text()}\n{note.log_line.encode()}".encode()
    return AddCheckpoint(old_size=old_size, proof=proof, note=bare)


def take_cosignatures(tx: Tx, us: Us, asked: bytes, answer: bytes) -> tuple[bytes, bool]:
    """Add the lines that a witness answered to the note that it was asked for.

    Returns:
        That note with the lines, and whether it now carries a quorum.

    Raises:
        ProtocolError: a line of a witness of the roster does not verify.
    """
    roster = rosters.current(tx)
    head = log.get(tx, us.origin, for_update=True)
    note = _open(tx, us, asked)
    size = note.checkpoint.size
    note = add_cosignatures(note, open_cosignatures(note, answer, roster.witness_keys()))
    witnessed = roster.is_witnessed(us.origin, note.cosignatures)
    confirmed = roster.confirmed_at(us.origin, note.cosignatures)
    if confirmed is not None:
        # As many witnesses as the quorum have reached it: one whose clock is wrong stops nobody.
        note_cosignature_time(tx, confirmed)
    if size == head.note_size:
        log.set_head(tx, head.id, note=note.data)
    if witnessed and size >= head.witnessed_size:
        log.set_head(tx, head.id, witnessed_note=note.data, witnessed_size=size)
    return note.data, witnessed


def _open(tx: Tx, us: Us, data: bytes) -> CheckpointNote:
    roster = rosters.current(tx)
    key = roster.log_key(us.origin, peek_checkpoint(data).size)
    return open_checkpoint(data, key, roster.witness_keys())
