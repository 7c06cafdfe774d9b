"""Where is each handover, on the sender's and on the recipient's side, and what happened to it?

Only what may be seen before the identity is opened stands in clear.  Draft, case reference and the
words of each step are sealed by the caller; this file never sees them open.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row, Select, and_, func, or_, select, update

from integra_node.store.database import Tx
from integra_node.store.schema.handovers import handover, handover_step
from integra_node.store.upsert import insert_new

SENDER: Final = "sender"
RECIPIENT: Final = "recipient"
DRAFT: Final = "draft"
MAX_LISTED: Final = 200  # rows of one list


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One row; times in unix seconds, ``envelope`` JSON, ``body`` and ``case_reference`` sealed."""

    id: str
    side: str
    state: str
    state_since: int
    etag: int
    peer_org: str
    notice_id: str
    version: int
    envelope: str
    body: bytes | None = field(repr=False)
    subject_id: int | None
    case_reference: str
    author_id: str | None
    reviewer_id: str | None
    owner_id: str | None
    origin: str | None
    idx: int | None
    opened_at: int | None
    due_at: int | None
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened; ``note`` sealed words, (origin, idx) its signed entry if it has one."""

    handover_id: str
    event: str
    state: str
    actor: str
    org: str
    at: int
    note: bytes | None
    origin: str | None
    idx: int | None
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The last row of a page of a list."""

    updated_at: int
    id: str


def insert(tx: Tx, row: Handover) -> None:
    """Add a handover."""
    values = {name: getattr(row, name) for name in handover.c.keys()}  # noqa: SIM118 - columns
    tx.execute(handover.insert().values(**values))


def find(tx: Tx, handover_id: str, *, for_update: bool = False) -> Handover | None:
    """Return one handover by its local id, locked when asked."""
    query = select(handover).where(handover.c.id == handover_id)
    return _one(tx, query.with_for_update() if for_update else query)


def find_by_entry(tx: Tx, origin: str, index: int, *, for_update: bool = False) -> Handover | None:
    """Return the handover whose notice is this entry."""
    query = select(handover).where(handover.c.origin == origin, handover.c.idx == index)
    return _one(tx, query.with_for_update() if for_update else query)


def change(tx: Tx, row: Handover, *, now: int, **values: object) -> None:
    """Change columns of a handover; its etag moves on."""
    tx.execute(
        update(handover)
        .where(handover.c.id == row.id)
        .values(**values, etag=row.etag + 1, updated_at=now)
    )


def set_due(tx: Tx, handover_id: str, due_at: int | None) -> None:
    """Store by when the state must end."""
    tx.execute(update(handover).where(handover.c.id == handover_id).values(due_at=due_at))


def page(
    tx: Tx,
    side: str,
    states: Collection[str],
    *,
    after: Cursor | None = None,
    limit: int,
    drafts_of: str | None = None,
) -> tuple[Handover, ...]:
    """Return handovers of one side in these states, newest change first.

    ``drafts_of``: mere drafts of other accounts than this one are left out.
    """
    query = _box(side, states, drafts_of)
    query = query.order_by(handover.c.updated_at.desc(), handover.c.id.desc())
    if after is not None:
        same = and_(handover.c.updated_at == after.updated_at, handover.c.id < after.id)
        query = query.where(or_(handover.c.updated_at < after.updated_at, same))
    return _all(tx, query.limit(min(limit, MAX_LISTED)))


def by_due(
    tx: Tx, side: str, states: Collection[str], *, due_before: int | None = None
) -> tuple[Handover, ...]:
    """Return at most 200 handovers of one side in these states, the most pressing first.

    What was erased has no key any more and presses nobody.
    """
    query = _box(side, states).where(handover.c.subject_id.is_not(None))
    query = query.order_by(handover.c.due_at.is_(None), handover.c.due_at, handover.c.id)
    if due_before is not None:
        query = query.where(handover.c.due_at < due_before)
    return _all(tx, query.limit(MAX_LISTED))


def count(tx: Tx, side: str, states: Collection[str], *, drafts_of: str | None = None) -> int:
    """Return how many handovers of one side are in these states; ``drafts_of`` as in ``page``."""
    query = _box(side, states, drafts_of).with_only_columns(func.count())
    return int(tx.execute(query).scalar_one())


def ended_before(tx: Tx, states: Collection[str], moment: int, limit: int) -> tuple[Handover, ...]:
    """Return handovers of both sides that have been in one of these states since before then."""
    query = (
        select(handover)
        .where(handover.c.state.in_(states), handover.c.state_since < moment)
        .order_by(handover.c.state_since)
        .limit(limit)
    )
    return _all(tx, query)


def untouched_drafts(
    tx: Tx, states: Collection[str], moment: int, limit: int
) -> Sequence[Handover]:
    """Return what was never sent and not changed since before then."""
    query = (
        select(handover)
        .where(
            handover.c.state.in_(states),
            handover.c.updated_at < moment,
            handover.c.subject_id.is_not(None),
            handover.c.idx.is_(None),
        )
        .order_by(handover.c.updated_at)
        .limit(limit)
    )
    return _all(tx, query)


def add_step(tx: Tx, step: Step) -> bool:
    """Add a step; return whether it was new: one that stands in an entry is added once."""
    row = {
        "handover_id": step.handover_id,
        "event": step.event,
        "state": step.state,
        "actor": step.actor,
        "org": step.org,
        "at": step.at,
        "note": step.note,
        "origin": step.origin,
        "idx": step.idx,
    }
    if step.origin is None:
        tx.execute(handover_step.insert().values(**row))
        return True
    return insert_new(tx, handover_step, row)


def steps_of(tx: Tx, handover_id: str) -> tuple[Step, ...]:
    """Return what happened to a handover, oldest first."""
    rows = tx.execute(
        select(handover_step)
        .where(handover_step.c.handover_id == handover_id)
        .order_by(handover_step.c.id)
    )
    return tuple(Step(**row._mapping) for row in rows)  # noqa: SLF001 - SQLAlchemy's public name


def find_step(tx: Tx, origin: str, index: int) -> Step | None:
    """Return the step that stands in this entry."""
    row = tx.execute(
        select(handover_step).where(handover_step.c.origin == origin, handover_step.c.idx == index)
    ).one_or_none()
    return None if row is None else Step(**row._mapping)  # noqa: SLF001 - as above


def forget_words(tx: Tx, handover_id: str) -> None:
    """Delete the sealed words of every step."""
    tx.execute(
        update(handover_step).where(handover_step.c.handover_id == handover_id).values(note=None)
    )


def _box(
    side: str, states: Collection[str], drafts_of: str | None = None
) -> Select[*tuple[Any, ...]]:
    query = select(handover).where(handover.c.side == side, handover.c.state.in_(sorted(states)))
    if drafts_of is None:
        return query
    return query.where(or_(handover.c.state != DRAFT, handover.c.author_id == drafts_of))


def _one(tx: Tx, query: Select[*tuple[Any, ...]]) -> Handover | None:
    row = tx.execute(query).one_or_none()
    return None if row is None else _row(row)


def _all(tx: Tx, query: Select[*tuple[Any, ...]]) -> tuple[Handover, ...]:
    return tuple(_row(row) for row in tx.execute(query))


def _row(row: Row[*tuple[Any, ...]]) -> Handover:
    return Handover(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
