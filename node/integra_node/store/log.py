"""What do we hold of each log: head, leaves, entries, wraps?

One row of ``log`` is the whole head of an origin: size, frontier, notes, what we cosigned.  Whoever
changes it has read it in the same transaction with ``for_update``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, bindparam, delete, func, insert, or_, select, update

from integra_node.store import tiles
from integra_node.store.changes import next_change
from integra_node.store.schema.log import entry, log, officer_line, wrap
from integra_node.store.upsert import insert_all_new
from integra_protocol.canonical import sha256
from integra_protocol.errors import UnknownLogError
from integra_protocol.merkle import Frontier
from integra_protocol.officers import OfficerLine

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from integra_node.store.database import Tx

# Built once, because building a statement costs several times as much as running it.
_FIND = select(log).where(log.c.origin == bindparam("name"))
_FIND_LOCKED = _FIND.with_for_update()
_SET_HEAD = update(log).where(log.c.id == bindparam("row"))
_ENTRY = select(entry).where(entry.c.log_id == bindparam("log_id"), entry.c.idx == bindparam("at"))
_ENTRIES = (
    select(entry)
    .where(
        entry.c.log_id == bindparam("log_id"),
        entry.c.idx >= bindparam("start"),
        entry.c.idx < bindparam("end"),
    )
    .order_by(entry.c.idx)
)
_WRAPS = select(wrap.c.idx, wrap.c.org, wrap.c.wrap).where(
    wrap.c.log_id == bindparam("log_id"),
    wrap.c.idx >= bindparam("start"),
    wrap.c.idx < bindparam("end"),
)
_COMMITMENTS = select(entry.c.commitment_head).where(
    entry.c.commitment_head.in_(bindparam("heads", expanding=True))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """The head of one log as stored."""

    id: int
    origin: str
    org: str
    size: int
    frontier: Frontier
    note: bytes | None
    note_size: int
    ahead_note: bytes | None
    ahead_size: int
    seen: int
    witness_size: int | None
    witness_root: bytes | None
    witnessed_note: bytes | None
    witnessed_size: int
    state: str
    grown_at: int
    change: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One stored entry; ``state`` as in docs/protocol.md section 6."""

    log_id: int
    index: int
    kind: str
    header: bytes
    blob: bytes | None
    state: int
    retention_end: int
    mark: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry to be stored."""

    index: int
    kind: str
    header: bytes
    blob: bytes | None
    state: int
    retention_end: int
    commitment: bytes
    wraps: Mapping[str, bytes]
    mark: str | None = None


def find(tx: Tx, origin: str, *, for_update: bool = False) -> LogRow | None:
    """Return the head of a log, locked until the end of the transaction when asked."""
    row = tx.execute(_FIND_LOCKED if for_update else _FIND, {"name": origin}).one_or_none()
    return None if row is None else _log_row(row)


def get(tx: Tx, origin: str, *, for_update: bool = False) -> LogRow:
    """Like ``find``, for a log that must be there.

    Raises:
        UnknownLogError: it is not.
    """
    found = find(tx, origin, for_update=for_update)
    if found is None:
        raise UnknownLogError
    return found


def find_by_id(tx: Tx, log_id: int) -> LogRow:
    """Return the head of a log by its row number."""
    return _log_row(tx.execute(select(log).where(log.c.id == log_id)).one())


def all_logs(tx: Tx) -> list[LogRow]:
    """Return every log that is held, by origin."""
    return [_log_row(r) for r in tx.execute(select(log).order_by(log.c.origin))]


def grown_since(tx: Tx, change: int) -> list[LogRow]:
    """Return the logs whose head moved after ``change``."""
    return [_log_row(r) for r in tx.execute(select(log).where(log.c.change > change))]


def create(tx: Tx, *, origin: str, org: str, now: int) -> LogRow:
    """Start to hold a log: empty."""
    tx.execute(
        insert(log).values(
            origin=origin,
            org=org,
            size=0,
            frontier=Frontier.empty().encode(),
            note_size=0,
            ahead_size=0,
            seen=0,
            witnessed_size=0,
            state="current",
            grown_at=now,
            change=next_change(tx),
        )
    )
    return get(tx, origin)


def set_head(tx: Tx, log_id: int, **values: Any) -> None:  # noqa: ANN401 - columns
    """Change columns of a log's head; ``frontier`` is given as a Frontier."""
    if isinstance(values.get("frontier"), Frontier):
        values["frontier"] = values["frontier"].encode()
    tx.execute(_SET_HEAD, {"row": log_id, **values})


