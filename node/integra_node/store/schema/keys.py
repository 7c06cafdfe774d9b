"""Which tables hold the keys that open personal data?

These two tables are the *key table*: they are backed up apart from everything else, and a row
deleted here makes every copy of what it opened unreadable.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, Table, Text

from integra_node.store.schema.base import RowNumber, metadata

subject_key = Table(
    "subject_key",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("sealed_key", LargeBinary, nullable=False),  # under the node's master key
    Column("made_at", BigInteger, nullable=False),
    # A number is never given twice: older copies of other tables may still name an erased one.
    sqlite_autoincrement=True,
)

content_key = Table(
    "content_key",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column(
        "subject_id", ForeignKey("subject_key.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("sealed_cek", LargeBinary, nullable=False),  # under the subject key
    Column("own_wrap", LargeBinary),  # the issuer's wrap to itself, of what we issued
)

officer_key = Table(
    "officer_key",
    metadata,
    Column("officer", Text, primary_key=True),
    Column("account_id", Text, nullable=False, index=True),
    Column("public", LargeBinary, nullable=False),
    Column("sealed_seed", LargeBinary),  # under PIN and master key; empty once revoked
    Column("wrong_tries", BigInteger, nullable=False),
    Column("certified_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
