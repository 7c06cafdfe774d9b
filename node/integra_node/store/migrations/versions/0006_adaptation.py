"""Which practice was adapted from which? A table of it, filled from what is held already."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from integra_protocol.bodies import parse_ref
from integra_protocol.content import split_clear_blob
from integra_protocol.entry import parse_header
from integra_protocol.errors import BadBodyError, ProtocolError

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_AT_ONCE = 200


def upgrade() -> None:
    made = op.create_table(
        "adaptation",
        sa.Column("log_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("parent_origin", sa.Text(), nullable=False),
        sa.Column("parent_idx", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_adaptation_log_id_log")),
        sa.PrimaryKeyConstraint("log_id", "idx", name=op.f("pk_adaptation")),
    )
    op.create_index("ix_adaptation_parent", "adaptation", ["parent_origin", "parent_idx"])
    for rows in _held():
        if rows:
            op.bulk_insert(made, rows)


def _held() -> Iterator[list[dict[str, object]]]:
    """Yield the rows of what is held, some entries at a time: their texts may be large."""
    entry = sa.table("entry", *(sa.column(name) for name in ("log_id", "idx", "header", "blob")))
    held = sa.table("publication", *(sa.column(name) for name in ("log_id", "idx", "kind")))
    statement = (
        sa.select(entry.c.log_id, entry.c.idx, entry.c.header, entry.c.blob)
        .join(held, sa.and_(held.c.log_id == entry.c.log_id, held.c.idx == entry.c.idx))
        .where(held.c.kind == "practice", entry.c.blob.is_not(None))
        .order_by(entry.c.log_id, entry.c.idx)
        .limit(_AT_ONCE)
    )
    log_id, idx = -1, -1
    while True:
        after = sa.or_(
            entry.c.log_id > log_id, sa.and_(entry.c.log_id == log_id, entry.c.idx > idx)
        )
        found = op.get_bind().execute(statement.where(after)).all()
        if not found:
            return
        log_id, idx = found[-1].log_id, found[-1].idx
        rows = (_row(one.log_id, one.idx, one.header, one.blob) for one in found)
        yield [row for row in rows if row is not None]


def _row(log_id: int, idx: int, header: bytes, blob: bytes) -> dict[str, object] | None:
    try:
        _, content = split_clear_blob(parse_header(header), blob)
        lineage = content.data.get("lineage")
        named = lineage.get("adapted_from") if isinstance(lineage, dict) else None
        parent = parse_ref(named) if isinstance(named, str) else None
    except (BadBodyError, ProtocolError):
        return None  # a partner's odd text, or a reference of some other library
    if parent is None:
        return None
    return {
        "log_id": log_id,
        "idx": idx,
        "parent_origin": parent.origin,
        "parent_idx": parent.index,
    }