def grow(
    tx: Tx,
    held: LogRow,
    *,
    leaves: bytes,
    frontier: Frontier,
    now: int,
    **values: Any,  # noqa: ANN401 - columns
) -> None:
    """Add leaf hashes to a log and move its head there."""
    tiles.add_leaves(tx, held.id, held.size, leaves)
    set_head(
        tx,
        held.id,
        size=frontier.size,
        frontier=frontier,
        grown_at=now,
        change=next_change(tx),
        **values,
    )


def add_entries(tx: Tx, log_id: int, entries: Sequence[NewEntry]) -> None:
    """Store entries with their wraps; what is stored already, or erased, stays as it is."""
    if not entries:
        return
    insert_all_new(tx, entry, [_entry_values(log_id, e) for e in entries])
    wraps = {e.index: e.wraps for e in entries if e.wraps}
    for index in _erased(tx, log_id, wraps):
        del wraps[index]
    insert_all_new(tx, wrap, _wrap_values(log_id, wraps))


def fill_blob(tx: Tx, log_id: int, index: int, blob: bytes, wraps: Mapping[str, bytes]) -> None:
    """Give an entry that was held without its blob (state 3) that blob; others stay as they are."""
    found = tx.execute(
        update(entry)
        .where(entry.c.log_id == log_id, entry.c.idx == index, entry.c.state == 3)
        .values(blob=blob, state=0)
    )
    if found.rowcount:
        insert_all_new(tx, wrap, _wrap_values(log_id, {index: wraps}))


def forget_blob(tx: Tx, log_id: int, index: int) -> None:
    """Hold an entry without its blob (state 3), so that it is fetched again."""
    tx.execute(delete(wrap).where(wrap.c.log_id == log_id, wrap.c.idx == index))
    tx.execute(
        update(entry)
        .where(entry.c.log_id == log_id, entry.c.idx == index)
        .values(blob=None, state=3)
    )


def find_entry(tx: Tx, log_id: int, index: int) -> EntryRow | None:
    """Return one stored entry."""
    row = tx.execute(_ENTRY, {"log_id": log_id, "at": index}).one_or_none()
    return None if row is None else _entry_row(row)


def entries_between(tx: Tx, log_id: int, start: int, end: int) -> list[EntryRow]:
    """Return the stored entries of ``[start, end)`` by index."""
    rows = tx.execute(_ENTRIES, {"log_id": log_id, "start": start, "end": end})
    return [_entry_row(r) for r in rows]


def held_indexes(tx: Tx, log_id: int, start: int, end: int) -> set[int]:
    """Return which indexes of ``[start, end)`` have a stored entry."""
    rows = tx.execute(
        select(entry.c.idx).where(entry.c.log_id == log_id, entry.c.idx >= start, entry.c.idx < end)
    )
    return set(rows.scalars())


def wraps_between(tx: Tx, log_id: int, start: int, end: int) -> dict[int, dict[str, bytes]]:
    """Return the wraps held for the entries of ``[start, end)``: index -> org -> wrap."""
    found: dict[int, dict[str, bytes]] = {}
    rows = tx.execute(_WRAPS, {"log_id": log_id, "start": start, "end": end})
    for index, org, data in rows:
        found.setdefault(index, {})[org] = data
    return found


def drop_wrap(tx: Tx, log_id: int, index: int, org: str) -> None:
    """Delete one wrap: what it carried now lies in the key table."""
    tx.execute(delete(wrap).where(wrap.c.log_id == log_id, wrap.c.idx == index, wrap.c.org == org))


def erase_blobs(tx: Tx, log_id: int, indexes: Iterable[int], state: int) -> int:
    """Delete blob and wraps of entries; return how many still had a blob."""
    wanted = list(indexes)
    if not wanted:
        return 0
    tx.execute(delete(wrap).where(wrap.c.log_id == log_id, wrap.c.idx.in_(wanted)))
    held = tx.execute(
        select(func.count()).where(
            entry.c.log_id == log_id, entry.c.idx.in_(wanted), entry.c.blob.is_not(None)
        )
    ).scalar_one()
    tx.execute(
        update(entry)
        .where(entry.c.log_id == log_id, entry.c.idx.in_(wanted))
        .values(blob=None, state=state)
    )
    return held


def ended_entries(tx: Tx, now: int, limit: int) -> list[EntryRow]:
    """Return entries whose retention has ended and whose blob is still held."""
    rows = tx.execute(
        select(entry)
        .where(entry.c.retention_end <= now, entry.c.state.in_((0, 3)))
        .order_by(entry.c.retention_end)
        .limit(limit)
    )
    return [_entry_row(r) for r in rows]


