"""Which metadata do all tables belong to, and how are they named?

Only portable column types are used, because every table exists on SQLite and on PostgreSQL.
Times are whole unix seconds.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives a table an automatic row number only for a column typed exactly INTEGER.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")
