"""What has been published, by any member: practices and alerts, one row per version?

A row says where a version stands and whether it counts; the body stays in its entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, bindparam, func, or_, select, update

from integra_node.store.changes import next_change
from integra_node.store.schema.library import publication
from integra_node.store.schema.log import entry, log
from integra_node.store.upsert import insert_all_new

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Select

    from integra_node.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One published version; times in unix seconds.

    ``status`` is current, superseded, withdrawn, retracted, expired or erased.
    """

    log_id: int
    idx: int
    kind: str
    item_id: str
    version: int
    status: str
    tlp: str
    language: str
    published_at: int
    expires_at: int | None
    subject_id: int | None
    readers: str | None
    change: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A publication with the entry that it is; ``signed``: a held note of its log covers it."""

    publication: Publication
    origin: str
    org: str
    header: bytes
    blob: bytes | None
    state: int
    signed: bool
    witnessed: bool


def add(tx: Tx, rows: Sequence[Publication]) -> None:
    """Store publications; those that stand already stay as they are. ``change`` is given here."""
    if not rows:
        return
    change = next_change(tx, len(rows))
    values = [
        dict(zip(_FIELDS, _values(row), strict=True), change=change + n)
        for n, row in enumerate(rows)
    ]
    insert_all_new(tx, publication, values)


def versions_of(tx: Tx, log_ids: Iterable[int], item_ids: Iterable[str]) -> list[Publication]:
    """Return all versions of items of one organisation's logs."""
    rows = tx.execute(_VERSIONS, {"items": list(item_ids), "logs": list(log_ids)})
    return [_publication(r) for r in rows]


def set_status(tx: Tx, places: Iterable[tuple[int, int]], status: str) -> None:
    """Change what versions count as; each becomes a change that the search index follows."""
    for log_id, idx in places:
        place = {"log": log_id, "at": idx}
        tx.execute(_SET_STATUS, {**place, "status": status, "change": next_change(tx)})


def void_from(tx: Tx, log_id: int, index: int) -> None:
    """Take everything at or above an index of a log out of lists and search."""
    places = tx.execute(
        select(publication.c.log_id, publication.c.idx).where(
            publication.c.log_id == log_id,
            publication.c.idx >= index,
            publication.c.status != "void",
        )
    )
    set_status(tx, [(row.log_id, row.idx) for row in places], "void")


def items_with(tx: Tx, log_id: int, status: str) -> set[str]:
    """Return which items of one log have a version with this status."""
    rows = tx.execute(
        select(publication.c.item_id).where(
            publication.c.log_id == log_id, publication.c.status == status
        )
    )
    return set(rows.scalars())


def find(tx: Tx, origin: str, idx: int) -> Standing | None:
    """Return one publication by where it stands."""
    row = tx.execute(
        _standing().where(log.c.origin == origin, publication.c.idx == idx)
    ).one_or_none()
    return None if row is None else _read(row)


def find_many(tx: Tx, places: Collection[tuple[str, int]]) -> dict[tuple[str, int], Standing]:
    """Return publications by (origin, index); what is not there is left out."""
    if not places:
        return {}
    wanted = [and_(log.c.origin == origin, publication.c.idx == idx) for origin, idx in places]
    found = (_read(row) for row in tx.execute(_standing().where(or_(*wanted))))
    return {(s.origin, s.publication.idx): s for s in found}


def in_log(tx: Tx, log_id: int, indexes: Iterable[int]) -> dict[int, Standing]:
    """Return publications of one log by index; what is not there is left out."""
    wanted = publication.c.idx.in_(list(indexes))
    rows = tx.execute(_standing().where(publication.c.log_id == log_id, wanted))
    found = (_read(row) for row in rows)
    return {one.publication.idx: one for one in found}


def changed_since(tx: Tx, change: int, limit: int) -> list[Standing]:
    """Return publications with a change number above ``change``, in its order."""
    rows = tx.execute(
        _standing().where(publication.c.change > change).order_by(publication.c.change).limit(limit)
    )
    return [_read(row) for row in rows]


def count_current(tx: Tx, kinds: Collection[str]) -> int:
    """Return how many publications of these kinds are current."""
    counted = select(func.count()).where(
        publication.c.kind.in_(list(kinds)), publication.c.status == "current"
    )
    return int(tx.execute(counted).scalar_one())


def newest(tx: Tx, kind: str, *, before: int | None, limit: int) -> list[Standing]:
    """Return current publications of a kind, newest change first, below the cursor ``before``."""
    statement = _standing().where(publication.c.kind == kind, publication.c.status == "current")
    if before is not None:
        statement = statement.where(publication.c.change < before)
    rows = tx.execute(statement.order_by(publication.c.change.desc()).limit(limit))
    return [_read(row) for row in rows]


