"""Which table holds what each person has to be told inside the application?

A row says what kind of thing happened and where it stands, never what it says: it may be seen in a
list, a count or an e-mail by who has since lost the right to read the thing itself.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from integra_node.store.schema.base import metadata

notice = Table(
    "notice",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger),  # when the person confirmed it
)
Index("ix_notice_unseen", notice.c.account_id, notice.c.seen_at)
