"""Which tables say what an alert asks of this node, and who here has read it?

What an alert says stays in its entry; here stands only what lists and clocks need.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from integra_node.store.schema.base import metadata

alert_duty = Table(
    "alert_duty",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("severity", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("must_ack", Integer, nullable=False),  # 1: somebody here has to acknowledge it
    Column("due_at", BigInteger),  # by when
)
Index("ix_alert_duty_severity", alert_duty.c.severity)

alert_reading = Table(
    "alert_reading",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("account_id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

# For which settings and regions a clear alert says that it is; without a row of a kind for all of
# them.  A sealed alert has none: it was addressed to this organisation, and what it says is sealed.
alert_scope = Table(
    "alert_scope",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("kind", Text, primary_key=True),  # setting, region
    Column("value", Text, primary_key=True),
)

alert_interest = Table(  # what a person wants to be shown as new
    "alert_interest",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("wanted", Text, nullable=False),  # JSON
    Column("changed_at", BigInteger, nullable=False),
)