def older_than(tx: Tx, kind: str, org: str, before: int, limit: int) -> list[Standing]:
    """Return an organisation's current publications from before a moment, the oldest first."""
    rows = tx.execute(
        _standing()
        .where(
            log.c.org == org,
            publication.c.kind == kind,
            publication.c.status == "current",
            publication.c.published_at <= before,
        )
        .order_by(publication.c.published_at, publication.c.idx)
        .limit(limit)
    )
    return [_read(row) for row in rows]


def arrived(tx: Tx, kind: str, *, after: int, limit: int) -> list[Standing]:
    """Return current publications of a kind with a change above the cursor ``after``, in order."""
    rows = tx.execute(_ARRIVED, {"kind": kind, "after": after, "most": limit})
    return [_read(row) for row in rows]


def readable(
    tx: Tx, kind: str, *, labels: Collection[str], after: int, limit: int
) -> list[Standing]:
    """Like ``arrived``, of these labels only, and nothing that was sealed or erased."""
    rows = tx.execute(
        _READABLE, {"kind": kind, "after": after, "most": limit, "labels": list(labels)}
    )
    return [_read(row) for row in rows]


def places_since(
    tx: Tx, change: int, *, kinds: Collection[str], labels: Collection[str], limit: int
) -> list[tuple[str, int]]:
    """Return (origin, index) of clear current publications with a higher change, newest first."""
    rows = tx.execute(
        select(log.c.origin, publication.c.idx)
        .join(log, log.c.id == publication.c.log_id)
        .where(
            publication.c.change > change,
            publication.c.kind.in_(list(kinds)),
            publication.c.status == "current",
            publication.c.subject_id.is_(None),
            publication.c.tlp.in_(list(labels)),
        )
        .order_by(publication.c.change.desc())
        .limit(limit)
    )
    return [(row.origin, row.idx) for row in rows]


def expired(tx: Tx, kind: str, now: int) -> list[Publication]:
    """Return current publications whose validity has ended."""
    rows = tx.execute(
        select(publication).where(
            publication.c.kind == kind,
            publication.c.status == "current",
            publication.c.expires_at <= now,
        )
    )
    return [_publication(r) for r in rows]


def counts_by_org(tx: Tx, kind: str) -> dict[str, int]:
    """Count the current, clear publications of a kind by organisation."""
    rows = tx.execute(
        select(log.c.org, func.count())
        .select_from(publication)
        .join(log, log.c.id == publication.c.log_id)
        .where(
            publication.c.kind == kind,
            publication.c.status == "current",
            publication.c.subject_id.is_(None),
        )
        .group_by(log.c.org)
    )
    return {row[0]: row[1] for row in rows}


def published_by_org(tx: Tx, kind: str, *, labels: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return by organisation how many current, clear publications there are, and the newest's time.

    Times are unix seconds, as the issuer says.
    """
    rows = tx.execute(
        select(log.c.org, func.count(), func.max(publication.c.published_at))
        .select_from(publication)
        .join(log, log.c.id == publication.c.log_id)
        .where(
            publication.c.kind == kind,
            publication.c.status == "current",
            publication.c.subject_id.is_(None),
            publication.c.tlp.in_(list(labels)),
        )
        .group_by(log.c.org)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _standing() -> Select[Any]:
    return (
        select(
            publication,
            log.c.origin,
            log.c.org,
            log.c.note_size,
            log.c.ahead_size,
            log.c.witnessed_size,
            entry.c.header,
            entry.c.blob,
            entry.c.state,
        )
        .join(log, log.c.id == publication.c.log_id)
        .join(entry, and_(entry.c.log_id == publication.c.log_id, entry.c.idx == publication.c.idx))
    )


def _read(row: Row[Any]) -> Standing:
    return Standing(
        publication=_publication(row),
        origin=row.origin,
        org=row.org,
        header=row.header,
        blob=row.blob,
        state=row.state,
        signed=max(row.note_size, row.ahead_size) > row.idx,
        witnessed=row.witnessed_size > row.idx,
    )


def _publication(row: Row[Any]) -> Publication:
    return Publication(**{name: getattr(row, name) for name in _FIELDS})


_FIELDS = tuple(Publication.__dataclass_fields__)
_values = attrgetter(*_FIELDS)
_VERSIONS = select(publication).where(
    publication.c.item_id.in_(bindparam("items", expanding=True)),
    publication.c.log_id.in_(bindparam("logs", expanding=True)),
)
_SET_STATUS = update(publication).where(
    publication.c.log_id == bindparam("log"), publication.c.idx == bindparam("at")
)
_ARRIVED = (
    _standing()
    .where(
        publication.c.kind == bindparam("kind"),
        publication.c.status == "current",
        publication.c.change > bindparam("after"),
    )
    .order_by(publication.c.change)
    .limit(bindparam("most"))
)
_READABLE = _ARRIVED.where(
    publication.c.tlp.in_(bindparam("labels", expanding=True)),
    publication.c.subject_id.is_(None),
    entry.c.state == 0,
)
