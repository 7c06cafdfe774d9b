"""Which tables hold the people who work here and the sessions they have open?"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Table, Text

from integra_node.store.schema.base import metadata

account = Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),
    Column("username", Text, nullable=False, unique=True),  # folded to lower case
    Column("display_name", Text, nullable=False),
    Column("language", Text, nullable=False),  # empty: as the browser asks
    Column("password", Text, nullable=False),  # Argon2id in its encoded form
    Column("must_change", Integer, nullable=False),  # 1: the password was set by somebody else
    Column("officer_id", Text),
    Column("failures", Integer, nullable=False),  # wrong passwords since the last right one
    Column("locked_until", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("signed_in_at", BigInteger),
)

account_role = Table(
    "account_role",
    metadata,
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("role", Text, primary_key=True),
)

session = Table(
    "session",
    metadata,
    Column("id", Text, primary_key=True),  # what lists and forms name it by; opens nothing
    Column("token_hash", LargeBinary, nullable=False, unique=True),  # SHA-256 of the token
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", Text, nullable=False),  # page, api
    Column("agent", Text, nullable=False),  # what the browser or program calls itself
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    # Ended rows stay some days: only they tell whose half-written form came in too late.
    Column("ended_at", BigInteger),
)
