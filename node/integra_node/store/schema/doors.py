"""Which tables say what systems outside this node may take, and which tokens open that?

A shelf is what one class of readers may see: ``alerts-clear``, ``alerts-green``, ``practices``.  Each
item stands on a shelf once, whatever number of versions it has; ``seq`` orders a shelf and counts
nothing but that shelf, so that it tells nobody what else happens here.
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

door_shelf = Table(
    "door_shelf",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_us", BigInteger, nullable=False),  # unix microseconds given out last
    Column("visible_seq", BigInteger, nullable=False),  # readers see up to here
)

door_progress = Table(  # one row
    "door_progress",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("watermark", BigInteger, nullable=False),  # publications up to this change are shelved
    Column("at", BigInteger, nullable=False),  # the second in which that was last made visible
)

door_item = Table(
    "door_item",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("shelf", ForeignKey("door_shelf.name"), nullable=False),
    Column("kind", Text, nullable=False),  # alert, practice; identity, fixed: STIX objects of ours
    Column("org", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("uuid", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("added_us", BigInteger, nullable=False),  # unix microseconds, rising with seq
    Column("log_id", BigInteger),  # where the version stands that is shown
    Column("idx", BigInteger),
    Column("is_open", Integer, nullable=False),  # 0: it was, and is no more
    Column("generation", Integer, nullable=False),  # how often it came (back)
    Column("created_at", BigInteger, nullable=False),  # unix seconds
    Column("modified_ms", BigInteger, nullable=False),  # unix milliseconds, rising
    UniqueConstraint("shelf", "kind", "org", "item_id"),
    UniqueConstraint("shelf", "seq"),
)
Index("ix_door_item_added", door_item.c.shelf, door_item.c.added_us)
Index("ix_door_item_uuid", door_item.c.shelf, door_item.c.uuid)

door_set = Table(  # in which sets of OAI-PMH an item is
    "door_set",
    metadata,
    Column("name", Text, primary_key=True),
    Column("item", ForeignKey("door_item.id", ondelete="CASCADE"), primary_key=True),
)
Index("ix_door_set_item", door_set.c.item)

door_token = Table(
    "door_token",
    metadata,
    Column("name", Text, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),  # SHA-256 of 32 random bytes
    Column("reader_class", Text, nullable=False),  # outsider, member
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("used_at", BigInteger),
)
