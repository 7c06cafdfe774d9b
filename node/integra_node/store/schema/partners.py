"""Which tables remember how the talk with each partner goes?"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from integra_node.store.schema.base import metadata

partner = Table(
    "partner",
    metadata,
    Column("org", Text, primary_key=True),
    Column("last_success", BigInteger),
    Column("last_contact", BigInteger),
    Column("failing_since", BigInteger),
    Column("failures", Integer, nullable=False),
    Column("next_attempt", BigInteger),
    Column("last_error", Text),
    Column("skew_s", Integer),
    Column("told_time", BigInteger),  # the partner's clock at last_contact
)

push_position = Table(  # how much of which log was pushed to whom
    "push_position",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("org", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("pushed_at", BigInteger),
    Column("note", LargeBinary),
)

source_trouble = Table(  # a source that gave something wrong for a log: back-off, shown
    "source_trouble",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("org", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("times", Integer, nullable=False),
)

request_id = Table(  # tokens of requests that had an effect (section 11: inserted with the effect)
    "request_id",
    metadata,
    Column("org", Text, primary_key=True),
    Column("token_id", Text, primary_key=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

daily_amount = Table(  # what was taken from a member's log on one UTC day
    "daily_amount",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("entries", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)

setting = Table(  # marks of the machine itself: "restored", "clock-confirmed-until", ...
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
