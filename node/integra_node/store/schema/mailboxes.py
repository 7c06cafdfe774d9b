"""Which table holds where people get mail, and how far each has been written to?

There is no queue of messages: a mailbox remembers up to which moment its owner was told, and what
waits is counted when a message goes out. A message that was delayed for days tells what waits then.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text

from integra_node.store.schema.base import metadata

mailbox = Table(
    "mailbox",
    metadata,
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("address", Text, nullable=False),
    Column("delivery", Text, nullable=False),  # never, at_once, digest
    Column("hour", Integer, nullable=False),  # of the digest, in the agency's zone
    Column("told_until", BigInteger, nullable=False),  # notices made later were not told yet
    Column("next_at", BigInteger, nullable=False, index=True),  # not before
    Column("failures", Integer, nullable=False),  # in a row
    Column("trouble", Text, nullable=False),  # a stable word, empty when the last one went out
)
