"""Which tables say what members wrote about whose practice?

``response`` stands beside the row of ``publication`` for the same entry; what it says stays there.
Its target may not have arrived yet, so it is named by log and index and not by a key.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from integra_node.store.schema.base import metadata

response = Table(
    "response",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("form", Text, nullable=False),  # review, translation, report, comment, question, answer
    Column("target_origin", Text, nullable=False),  # the version of a practice
    Column("target_idx", BigInteger, nullable=False),
    Column("question_origin", Text),  # of an answer
    Column("question_idx", BigInteger),
    Column("country", Text),  # of a review: that of the reviewing organisation
    Column("method", Text),  # of a translation
)
Index("ix_response_target", response.c.target_origin, response.c.target_idx, response.c.form)

response_reading = Table(
    "response_reading",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("account_id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)