def bodiless(tx: Tx, after: tuple[int, int], now: int, limit: int) -> list[tuple[str, EntryRow]]:
    """Return entries whose body is elsewhere (state 3), with their origin, in order of place.

    ``after``: (log row, index) of the last one seen.
    """
    beyond = or_(
        entry.c.log_id > after[0], and_(entry.c.log_id == after[0], entry.c.idx > after[1])
    )
    rows = tx.execute(
        select(log.c.origin, entry)
        .join(log, log.c.id == entry.c.log_id)
        .where(entry.c.state == 3, entry.c.mark.is_(None), entry.c.retention_end > now, beyond)
        .order_by(entry.c.log_id, entry.c.idx)
        .limit(limit)
    )
    return [(row.origin, _entry_row(row)) for row in rows]


def set_mark(tx: Tx, log_id: int, index: int, mark: str | None) -> None:
    """Mark an entry as without effect, or take the mark away."""
    tx.execute(
        update(entry).where(entry.c.log_id == log_id, entry.c.idx == index).values(mark=mark)
    )


def void_from(tx: Tx, log_id: int, index: int) -> int:
    """Mark every entry at or above an index as void; return how many that newly are."""
    changed = tx.execute(
        update(entry)
        .where(
            entry.c.log_id == log_id,
            entry.c.idx >= index,
            or_(entry.c.mark.is_(None), entry.c.mark != "void"),
        )
        .values(mark="void")
    )
    return int(changed.rowcount)


def commitment_used(tx: Tx, org: str, commitment: bytes, before: tuple[int, int]) -> bool:
    """Say whether an earlier entry of ``org`` in any epoch has this commitment.

    ``before`` is (log row, index) of the entry that asks; only entries of other logs of the org or
    at a lower index count.
    """
    rows = tx.execute(
        select(entry.c.log_id, entry.c.idx, entry.c.header)
        .join(log, log.c.id == entry.c.log_id)
        .where(entry.c.commitment_head == commitment_head(commitment), log.c.org == org)
    )
    return any(
        commitment in header and not (log_id == before[0] and index >= before[1])
        for log_id, index, header in rows
    )


def commitments_used(tx: Tx, heads: Sequence[int]) -> set[int]:
    """Return which of these commitment heads any stored entry has: a cheap first look."""
    return set(tx.execute(_COMMITMENTS, {"heads": list(heads)}).scalars())


def commitment_head(commitment: bytes) -> int:
    """Return the first 8 bytes of a commitment as the signed number that is indexed."""
    return int.from_bytes(commitment[:8], "big", signed=True)


def add_officer_line(
    tx: Tx, log_id: int, *, index: int, officer: str, role: str, public: bytes | None
) -> None:
    """Remember a certificate, or with ``public`` empty a revocation."""
    values = {"log_id": log_id, "idx": index, "officer": officer, "role": role, "public": public}
    insert_all_new(tx, officer_line, [values])


def officer_lines(tx: Tx, log_id: int, officer: str) -> list[OfficerLine]:
    """Return the certificates and revocations of one officer in one log, by index."""
    rows = tx.execute(
        select(officer_line.c.idx, officer_line.c.officer, officer_line.c.public)
        .where(and_(officer_line.c.log_id == log_id, officer_line.c.officer == officer))
        .order_by(officer_line.c.idx)
    )
    return [OfficerLine(index=i, officer=o, public=p) for i, o, p in rows]


def _log_row(row: Row[Any]) -> LogRow:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    values["frontier"] = Frontier.decode(values["frontier"])
    return LogRow(**values)


def _entry_row(row: Row[Any]) -> EntryRow:
    return EntryRow(
        log_id=row.log_id,
        index=row.idx,
        kind=row.kind,
        header=row.header,
        blob=row.blob,
        state=row.state,
        retention_end=row.retention_end,
        mark=row.mark,
    )


def _entry_values(log_id: int, new: NewEntry) -> dict[str, object]:
    return {
        "log_id": log_id,
        "idx": new.index,
        "kind": new.kind,
        "header": new.header,
        "blob": new.blob,
        "state": new.state,
        "retention_end": new.retention_end,
        "commitment_head": commitment_head(new.commitment),
        "mark": new.mark,
    }


def _wrap_values(log_id: int, wraps: Mapping[int, Mapping[str, bytes]]) -> list[dict[str, object]]:
    return [
        {"log_id": log_id, "idx": index, "org": org, "wrap": data}
        for index, by_org in wraps.items()
        for org, data in by_org.items()
    ]


def _erased(tx: Tx, log_id: int, indexes: Collection[int]) -> list[int]:
    """Return which of these entries are erased or ended: no wrap of theirs is kept again."""
    if not indexes:
        return []
    rows = tx.execute(
        select(entry.c.idx).where(
            entry.c.log_id == log_id, entry.c.idx.in_(list(indexes)), entry.c.state.in_((1, 2))
        )
    )
    return list(rows.scalars())


def origin_hash(origin: str) -> str:
    """Return the name of an origin in witness routes: hex SHA-256 (C2SP tlog-witness)."""
    return sha256(origin.encode()).hex()
