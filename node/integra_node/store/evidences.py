"""Which evidence against logs do we hold? It is kept for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, func, select

from integra_node.store.schema.log import evidence
from integra_node.store.upsert import insert_new
from integra_protocol.canonical import sha256

if TYPE_CHECKING:
    from integra_node.store.database import Tx


def save(tx: Tx, *, origin: str, body: bytes, now: int) -> bool:
    """Store evidence; return whether it is new."""
    row = {"digest": sha256(body), "origin": origin, "body": body, "found_at": now}
    return insert_new(tx, evidence, row)


def count_of(tx: Tx, origin: str) -> int:
    """Return how many pieces of evidence are held against one log."""
    statement = select(func.count()).select_from(evidence).where(evidence.c.origin == origin)
    return tx.execute(statement).scalar_one()


def all_found(tx: Tx) -> list[Row[Any]]:
    """Return (digest, origin, body, found_at) of all evidence, oldest first."""
    return list(tx.execute(select(evidence).order_by(evidence.c.found_at)))
