"""Which tables hold what people look for again, and since when the library is new to them?

Rows end with the account.  A saved search names what was found for it by reference only.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text

from integra_node.store.schema.base import metadata

saved_search = Table(
    "saved_search",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("question", Text, nullable=False),  # JSON of rules.question
    Column("notify", Text, nullable=False, index=True),  # never, at_once, daily
    Column("since", BigInteger, nullable=False),  # change number: what came before is not new
    Column("fresh", Text, nullable=False),  # refs found since then, blank between, newest last
    Column("owed", Integer, nullable=False),  # 1: something was found that was not told yet
    Column("next_at", BigInteger, nullable=False),  # daily: not before
    Column("created_at", BigInteger, nullable=False),
)

library_visit = Table(
    "library_visit",
    metadata,
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("since", BigInteger, nullable=False),  # change number: what came later is marked new
    Column("since_at", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),  # change number at the last sign-in or sign-out
    Column("last_at", BigInteger, nullable=False),
)
