"""What may other systems take from here, and with which tokens?"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _door_shelf()
    _door_progress()
    _door_item()
    _door_set()
    _door_token()


def _door_shelf() -> None:
    op.create_table(
        "door_shelf",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        sa.Column("visible_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_door_shelf")),
    )


def _door_progress() -> None:
    op.create_table(
        "door_progress",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("watermark", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_progress")),
    )


def _door_item() -> None:
    op.create_table(
        "door_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shelf", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("added_us", sa.BigInteger(), nullable=False),
        sa.Column("log_id", sa.BigInteger(), nullable=True),
        sa.Column("idx", sa.BigInteger(), nullable=True),
        sa.Column("is_open", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shelf"], ["door_shelf.name"], name=op.f("fk_door_item_shelf_door_shelf")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_item")),
        sa.UniqueConstraint(
            "shelf", "kind", "org", "item_id", name=op.f("uq_door_item_shelf_kind_org_item_id")
        ),
        sa.UniqueConstraint("shelf", "seq", name=op.f("uq_door_item_shelf_seq")),
    )
    op.create_index("ix_door_item_added", "door_item", ["shelf", "added_us"], unique=False)
    op.create_index("ix_door_item_uuid", "door_item", ["shelf", "uuid"], unique=False)


def _door_set() -> None:
    op.create_table(
        "door_set",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("item", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["item"], ["door_item.id"], name=op.f("fk_door_set_item_door_item"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("name", "item", name=op.f("pk_door_set")),
    )
    op.create_index("ix_door_set_item", "door_set", ["item"], unique=False)


def _door_token() -> None:
    op.create_table(
        "door_token",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("reader_class", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_door_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_door_token_token_hash")),
    )
