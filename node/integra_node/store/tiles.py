"""How are leaf hashes kept so that any proof reads a handful of rows?

256 hashes to a row: level 0 holds leaf hashes, and level n the roots of the full rows of level
n - 1 (the layout of C2SP tlog-tiles).  A row is rewritten only while it is the last of its level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select

from integra_node.store.schema.log import tile
from integra_node.store.upsert import upsert
from integra_protocol.limits import HASH_BYTES
from integra_protocol.merkle import HashReader, node_hash

if TYPE_CHECKING:
    from integra_node.store.database import Tx

WIDTH: Final = 256
_BITS: Final = 8
_TILE: Final = select(tile.c.hashes).where(
    tile.c.log_id == bindparam("log_id"),
    tile.c.level == bindparam("at"),
    tile.c.number == bindparam("row"),
)
_LEAVES: Final = (
    select(tile.c.hashes)
    .where(
        tile.c.log_id == bindparam("log_id"),
        tile.c.level == 0,
        tile.c.number >= bindparam("first"),
        tile.c.number <= bindparam("last"),
    )
    .order_by(tile.c.number)
)


def add_leaves(tx: Tx, log_id: int, size: int, leaves: bytes) -> None:
    """Add leaf hashes (32 bytes each, one after the other) at index ``size`` and above."""
    level = 0
    while leaves:
        leaves, size = _add(tx, log_id, level, size, leaves)
        level += 1


def cut_to(tx: Tx, log_id: int, size: int) -> None:
    """Forget every leaf hash at or above ``size``, and every root that covers one."""
    level, count = 0, size
    while True:
        number, rest = divmod(count, WIDTH)
        partial = _read(tx, log_id, level, number)[: rest * HASH_BYTES]
        found = tx.execute(
            tile.delete().where(
                tile.c.log_id == log_id, tile.c.level == level, tile.c.number >= number
            )
        )
        if partial:
            upsert(tx, tile, [_row(log_id, level, number, partial)])
        if not found.rowcount and not partial and not number:
            return
        level, count = level + 1, number


def leaf_hashes(tx: Tx, log_id: int, start: int, end: int) -> bytes:
    """Return the leaf hashes of ``[start, end)``, which must all be held, 32 bytes each."""
    first = start // WIDTH
    last = max(end - 1, 0) // WIDTH
    rows = tx.execute(_LEAVES, {"log_id": log_id, "first": first, "last": last})
    held = b"".join(rows.scalars())
    skip = (start - first * WIDTH) * HASH_BYTES
    return held[skip : skip + (end - start) * HASH_BYTES]


def hash_reader(tx: Tx, log_id: int) -> HashReader:
    """Return a reader of complete subtrees: (level, index) -> hash (RFC 6962, section 2.1)."""
    seen: dict[tuple[int, int], bytes] = {}

    def read(level: int, index: int) -> bytes:
        tile_level, inner = divmod(level, _BITS)
        first = index << inner
        number, offset = divmod(first, WIDTH)
        key = (tile_level, number)
        if key not in seen:
            seen[key] = _read(tx, log_id, tile_level, number)
        start = offset * HASH_BYTES
        return _root(seen[key][start : start + (HASH_BYTES << inner)])

    return read


def _add(tx: Tx, log_id: int, level: int, size: int, hashes: bytes) -> tuple[bytes, int]:
    """Write one level; return the roots of the rows that became full and where they belong above."""
    number, rest = divmod(size, WIDTH)
    first = number
    pending = (_read(tx, log_id, level, number) if rest else b"") + hashes
    rows, roots = [], []
    for start in range(0, len(pending), WIDTH * HASH_BYTES):
        row = pending[start : start + WIDTH * HASH_BYTES]
        rows.append(_row(log_id, level, number, row))
        if len(row) == WIDTH * HASH_BYTES:
            roots.append(_root(row))
        number += 1
    upsert(tx, tile, rows)
    return b"".join(roots), first


def _row(log_id: int, level: int, number: int, hashes: bytes) -> dict[str, object]:
    return {"log_id": log_id, "level": level, "number": number, "hashes": hashes}


def _read(tx: Tx, log_id: int, level: int, number: int) -> bytes:
    found = tx.execute(_TILE, {"log_id": log_id, "at": level, "row": number}).scalar_one_or_none()
    return found or b""


def _root(hashes: bytes) -> bytes:
    """Return the root of a power of two of hashes."""
    level = [hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES)]
    while len(level) > 1:
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]
