"""Where do the keys lie that open personal data, and how are they thrown away?

The key table: one *subject key* for each notice, summary or alert, sealed under the master key;
under it the content keys of its entries and whatever else is kept about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from integra_node import vault
from integra_node.store.schema.keys import content_key, subject_key
from integra_node.store.upsert import upsert
from integra_protocol.errors import NotFoundError

if TYPE_CHECKING:
    from integra_node.store.database import Tx

_OWN_WRAPS = select(content_key.c.idx, content_key.c.own_wrap).where(
    content_key.c.log_id == bindparam("log"),
    content_key.c.idx >= bindparam("start"),
    content_key.c.idx < bindparam("end"),
    content_key.c.own_wrap.is_not(None),
)


def make(tx: Tx, *, master: bytes, random: vault.Random, now: int) -> int:
    """Make a subject key and return its row number."""
    key = random(vault.KEY_BYTES)
    # The row number is not known before the insert, so what binds the sealed key is its purpose.
    sealed = vault.seal(master, key, b"subject key", random)
    statement = insert(subject_key).values(sealed_key=sealed, made_at=now)
    return int(tx.execute(statement.returning(subject_key.c.id)).scalar_one())


def open_key(tx: Tx, subject_id: int | None, *, master: bytes) -> bytes:
    """Return a subject key.

    Raises:
        NotFoundError: it was thrown away: what it opened is erased.
    """
    sealed = tx.execute(
        select(subject_key.c.sealed_key).where(subject_key.c.id == subject_id)
    ).scalar_one_or_none()
    if sealed is None:
        raise NotFoundError("this was erased")
    return vault.unseal(master, sealed, b"subject key")


def destroy(tx: Tx, subject_id: int) -> None:
    """Throw a subject key away, with every content key under it."""
    tx.execute(delete(content_key).where(content_key.c.subject_id == subject_id))
    tx.execute(delete(subject_key).where(subject_key.c.id == subject_id))


def save_content_key(
    tx: Tx,
    *,
    log_id: int,
    index: int,
    subject_id: int,
    cek: bytes,
    own_wrap: bytes | None,
    master: bytes,
    random: vault.Random,
) -> None:
    """Keep the content key of one entry, sealed under its subject key."""
    key = open_key(tx, subject_id, master=master)
    sealed = vault.seal(key, cek, _place(log_id, index), random)
    row = {
        "log_id": log_id,
        "idx": index,
        "subject_id": subject_id,
        "sealed_cek": sealed,
        "own_wrap": own_wrap,
    }
    upsert(tx, content_key, [row])


def find_content_key(tx: Tx, log_id: int, index: int, *, master: bytes) -> tuple[bytes, int]:
    """Return the content key of one entry and the row number of its subject key.

    Raises:
        NotFoundError: it was thrown away or never held.
    """
    row = tx.execute(
        select(content_key.c.sealed_cek, content_key.c.subject_id).where(
            content_key.c.log_id == log_id, content_key.c.idx == index
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError("this was erased")
    key = open_key(tx, row.subject_id, master=master)
    return vault.unseal(key, row.sealed_cek, _place(log_id, index)), row.subject_id


def own_wraps(tx: Tx, log_id: int, start: int, end: int) -> dict[int, bytes]:
    """Return the issuer's own wraps of ``[start, end)``: they are served from here."""
    rows = tx.execute(_OWN_WRAPS, {"log": log_id, "start": start, "end": end})
    return {row.idx: row.own_wrap for row in rows}


def destroy_content_key(tx: Tx, log_id: int, index: int) -> int | None:
    """Throw away one content key; return its subject key's row number when nothing else needs it."""
    subject_id = tx.execute(
        select(content_key.c.subject_id).where(
            content_key.c.log_id == log_id, content_key.c.idx == index
        )
    ).scalar_one_or_none()
    if subject_id is None:
        return None
    tx.execute(
        delete(content_key).where(content_key.c.log_id == log_id, content_key.c.idx == index)
    )
    others = tx.execute(
        select(content_key.c.idx).where(content_key.c.subject_id == subject_id).limit(1)
    ).first()
    return None if others else int(subject_id)


def _place(log_id: int, index: int) -> bytes:
    return f"content key {log_id} {index}".encode()
