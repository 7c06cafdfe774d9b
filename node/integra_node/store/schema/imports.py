"""Which tables hold the practices that somebody brings in, until they are taken in or let go?"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from integra_node.store.schema.base import metadata

import_job = Table(
    "import_job",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("kind", Text, nullable=False),  # csv, xlsx, json, oai
    Column("name", Text, nullable=False),  # of the file, or the address
    # one of: reading, mapping, checking, checked, running, done, failed
    Column("status", Text, nullable=False),
    Column("hand_in", Integer, nullable=False),  # 1: for a second person; 0: as drafts
    Column("language", Text, nullable=False),  # of texts that do not say
    Column("encoding", Text, nullable=False),  # chosen, or found; empty: to be found
    Column("header", Text, nullable=False),  # JSON: the names of the columns
    Column("columns", Text, nullable=False),  # JSON: the field of each column
    Column("content", LargeBinary),  # of the file, until it is read
    Column("cursor", Text, nullable=False),  # where a repository goes on
    Column("position", Integer, nullable=False),  # the last row that this step has done
    Column("total", Integer, nullable=False),  # rows
    Column("failure", Text, nullable=False),  # JSON: reason and values
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
Index("ix_import_job_account", import_job.c.account_id, import_job.c.created_at)
Index("ix_import_job_status", import_job.c.status)

import_row = Table(
    "import_row",
    metadata,
    Column("job_id", ForeignKey("import_job.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("data", Text, nullable=False),  # JSON: cells or record; empty once it is taken in
    Column("source_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("outcome", Text, nullable=False),  # empty until checked
    Column("problems", Text, nullable=False),  # JSON
    Column("draft_id", Text),
)
Index("ix_import_row_source", import_row.c.job_id, import_row.c.source_id)

import_columns = Table(  # which column was which, last time
    "import_columns",
    metadata,
    Column("signature", Text, primary_key=True),
    Column("columns", Text, nullable=False),  # JSON
    Column("used_at", BigInteger, nullable=False),
)
