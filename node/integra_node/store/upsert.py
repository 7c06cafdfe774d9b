"""How is a row written whether or not it is there already, on both database systems?"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Dialect, Table

    from integra_node.store.database import Tx

Insert = sqlite.Insert | postgresql.Insert


def upsert(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert ``rows``; where the primary key exists, replace the other columns given."""
    if rows:
        tx.execute(_replacing(tx.dialect.name, table, tuple(rows[0])), list(rows))


def insert_new(tx: Tx, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert ``row`` unless a unique key of it exists; say whether it was new."""
    # Not every driver tells how many rows an insert made unless it is asked to.
    statement = _keeping(tx.dialect.name, table).execution_options(preserve_rowcount=True)
    return tx.execute(statement, row).rowcount == 1


def insert_all_new(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those of ``rows``, which all name the same columns, whose unique keys do not exist."""
    if not rows:
        return
    plain = _plain(tx.dialect, table, tuple(rows[0])) if len(rows) > 1 else None
    if plain is None:
        tx.execute(_keeping(tx.dialect.name, table), list(rows))
        return
    text, values_of = plain
    tx.exec_driver_sql(text, [values_of(row) for row in rows])


# Building a statement costs several times as much as running it.
@lru_cache(maxsize=256)
def _replacing(dialect: str, table: Table, columns: tuple[str, ...]) -> Insert:
    keys = [c.name for c in table.primary_key.columns]
    statement = _insert(dialect, table)
    changed = {name: statement.excluded[name] for name in columns if name not in keys}
    if changed:
        return statement.on_conflict_do_update(index_elements=keys, set_=changed)
    return statement.on_conflict_do_nothing()


@lru_cache(maxsize=256)
def _keeping(dialect: str, table: Table) -> Insert:
    return _insert(dialect, table).on_conflict_do_nothing()


@lru_cache(maxsize=256)
def _plain(
    dialect: Dialect, table: Table, columns: tuple[str, ...]
) -> tuple[str, Callable[[Mapping[str, Any]], tuple[Any, ...]]] | None:
    """Return the text of an insert and what makes a row the driver's own; None if that differs.

    Where every value goes to the driver as it is, preparing each one costs more than storing it.
    """
    parts = [table.columns[name] for name in columns]
    as_they_are = all(
        part.type.dialect_impl(dialect).bind_processor(dialect) is None for part in parts
    )
    if not (dialect.positional and as_they_are and len(columns) > 1):
        return None
    compiled = _keeping(dialect.name, table).compile(dialect=dialect, column_keys=list(columns))
    if compiled.positiontup is None or set(compiled.positiontup) != set(columns):
        return None  # the table fills in a value of its own
    return str(compiled), itemgetter(*compiled.positiontup)


def _insert(dialect: str, table: Table) -> Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
