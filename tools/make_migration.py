"""Which migration makes all tables? Writes the first one anew from the tables of the store.

Only while nothing is released: afterwards the first migration is history, and a change of the
tables needs a migration of its own.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import create_engine

from integra_node.store.schema import metadata

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "node/integra_node/store/migrations/versions/0001_first.py"
HEADER = '''"""Which tables does a new database get? Written by tools/make_migration.py."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for make in _TABLES:
        make()
    # The rows that are locks: for the order of all changes, and for the end of the audit log.
    op.execute("INSERT INTO change_counter (id, value) VALUES (1, 0)")
    head = sa.table("audit_head", sa.column("id"), sa.column("seq"), sa.column("hash"))
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": bytes(32)}])
'''


def groups() -> dict[str, list[ops.MigrateOperation]]:
    """Return what makes each table, with its indexes, in the order of their references."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        script = produce_migrations(MigrationContext.configure(connection), metadata)
    engine.dispose()
    found: dict[str, list[ops.MigrateOperation]] = {}
    for table, step in _steps(script.upgrade_ops_list):
        found.setdefault(table, []).append(step)
    return found


def render() -> str:
    """Return the text of the migration, not yet formatted."""
    functions = {name: _function(name, steps) for name, steps in groups().items()}
    table = "_TABLES = (\n" + "".join(f"    _{name},\n" for name in functions) + ")\n"
    return "\n\n".join([HEADER, *functions.values(), table])


def main() -> int:
    """Write the file; return 0."""
    TARGET.write_text(render())
    ruff = str(Path(sys.executable).with_name("ruff"))
    subprocess.run([ruff, "format", "--quiet", str(TARGET)], check=True)
    print(f"{TARGET.relative_to(ROOT)}: {len(metadata.tables)} tables")
    return 0


def _steps(found: list[ops.UpgradeOps]) -> Iterator[tuple[str, ops.MigrateOperation]]:
    for container in found:
        for step in container.ops:
            if isinstance(step, ops.ModifyTableOps | ops.CreateTableOp | ops.CreateIndexOp):
                yield step.table_name, step
            else:
                raise SystemExit(f"a first migration cannot have {type(step).__name__}")


def _function(name: str, steps: list[ops.MigrateOperation]) -> str:
    code = render_python_code(ops.UpgradeOps(ops=steps), render_as_batch=False)
    lines = [
        line for line in code.splitlines() if line.strip() and not line.strip().startswith("#")
    ]
    return "\n".join([f"def _{name}() -> None:", *lines, ""])


if __name__ == "__main__":
    sys.exit(main())
