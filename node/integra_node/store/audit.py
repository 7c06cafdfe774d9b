"""What was done here, by whom and why? An append-only chain of hashes.

Row n's hash is SHA-256 over row n-1's hash (32 zero bytes before the first) followed by the row's
canonical line: the UTF-8 JSON object of ``Record.line``, keys sorted, no blanks.  Whoever has an
export can compute it again; whoever changes or removes a row breaks every later hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Row, Select, bindparam, select, update

from integra_node.store.database import Tx
from integra_node.store.schema.audit import audit, audit_head

START: Final = bytes(32)
MAX_PAGE: Final = 200  # rows
MAX_JUSTIFICATION: Final = 2_000  # characters
MAX_DETAILS: Final = 16_384  # characters of JSON
_BLOCK: Final = 1_000  # rows read at once when the whole chain is walked
_HEAD: Final = select(audit_head.c.seq, audit_head.c.hash).where(audit_head.c.id == 1)
_HEAD_LOCKED: Final = _HEAD.with_for_update()
_ADD: Final = audit.insert()
_MOVE_HEAD: Final = update(audit_head).where(audit_head.c.id == bindparam("row"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row: ``at`` in unix seconds, ``previous`` and ``hash`` 32 bytes each."""

    seq: int
    at: int
    actor: str
    op: str
    object: str
    subject: str
    details: str
    justification: str
    previous: bytes
    hash: bytes

    def line(self) -> bytes:
        """Return the canonical line that the hash covers."""
        fields = {
            "seq": self.seq,
            "at": self.at,
            "actor": self.actor,
            "op": self.op,
            "object": self.object,
            "subject": self.subject,
            "details": json.loads(self.details),
            "justification": self.justification,
        }
        return _canonical(fields).encode()

    def export_line(self) -> str:
        """Return the row as one line of JSON with both hashes in hexadecimal."""
        fields = json.loads(self.line())
        return _canonical({**fields, "previous": self.previous.hex(), "hash": self.hash.hex()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the chain: number of rows and hash of the last one."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which rows: times in unix seconds, ``until`` not included; empty text means any."""

    since: int | None = None
    until: int | None = None
    actor: str = ""
    op: str = ""
    object: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainVerdict:
    """How far the chain holds; ``broken_at`` is the first row that does not fit."""

    checked: int
    head: Head
    broken_at: int | None

    @property
    def intact(self) -> bool:
        """Whether every row fits the one before it and the last is the recorded head."""
        return self.broken_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is to be recorded; ``what`` is the row's object, the rest is as in ``record``."""

    actor: str
    op: str
    what: str = ""
    subject: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
    justification: str = ""


def record(
    tx: Tx,
    *,
    now: int,
    actor: str,
    op: str,
    object: str = "",  # noqa: A002 - the audit log's own word (what was acted on)
    subject: str = "",
    details: Mapping[str, object] | None = None,
    justification: str = "",
) -> None:
    """Append one row to the chain, in the transaction of what it tells about.

    Args:
        tx: the transaction of the act itself, so that neither exists without the other.
        now: unix seconds.
        actor: account id, or a word for a machine part, such as ``operator`` or ``federation``.
        op: what was done, a stable word.
        object: what it was done to, such as ``account:ab12``.
        subject: pseudonymous reference of the person concerned; never a name.
        details: small JSON values; never personal data, passwords or keys.
        justification: the reason given, at most 2,000 characters.

    Raises:
        ValueError: details or justification are over their bound (a bug of the caller).
    """
    entry = Entry(
        actor=actor,
        op=op,
        what=object,
        subject=subject,
        details=details or {},
        justification=justification,
    )
    record_all(tx, [entry], now=now)


def record_all(tx: Tx, entries: Sequence[Entry], *, now: int) -> None:
    """Append rows to the chain in order, in the transaction of what they tell about.

    Raises:
        ValueError: details or justification are over their bound (a bug of the caller).
    """
    if not entries:
        return
    last = head(tx, lock=True)
    rows: list[dict[str, object]] = []
    for entry in entries:
        row = _row(entry, last, now)
        last = Head(seq=row.seq, hash=chain_hash(last.hash, row.line()))
        rows.append({**_columns(row), "hash": last.hash})
    tx.execute(_ADD, rows)
    _move_head(tx, last)


def chain_hash(previous: bytes, line: bytes) -> bytes:
    """Return the 32-byte hash of a row from its predecessor's hash and its canonical line."""
    return hashlib.sha256(previous + line).digest()


def head(tx: Tx, *, lock: bool = False) -> Head:
    """Return the end of the chain; ``lock`` keeps others from adding until the commit."""
    row = tx.execute(_HEAD_LOCKED if lock else _HEAD).one_or_none()
    return Head(seq=row.seq, hash=row.hash) if row else Head(seq=0, hash=START)


def page(
    tx: Tx, wanted: AuditFilter, *, before: int | None = None, limit: int = 50
) -> tuple[Record, ...]:
    """Return up to ``limit`` (at most 200) rows, newest first, with ``seq`` under ``before``."""
    query = _matching(wanted).order_by(audit.c.seq.desc()).limit(min(limit, MAX_PAGE))
    if before is not None:
        query = query.where(audit.c.seq < before)
    return tuple(_record(row) for row in tx.execute(query))


def walk(tx: Tx, wanted: AuditFilter, *, after: int = 0, limit: int = _BLOCK) -> tuple[Record, ...]:
    """Return up to ``limit`` rows with ``seq`` over ``after``, oldest first, for export."""
    query = _matching(wanted).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
    return tuple(_record(row) for row in tx.execute(query))


def ops(tx: Tx) -> tuple[str, ...]:
    """Return every operation that occurs, sorted."""
    return tuple(tx.execute(select(audit.c.op).distinct().order_by(audit.c.op)).scalars())


def verify(tx: Tx) -> ChainVerdict:
    """Compute the whole chain again and compare it with the recorded head."""
    last, recorded = Head(seq=0, hash=START), head(tx)
    for row in _all(tx):
        fits = row.seq == last.seq + 1 and row.previous == last.hash
        if not fits or chain_hash(last.hash, row.line()) != row.hash:
            return ChainVerdict(checked=last.seq, head=recorded, broken_at=last.seq + 1)
        last = Head(seq=row.seq, hash=row.hash)
    broken_at = None if last == recorded else last.seq + 1
    return ChainVerdict(checked=last.seq, head=recorded, broken_at=broken_at)


def _row(entry: Entry, last: Head, now: int) -> Record:
    text = _canonical(dict(entry.details))
    if len(text) > MAX_DETAILS or len(entry.justification) > MAX_JUSTIFICATION:
        raise ValueError("audit details or justification over the bound")
    return Record(
        seq=last.seq + 1,
        at=now,
        actor=entry.actor,
        op=entry.op,
        object=entry.what,
        subject=entry.subject,
        details=text,
        justification=entry.justification,
        previous=last.hash,
        hash=START,
    )


def _all(tx: Tx) -> Iterator[Record]:
    after = 0
    while rows := walk(tx, AuditFilter(), after=after):
        yield from rows
        after = rows[-1].seq


def _move_head(tx: Tx, new: Head) -> None:
    values = {"seq": new.seq, "hash": new.hash}
    if tx.execute(_MOVE_HEAD, {"row": 1, **values}).rowcount == 0:
        tx.execute(audit_head.insert().values(id=1, **values))


def _matching(wanted: AuditFilter) -> Select[*tuple[object, ...]]:
    query = select(*audit.c)
    for name in ("actor", "op", "object", "subject"):
        if value := getattr(wanted, name):
            query = query.where(audit.c[name] == value)
    if wanted.since is not None:
        query = query.where(audit.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(audit.c.at < wanted.until)
    return query


def _columns(row: Record) -> dict[str, object]:
    names = (
        "seq",
        "at",
        "actor",
        "op",
        "object",
        "subject",
        "details",
        "justification",
        "previous",
    )
    return {name: getattr(row, name) for name in names}


def _record(row: Row[*tuple[object, ...]]) -> Record:
    return Record(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def _canonical(value: Mapping[str, object]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
