"""How does Alembic reach the database? Over the connection, and in the transaction, of its caller."""

from __future__ import annotations

from alembic import context

from integra_node.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    # SQLite changes tables inside transactions as well, once its driver does not interfere.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
