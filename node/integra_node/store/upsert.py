"""How is a row written whether or not it is there already, on both database systems?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Table

    from integra_node.store.database import Tx


def upsert(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert ``rows``; where the primary key exists, replace the other columns given."""
    if not rows:
        return
    keys = [c.name for c in table.primary_key.columns]
    statement = _insert(tx, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if changed:
        tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))
    else:
        tx.execute(statement.on_conflict_do_nothing(), list(rows))


def insert_new(tx: Tx, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert ``row`` unless a unique key of it exists; say whether it was new."""
    statement = _insert(tx, table).values(**row).on_conflict_do_nothing()
    # Not every driver tells how many rows an insert made unless it is asked to.
    result = tx.execute(statement.execution_options(preserve_rowcount=True))
    return result.rowcount == 1


def insert_all_new(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those of ``rows`` whose unique keys do not exist."""
    if rows:
        tx.execute(_insert(tx, table).on_conflict_do_nothing(), list(rows))


def _insert(tx: Tx, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)
