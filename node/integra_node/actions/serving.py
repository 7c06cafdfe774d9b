"""What does a caller get of a log? The rule "to whom what" of docs/protocol.md section 6."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from integra_node.store import log, subject_keys, tiles
from integra_node.store.changes import current_change
from integra_protocol.batch import Batch, BatchEntry, BlobState, entry_size
from integra_protocol.entry import parse_header
from integra_protocol.errors import (
    BehindError,
    ProtocolError,
    SizeConflictError,
    UnknownIndexError,
    UnknownLogError,
)
from integra_protocol.limits import HASH_BYTES, MAX_BATCH_BYTES, MAX_BATCH_LEAVES, MAX_NOTE_BYTES
from integra_protocol.merkle import consistency_proof, inclusion_proof
from integra_protocol.proof import ProofFile, encode_proof

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integra_node.actions.us import Us
    from integra_node.store.database import Tx
    from integra_node.store.log import EntryRow, LogRow
    from integra_protocol.roster import Roster

# Room that a batch needs beside entries and leaves: note, proof, keys of the map.
_OVERHEAD_BYTES: Final = MAX_NOTE_BYTES + 64 * (HASH_BYTES + 2) + 1_024
_ALWAYS_SHOWN: Final = frozenset({"erase", "officer-rev"})


class View(Enum):
    """How much of a log a caller may see."""

    AUDIENCE = "entries for everyone or for the caller"
    EVERYTHING = "every entry with all wraps: the issuer itself, or a relay"
    CLOSING = "erase and officer-rev only: suspended or left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a caller asks for: leaves from ``start``, at most ``max_leaves``."""

    origin: str
    start: int
    max_leaves: int
    caller: str
    view: View


def batch(tx: Tx, us: Us, roster: Roster, wanted: Wanted) -> Batch | None:
    """Return the next batch for a caller, None when it has everything that is signed.

    Raises:
        UnknownLogError: this log is not held.
        SizeConflictError: the caller has more than we hold.
        BehindError: our own log is committed but not signed beyond there.
    """
    if wanted.origin not in roster.logs:
        raise UnknownLogError
    held = log.find(tx, wanted.origin)
    if held is None:
        _of_nothing(wanted)
        return None
    note, size = _servable(held, roster)
    if wanted.start == size:
        return None
    if wanted.start > size or note is None:
        raise _beyond(us, held, wanted, size)
    end = min(size, wanted.start + min(wanted.max_leaves, MAX_BATCH_LEAVES))
    entries = _visible(tx, us, held, wanted, end)
    end, entries = _cut(wanted.start, end, entries)
    return Batch(
        origin=wanted.origin,
        start=wanted.start,
        leaves=tiles.leaf_hashes(tx, held.id, wanted.start, end),
        entries=tuple(entry for _, entry in entries),
        proof=consistency_proof(end, size, tiles.hash_reader(tx, held.id)) if end < size else (),
        note=note,
    )


def _servable(held: LogRow, roster: Roster) -> tuple[bytes | None, int]:
    """Return the note to serve and its size: of a closed log none beyond its end (section 2)."""
    until = roster.until(held.origin)
    if until is None or held.note_size <= until:
        return held.note, held.note_size
    if held.witnessed_size <= until:
        return held.witnessed_note, held.witnessed_size
    return None, 0


def _of_nothing(wanted: Wanted) -> None:
    """Answer for a log of the roster of which nothing was appended or fetched yet."""
    if wanted.start:
        raise SizeConflictError(0)


def _beyond(us: Us, held: LogRow, wanted: Wanted, size: int) -> ProtocolError:
    if held.origin == us.origin and wanted.start <= held.size:
        return BehindError("committed, not signed yet")
    return SizeConflictError(size)


def _visible(
    tx: Tx, us: Us, held: LogRow, wanted: Wanted, end: int
) -> list[tuple[int, BatchEntry]]:
    rows = log.entries_between(tx, held.id, wanted.start, end)
    wraps = log.wraps_between(tx, held.id, wanted.start, end)
    if held.origin == us.origin:
        for index, own in subject_keys.own_wraps(tx, held.id, wanted.start, end).items():
            wraps.setdefault(index, {})[us.org] = own
    shown = ((row, _show(row, held.org, wanted, wraps.get(row.index, {}))) for row in rows)
    return [(row.index, entry) for row, entry in shown if entry is not None]


def _show(
    row: EntryRow, issuer: str, wanted: Wanted, wraps: Mapping[str, bytes]
) -> BatchEntry | None:
    if wanted.view is View.CLOSING and row.kind not in _ALWAYS_SHOWN:
        return None
    if wanted.view is not View.EVERYTHING and wanted.caller != issuer:
        if not _is_for(row, wanted.caller):
            return None
        wraps = {org: wrap for org, wrap in wraps.items() if org in (wanted.caller, issuer)}
    blob = row.blob if row.state == 0 else None
    return BatchEntry(
        header=row.header,
        blob=blob,
        wraps=wraps if blob is not None else {},
        state=BlobState(row.state),
    )


def _is_for(row: EntryRow, caller: str) -> bool:
    try:
        return parse_header(row.header).is_for(caller)
    except ProtocolError:
        return False  # its issuer wrote something that is no header: a bare leaf is all there is


def _cut(
    start: int, end: int, entries: list[tuple[int, BatchEntry]]
) -> tuple[int, list[tuple[int, BatchEntry]]]:
    """Cut where the batch would exceed 4 MiB; at least one leaf stays."""
    room = MAX_BATCH_BYTES - _OVERHEAD_BYTES - (end - start) * HASH_BYTES
    for position, (index, entry) in enumerate(entries):
        room -= entry_size(entry)
        if room < 0 and index > start:
            return index, entries[:position]
    return end, entries


def heads(tx: Tx, since: int) -> tuple[int, dict[str, int]]:
    """Return our cursor and the signed size of each log that moved after ``since``.

    A cursor from before a restore is above ours: then everything is told again.
    """
    cursor = current_change(tx)
    start = since if since <= cursor else 0
    return cursor, {held.origin: held.note_size for held in log.grown_since(tx, start)}


def proof(tx: Tx, origin: str, index: int, *, caller: str) -> str:
    """Return the portable proof of one entry, unopened, for a member of its audience.

    Raises:
        UnknownLogError: this log is not held.
        UnknownIndexError: no such entry, or the caller is outside its audience: not told apart.
    """
    held = log.get(tx, origin)
    row = log.find_entry(tx, held.id, index)
    if row is None or held.note is None or index >= held.note_size:
        raise UnknownIndexError
    if not (caller == held.org or _is_for(row, caller)):
        raise UnknownIndexError
    wraps = log.wraps_between(tx, held.id, index, index + 1).get(index, {})
    return encode_proof(proof_file(tx, held, row, wrap=wraps.get(caller)))


def proof_file(tx: Tx, held: LogRow, row: EntryRow, *, wrap: bytes | None = None) -> ProofFile:
    """Return the proof of an entry at the newest witnessed note that covers it, else the newest.

    Raises:
        UnknownIndexError: nothing signed covers it yet.
    """
    note, size = held.note, held.note_size
    if held.witnessed_note is not None and held.witnessed_size > row.index:
        note, size = held.witnessed_note, held.witnessed_size
    if note is None:
        raise UnknownIndexError
    return ProofFile(
        index=row.index,
        hashes=inclusion_proof(row.index, size, tiles.hash_reader(tx, held.id)),
        note=note,
        header=row.header,
        blob=row.blob if row.state == 0 else None,
        wrap=wrap,
    )
