"""Which tables hold the practice library and the alerts?

``publication`` is what any member published, ours included, one row per version, keyed by
(log, index) so that applying an entry twice changes nothing.  ``draft`` is what our own staff write.
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
)

from integra_node.store.schema.base import metadata

publication = Table(
    "publication",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),  # practice, alert, codes
    Column("item_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),  # a partner names any up to 2**53
    # one of: current, superseded, withdrawn (practice), retracted (alert), expired, erased
    Column("status", Text, nullable=False),
    Column("tlp", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("subject_id", ForeignKey("subject_key.id", ondelete="SET NULL")),  # sealed alerts
    Column("readers", Text),  # TLP:RED: officer ids, comma between
    Column("change", BigInteger, nullable=False),
)
# Both columns: with the item alone SQLite would rather read the whole log.
Index("ix_publication_item", publication.c.item_id, publication.c.log_id)
Index("ix_publication_change", publication.c.change)

adaptation = Table(  # which version of a practice says that it was adapted from which entry
    "adaptation",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("parent_origin", Text, nullable=False),
    Column("parent_idx", BigInteger, nullable=False),
)
Index("ix_adaptation_parent", adaptation.c.parent_origin, adaptation.c.parent_idx)

draft = Table(
    "draft",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("etag", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("title", Text, nullable=False),  # empty for what will be sealed
    Column("tlp", Text, nullable=False),
    Column(
        "body", LargeBinary, nullable=False
    ),  # JSON; sealed under the subject key when there is one
    # practices: the text as it will stand in the log, made when it is handed in
    Column("wire", LargeBinary),
    # practices: JSON of what the screening found at the hand-in, by id, with the second person's
    # decision (keep, remove, or empty); none when the text is not handed in
    Column("words", Text),
    Column("subject_id", ForeignKey("subject_key.id", ondelete="CASCADE")),
    Column("author_id", Text, nullable=False),
    Column("second_id", Text),  # who cleared it
    Column("reason", Text, nullable=False),
    Column("source_id", Text, unique=True),  # where it was imported from, to import it once
    Column("digest", LargeBinary),  # SHA-256 of the imported body
    Column("origin", Text),  # where the newest version was published
    Column("idx", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
Index("ix_draft_kind", draft.c.kind, draft.c.status, draft.c.updated_at)

acknowledgement = Table(  # who of ours has acknowledged an alert; feedback that came from others
    "acknowledgement",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("org", Text, primary_key=True),
    Column("what", Text, primary_key=True),  # ack, seen, not-seen, false, delivered
    Column("account_id", Text),
    Column("at", BigInteger, nullable=False),
    Column("reply_origin", Text),
    Column("reply_idx", BigInteger),
    Column("band", Text),  # with "seen": how often, one of the list count_band
)

idempotency = Table(  # answers to calls that carried an Idempotency-Key, for 24 hours
    "idempotency",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of call and body
    Column("answer", Text, nullable=False),  # JSON
    Column("expires_at", BigInteger, nullable=False, index=True),
)
