"""Do the tables of a database fit this version, and how are they brought there?

One migration runs at a time: others wait for the lock, then find nothing left to do.  All steps of
one run are one transaction, so a step that fails leaves the database as it was.
"""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError

from integra_protocol.errors import ConflictError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine.interfaces import DBAPIConnection

    from integra_node.store.database import Database

FOLDER: Final = Path(__file__).parent / "migrations"
LOCK_SUFFIX: Final = ".migrating"  # of the lock file beside a SQLite file
LOCK_NUMBER: Final = 0x696E_7465_6772_6101  # of the advisory lock on PostgreSQL: any fixed number
WAIT_S: Final = 60
_PAUSE_S: Final = 0.1
_NEVER: Final = threading.Event()


def migrate(url: str) -> tuple[str, ...]:
    """Bring the database at a SQLAlchemy URL to the tables of this version.

    Returns:
        The revisions that were run, oldest first; empty when it was current already.

    Raises:
        ConflictError: a newer version of the software made the database.
        UnavailableError: another process held the lock for a minute.
    """
    _create_file(url)
    engine = _open(url)
    try:
        with _lock_file(url), engine.connect() as connection, _advisory_lock(connection):
            steps = plan(_revision(connection))
            connection.rollback()
            if steps:
                with connection.begin():
                    _upgrade(connection)
            return steps
    finally:
        engine.dispose()


def plan(revision: str | None) -> tuple[str, ...]:
    """Return the revisions that a database at ``revision`` still lacks, oldest first.

    Raises:
        ConflictError: the revision is none of this version's.
    """
    known = [step.revision for step in _scripts().walk_revisions()][::-1]
    if revision is None:
        return tuple(known)
    if revision not in known:
        raise ConflictError("a newer version of Integra made this database: install that one")
    return tuple(known[known.index(revision) + 1 :])


def current_revision(database: Database) -> str | None:
    """Return the revision that the tables are at, or None for a database without any."""
    return database.read_now(_revision)


def is_current(database: Database) -> bool:
    """Say whether the tables are exactly those of this version."""
    return current_revision(database) == _scripts().get_current_head()


def check_current(database: Database) -> None:
    """Refuse to work on tables of another version.

    Raises:
        ConflictError: a newer version of the software made the database.
        UnavailableError: the database has to be migrated first.
    """
    if plan(current_revision(database)):
        raise UnavailableError("the database is not up to date: run `integra migrate`")


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / "versions")])


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        # Foreign keys are off while a table is rebuilt, so nothing else has looked at them.
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise ConflictError(f"a row of {broken[0]} points to nothing: nothing was changed")


def _open(url: str) -> Engine:
    engine = create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # The driver would commit before each change of a table; the doors say when instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=15000",
        "foreign_keys=OFF",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _sqlite_path(url: str) -> Path | None:
    parsed = make_url(url)
    name = parsed.database
    if parsed.get_backend_name() != "sqlite" or not name or name == ":memory:":
        return None
    return Path(name)


def _create_file(url: str) -> None:
    """Make a new SQLite file readable by its owner only; SQLite gives its other files the same."""
    path = _sqlite_path(url)
    if path is not None:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


@contextmanager
def _lock_file(url: str) -> Iterator[None]:
    """Hold the lock file beside a SQLite file; it stays there, because removing it would race."""
    path = _sqlite_path(url)
    if path is None:
        yield
        return
    lock = os.open(path.with_name(path.name + LOCK_SUFFIX), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        _take(lock)
        yield
    finally:
        os.close(lock)


def _take(lock: int) -> None:
    for _ in range(int(WAIT_S / _PAUSE_S)):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _NEVER.wait(_PAUSE_S)
        else:
            return
    raise UnavailableError("another process is migrating this database")


@contextmanager
def _advisory_lock(connection: Connection) -> Iterator[None]:
    """Hold the lock of the PostgreSQL session; closing the connection gives it back too."""
    if connection.dialect.name == "sqlite":
        yield
        return
    try:
        connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_S}s'"))
        connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": LOCK_NUMBER})
    except OperationalError as error:
        raise UnavailableError("another process is migrating this database") from error
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": LOCK_NUMBER})
        connection.commit()
