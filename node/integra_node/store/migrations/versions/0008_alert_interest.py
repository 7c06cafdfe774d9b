"""Where is kept which alerts people want to be shown, and how often an alert was seen elsewhere?"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_scope",
        sa.Column("log_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_alert_scope_log_id_log")),
        sa.PrimaryKeyConstraint("log_id", "idx", "kind", "value", name=op.f("pk_alert_scope")),
    )
    op.create_table(
        "alert_interest",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_alert_interest")),
    )
    op.add_column("acknowledgement", sa.Column("band", sa.Text(), nullable=True))
