"""Which tables hold the logs: our own and those that we follow?

Nothing may be lost from ``log``, ``tile`` and ``entry`` of our own origin: they are the record that
partners hold us to.  ``tile`` holds leaf hashes, 256 to a row, and above level 0 the roots of full
tiles below, so that any proof reads a handful of rows.
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
    literal,
)

from integra_node.store.schema.base import RowNumber, metadata

log = Table(
    "log",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("origin", Text, nullable=False, unique=True),
    Column("org", Text, nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    # newest verified note at exactly `size` (own log: newest signed), and the largest one above it
    Column("note", LargeBinary),
    Column("note_size", BigInteger, nullable=False),
    Column("ahead_note", LargeBinary),
    Column("ahead_size", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    # what we, as a witness, cosigned last
    Column("witness_size", BigInteger),
    Column("witness_root", LargeBinary),
    # newest note that carries a quorum of cosignatures
    Column("witnessed_note", LargeBinary),
    Column("witnessed_size", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("grown_at", BigInteger, nullable=False),
    Column("change", BigInteger, nullable=False, index=True),
)

tile = Table(
    "tile",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("hashes", LargeBinary, nullable=False),
)

entry = Table(
    "entry",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("blob", LargeBinary),
    Column("state", Integer, nullable=False),
    Column("retention_end", BigInteger, nullable=False),
    Column("commitment_head", BigInteger, nullable=False),  # first 8 bytes, to find duplicates
    Column("mark", Text),  # void, duplicate, or bad:<code>; nothing with a mark has an effect
    sqlite_with_rowid=True,
)
Index("ix_entry_commitment_head", entry.c.commitment_head)
Index("ix_entry_retention_end", entry.c.retention_end, entry.c.state)
# Few entries are erases, and they are looked for in logs of any length. The word stands in the
# statement itself: of a parameter no database can tell that the index holds it.
IS_ERASE = entry.c.kind == literal("erase", literal_execute=True)
Index("ix_entry_erase", entry.c.log_id, sqlite_where=IS_ERASE, postgresql_where=IS_ERASE)

wrap = Table(
    "wrap",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("org", Text, primary_key=True),
    Column("wrap", LargeBinary, nullable=False),
)

officer_line = Table(
    "officer_line",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("officer", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("public", LargeBinary),  # empty: revoked
)

roster_version = Table(
    "roster_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
)

roster_checkpoint = Table(
    "roster_checkpoint",
    metadata,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
)

roster_conflict = Table(
    "roster_conflict",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, primary_key=True),
    Column("note", LargeBinary, nullable=False),
    Column("found_at", BigInteger, nullable=False),
)

kem_public = Table(  # other members' sealing keys, checked against the roster's hash
    "kem_public",
    metadata,
    Column("org", Text, primary_key=True),
    Column("key_id", Text, primary_key=True),
    Column("public", LargeBinary, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("origin", Text, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
    Column("found_at", BigInteger, nullable=False),
)

erasure = Table(  # for each `erase` of ours: which holders have answered
    "erasure",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("org", Text, primary_key=True),
    Column("asked_at", BigInteger, nullable=False),
    Column("acked_at", BigInteger),
    Column("ack_idx", BigInteger),
)

own_answer = Table(  # our replies, receipts and parts: what they answer or belong to
    "own_answer",
    metadata,
    Column("target_origin", Text, primary_key=True),
    Column("target_idx", BigInteger, primary_key=True),
    Column("idx", BigInteger, primary_key=True),
)

change_counter = Table(  # one row; orders everything that the search index and `heads` follow
    "change_counter",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("value", BigInteger, nullable=False),
)
