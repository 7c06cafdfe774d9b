"""What did we answer to a call that may come a second time?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from integra_node.store.schema.library import idempotency
from integra_node.store.upsert import insert_new

if TYPE_CHECKING:
    from integra_node.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """An answer as JSON text, and the SHA-256 of the call it answered."""

    digest: bytes
    answer: str


def find(tx: Tx, account_id: str, key: str, *, now: int) -> Remembered | None:
    """Return what was answered under a key that still counts."""
    row = tx.execute(
        select(idempotency.c.digest, idempotency.c.answer).where(
            idempotency.c.account_id == account_id,
            idempotency.c.key == key,
            idempotency.c.expires_at > now,
        )
    ).one_or_none()
    return None if row is None else Remembered(digest=row.digest, answer=row.answer)


def add(tx: Tx, account_id: str, key: str, *, digest: bytes, answer: str, expires_at: int) -> bool:
    """Remember an answer; say whether nobody else has used the key meanwhile."""
    row = {
        "account_id": account_id,
        "key": key,
        "digest": digest,
        "answer": answer,
        "expires_at": expires_at,
    }
    return insert_new(tx, idempotency, row)


def forget(tx: Tx, *, now: int) -> None:
    """Forget the answers whose time has passed."""
    tx.execute(delete(idempotency).where(idempotency.c.expires_at <= now))
