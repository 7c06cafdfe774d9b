"""In which order did things change? One counter that the search index and ``heads`` follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from integra_node.store.schema.log import change_counter

if TYPE_CHECKING:
    from integra_node.store.database import Tx

_TAKE = (
    update(change_counter)
    .values(value=change_counter.c.value + bindparam("count"))
    .returning(change_counter.c.value)
)
_CURRENT = select(change_counter.c.value)


def next_change(tx: Tx, count: int = 1) -> int:
    """Take ``count`` numbers and return the first; the row is locked until the commit.

    Because the number is taken inside the transaction that makes the change, a reader never sees
    a higher number before a lower one.
    """
    return int(tx.execute(_TAKE, {"count": count}).scalar_one()) - count + 1


def current_change(tx: Tx) -> int:
    """Return the number that was given out last."""
    return int(tx.execute(_CURRENT).scalar_one())
