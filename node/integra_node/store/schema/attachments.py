"""Which tables hold the files of practices: those of drafts, and the parts that travelled?"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from integra_node.store.schema.base import metadata

draft_file = Table(  # what our own staff put to a practice; it goes out with its next version
    "draft_file",
    metadata,
    Column("draft_id", ForeignKey("draft.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),  # SHA-256
    Column("name", Text, nullable=False),
    Column("media", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("added_at", BigInteger, nullable=False),
)
file_part = Table(  # entries of kind part, by the file that they are parts of
    "file_part",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("number", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("draft_id", Text),  # ours: the practice that it was sent with
)
Index("ix_file_part_digest", file_part.c.log_id, file_part.c.digest)
Index("ix_file_part_draft_id", file_part.c.draft_id)
