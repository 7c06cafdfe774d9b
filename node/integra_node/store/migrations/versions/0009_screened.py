"""Where is kept what a second person decided about words of a practice? With its draft."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("draft", sa.Column("words", sa.Text(), nullable=True))
