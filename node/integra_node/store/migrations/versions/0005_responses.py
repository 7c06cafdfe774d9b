"""Which tables hold what members say about each other's practices?"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_LOG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "response",
        sa.Column("log_id", _LOG_ID, nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("target_origin", sa.Text(), nullable=False),
        sa.Column("target_idx", sa.BigInteger(), nullable=False),
        sa.Column("question_origin", sa.Text(), nullable=True),
        sa.Column("question_idx", sa.BigInteger(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_response_log_id_log")),
        sa.PrimaryKeyConstraint("log_id", "idx", name=op.f("pk_response")),
    )
    op.create_index(
        "ix_response_target", "response", ["target_origin", "target_idx", "form"], unique=False
    )
    op.create_table(
        "response_reading",
        sa.Column("log_id", _LOG_ID, nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["log_id"], ["log.id"], name=op.f("fk_response_reading_log_id_log")
        ),
        sa.PrimaryKeyConstraint("log_id", "idx", "account_id", name=op.f("pk_response_reading")),
    )
