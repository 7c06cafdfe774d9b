"""How are versions of an item, and erases, found without reading a whole log?"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_publication_item", table_name="publication")
    op.create_index("ix_publication_item", "publication", ["item_id", "log_id"])
    is_erase = sa.text("kind = 'erase'")
    op.create_index(
        "ix_entry_erase", "entry", ["log_id"], sqlite_where=is_erase, postgresql_where=is_erase
    )
