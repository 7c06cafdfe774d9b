"""Which searches have people saved, and what was found for them since?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from integra_node.store.schema.accounts import account
from integra_node.store.schema.saved_searches import saved_search

if TYPE_CHECKING:
    from sqlalchemy import Row

    from integra_node.store.database import Tx

_NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """One saved search; times in unix seconds, ``since`` a change number.

    ``fresh`` are the refs found since it was last told and confirmed; ``owed`` says that some of
    them were not told yet.
    """

    id: str
    account_id: str
    name: str
    question: str
    notify: str
    since: int
    fresh: tuple[str, ...]
    owed: bool
    next_at: int
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A question that is asked of everything new, and for whom."""

    id: str
    account_id: str
    language: str
    question: str
    since: int


def add(tx: Tx, row: SavedSearch) -> None:
    """Store a new saved search."""
    tx.execute(saved_search.insert().values(**_columns(row)))


def replace(tx: Tx, row: SavedSearch) -> None:
    """Store a changed saved search in the place of the older one."""
    tx.execute(update(saved_search).where(saved_search.c.id == row.id).values(**_columns(row)))


def remove(tx: Tx, search_id: str) -> None:
    """Delete one."""
    tx.execute(delete(saved_search).where(saved_search.c.id == search_id))


def remove_all(tx: Tx, account_id: str) -> None:
    """Delete all of one person."""
    tx.execute(delete(saved_search).where(saved_search.c.account_id == account_id))


def of_account(tx: Tx, account_id: str) -> tuple[SavedSearch, ...]:
    """Return all of one person, newest first."""
    rows = tx.execute(
        select(saved_search)
        .where(saved_search.c.account_id == account_id)
        .order_by(saved_search.c.created_at.desc(), saved_search.c.id)
    )
    return tuple(_saved(row) for row in rows)


def count(tx: Tx, account_id: str) -> int:
    """Count those of one person."""
    return int(
        tx.execute(select(func.count()).where(saved_search.c.account_id == account_id)).scalar_one()
    )


def find(
    tx: Tx, search_id: str, *, account_id: str = "", for_update: bool = False
) -> SavedSearch | None:
    """Return one; with ``account_id`` only if it is that person's."""
    statement = select(saved_search).where(saved_search.c.id == search_id)
    if account_id:
        statement = statement.where(saved_search.c.account_id == account_id)
    row = tx.execute(statement.with_for_update() if for_update else statement).one_or_none()
    return None if row is None else _saved(row)


def watched(tx: Tx) -> tuple[Watched, ...]:
    """Return what people want to hear of whose accounts are open."""
    rows = tx.execute(
        select(
            saved_search.c.id,
            saved_search.c.account_id,
            account.c.language,
            saved_search.c.question,
            saved_search.c.since,
        )
        .join(account, account.c.id == saved_search.c.account_id)
        .where(saved_search.c.notify != _NEVER, account.c.disabled_at.is_(None))
        .order_by(saved_search.c.id)
    )
    return tuple(Watched(**row._asdict()) for row in rows)


def due(tx: Tx, *, now: int, limit: int) -> tuple[SavedSearch, ...]:
    """Return those with something to tell whose time has come."""
    rows = tx.execute(
        select(saved_search)
        .join(account, account.c.id == saved_search.c.account_id)
        .where(
            saved_search.c.notify != _NEVER,
            saved_search.c.owed == 1,
            saved_search.c.next_at <= now,
            account.c.disabled_at.is_(None),
        )
        .order_by(saved_search.c.next_at, saved_search.c.id)
        .limit(limit)
        .with_for_update(of=saved_search)
    )
    return tuple(_saved(row) for row in rows)


def _columns(row: SavedSearch) -> dict[str, object]:
    return {**asdict(row), "fresh": " ".join(row.fresh), "owed": int(row.owed)}


def _saved(row: Row[tuple[object, ...]]) -> SavedSearch:
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return SavedSearch(
        **{**held, "fresh": tuple(held["fresh"].split()), "owed": bool(held["owed"])}
    )
