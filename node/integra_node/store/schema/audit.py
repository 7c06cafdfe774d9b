"""Which tables hold the audit log, the hash chain of who did what?

Rows are only ever added.  ``audit_head`` has one row: it is the lock for adding, and what a restored
or shortened log is compared with.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from integra_node.store.schema.base import metadata

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # from 1, without gaps
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("op", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", Text, nullable=False),  # JSON object, keys sorted
    Column("justification", Text, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
Index("ix_audit_at", audit.c.at)
Index("ix_audit_actor", audit.c.actor, audit.c.seq)
Index("ix_audit_op", audit.c.op, audit.c.seq)
Index("ix_audit_object", audit.c.object, audit.c.seq)
Index("ix_audit_subject", audit.c.subject, audit.c.seq)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
