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
