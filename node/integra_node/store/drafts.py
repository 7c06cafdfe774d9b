"""What do our own staff write: practices and alerts on their way to publication?

One row is one item for its whole life; its body is the working text, and (origin, idx) say where
the newest version was published.  ``etag`` counts changes, so that two people do not overwrite each
other.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, bindparam, func, insert, select, update

from integra_node.store.schema.library import draft

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Select

    from integra_node.store.database import Tx

MAX_PAGE = 200  # rows
_FIND = select(draft).where(draft.c.id == bindparam("name"))
_FIND_LOCKED = _FIND.with_for_update()
_CHANGE = update(draft).where(draft.c.id == bindparam("name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One item of our own; ``digest`` is the SHA-256 of an imported body; times in unix seconds."""

    id: str
    kind: str
    status: str
    version: int
    etag: int
    language: str
    title: str
    tlp: str
    body: bytes
    subject_id: int | None
    author_id: str
    second_id: str | None
    reason: str
    source_id: str | None
    digest: bytes | None
    origin: str | None
    idx: int | None
    created_at: int
    updated_at: int
    wire: bytes | None = None
    words: str | None = None


def add(tx: Tx, row: Draft) -> None:
    """Store a new draft."""
    add_all(tx, [row])


def add_all(tx: Tx, rows: Sequence[Draft]) -> None:
    """Store new drafts."""
    if rows:
        tx.execute(insert(draft), [asdict(row) for row in rows])


def find(tx: Tx, draft_id: str, *, for_update: bool = False) -> Draft | None:
    """Return one draft, locked until the end of the transaction when asked."""
    row = tx.execute(_FIND_LOCKED if for_update else _FIND, {"name": draft_id}).one_or_none()
    return None if row is None else _draft(row)


def find_many(tx: Tx, draft_ids: Collection[str], *, for_update: bool = False) -> dict[str, Draft]:
    """Return drafts by id, locked in the order of their ids; what is not there is left out."""
    statement = select(draft).where(draft.c.id.in_(list(draft_ids))).order_by(draft.c.id)
    rows = tx.execute(statement.with_for_update() if for_update else statement)
    return {row.id: _draft(row) for row in rows}


def find_source(tx: Tx, source_id: str) -> Draft | None:
    """Return what was imported from a source."""
    return _one(tx, select(draft).where(draft.c.source_id == source_id).with_for_update())


def find_sources(
    tx: Tx, source_ids: Collection[str], *, for_update: bool = False
) -> dict[str, Draft]:
    """Return what was imported from sources, by source; locked in the order of their ids."""
    statement = select(draft).where(draft.c.source_id.in_(list(source_ids))).order_by(draft.c.id)
    rows = tx.execute(statement.with_for_update() if for_update else statement)
    return {str(row.source_id): _draft(row) for row in rows}


def find_published(tx: Tx, origin: str, idx: int) -> Draft | None:
    """Return the item whose newest version stands there."""
    return _one(tx, select(draft).where(draft.c.origin == origin, draft.c.idx == idx))


def change(tx: Tx, held: Draft, *, now: int, **values: Any) -> int:  # noqa: ANN401 - columns
    """Change columns of a draft that was read for update, and return its new etag."""
    etag = held.etag + 1
    tx.execute(_CHANGE, {"name": held.id, "etag": etag, "updated_at": now, **values})
    return etag


def change_all(tx: Tx, rows: Sequence[tuple[Draft, Mapping[str, Any]]], *, now: int) -> None:
    """Change the same columns of drafts that were read for update; each etag goes up by one."""
    if rows:
        tx.execute(
            _CHANGE,
            [
                {"name": held.id, "etag": held.etag + 1, "updated_at": now, **values}
                for held, values in rows
            ],
        )


def newest(
    tx: Tx,
    kind: str,
    *,
    statuses: Collection[str] = (),
    author_id: str = "",
    before: tuple[int, str] | None = None,
    limit: int = 50,
) -> tuple[Draft, ...]:
    """Return up to ``limit`` (at most 200) drafts, newest change first.

    Args:
        tx: the transaction.
        kind: practice or alert.
        statuses: only these; empty for any.
        author_id: only this person's; empty for anybody's.
        before: (updated_at, id) of the last row of the page before.
        limit: how many.
    """
    statement = select(draft).where(draft.c.kind == kind)
    if statuses:
        statement = statement.where(draft.c.status.in_(list(statuses)))
    if author_id:
        statement = statement.where(draft.c.author_id == author_id)
    if before is not None:
        at, draft_id = before
        older = (draft.c.updated_at == at) & (draft.c.id < draft_id)
        statement = statement.where((draft.c.updated_at < at) | older)
    statement = statement.order_by(draft.c.updated_at.desc(), draft.c.id.desc())
    return tuple(_draft(row) for row in tx.execute(statement.limit(min(limit, MAX_PAGE))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Which drafts of one kind: in these states, by this person, or by anybody but this person.

    What is empty asks for nothing.
    """

    kind: str
    statuses: tuple[str, ...] = ()
    author_id: str = ""
    other_than: str = ""


def page_of(tx: Tx, whose: Whose, *, offset: int, limit: int) -> tuple[Draft, ...]:
    """Return drafts by place in the list, newest change first, at most 200."""
    statement = _of(whose, select(draft)).order_by(draft.c.updated_at.desc(), draft.c.id.desc())
    rows = tx.execute(statement.offset(offset).limit(min(limit, MAX_PAGE)))
    return tuple(_draft(row) for row in rows)


def count(tx: Tx, whose: Whose) -> int:
    """Count drafts."""
    return int(tx.execute(_of(whose, select(func.count()).select_from(draft))).scalar_one())


def _of(whose: Whose, statement: Select[Any]) -> Select[Any]:
    statement = statement.where(draft.c.kind == whose.kind)
    if whose.statuses:
        statement = statement.where(draft.c.status.in_(whose.statuses))
    if whose.author_id:
        statement = statement.where(draft.c.author_id == whose.author_id)
    if whose.other_than:
        statement = statement.where(draft.c.author_id != whose.other_than)
    return statement


def count_waiting(tx: Tx, kind: str, *, status: str, other_than: str) -> int:
    """Count the drafts in a state that were written by somebody other than this person."""
    return tx.execute(
        select(func.count()).where(
            draft.c.kind == kind, draft.c.status == status, draft.c.author_id != other_than
        )
    ).scalar_one()


def _one(tx: Tx, statement: Select[Any]) -> Draft | None:
    row = tx.execute(statement).one_or_none()
    return None if row is None else _draft(row)


def _draft(row: Row[Any]) -> Draft:
    return Draft(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
