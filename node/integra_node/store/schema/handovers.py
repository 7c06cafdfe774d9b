"""Which tables hold handover notices, on the sender's and on the recipient's side?

Only envelope fields (class C1, no personal data) stand in clear.  Drafts, reasons and answers are
sealed under the notice's subject key; what was sent or received stays ciphertext in ``entry``.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from integra_node.store.schema.base import RowNumber, metadata

handover = Table(
    "handover",
    metadata,
    Column("id", Text, primary_key=True),
    Column("side", Text, nullable=False),  # sender, recipient
    Column("state", Text, nullable=False),
    Column("state_since", BigInteger, nullable=False),
    Column("etag", Integer, nullable=False),
    Column("peer_org", Text, nullable=False),
    Column("notice_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("envelope", Text, nullable=False),  # JSON of the C1 fields
    Column("body", LargeBinary),  # the draft, sealed; empty once sent or when received
    Column("subject_id", ForeignKey("subject_key.id", ondelete="SET NULL")),
    Column("case_reference", Text, nullable=False),
    Column("author_id", Text),
    Column("reviewer_id", Text),
    Column("owner_id", Text),
    Column("origin", Text),  # where the notice itself stands
    Column("idx", BigInteger),
    Column("opened_at", BigInteger),  # identity first opened
    Column("due_at", BigInteger),  # by when the state must end
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("origin", "idx"),
)
Index("ix_handover_box", handover.c.side, handover.c.state, handover.c.updated_at)
Index("ix_handover_due", handover.c.state, handover.c.due_at)

handover_step = Table(
    "handover_step",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column(
        "handover_id", ForeignKey("handover.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("event", Text, nullable=False),
    Column("state", Text, nullable=False),  # the state after it
    Column("actor", Text, nullable=False),  # account, officer or organisation
    Column("org", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("note", LargeBinary),  # reason or answer, sealed under the subject key
    Column("origin", Text),  # the signed entry of this step
    Column("idx", BigInteger),
    UniqueConstraint("origin", "idx"),
)
