import os
import stat
import subprocess
import sys
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import NullPool, create_engine, inspect, text

from integra_node.store import migrate as migrations
from integra_node.store.changes import current_change
from integra_node.store.database import Database
from integra_node.store.migrate import (
    check_current,
    current_revision,
    is_current,
    migrate,
    plan,
)
from integra_node.store.schema import metadata
from integra_protocol.errors import ConflictError, UnavailableError


@pytest.fixture
def opened(empty_url):
    database = Database.open(empty_url)
    yield database
    database.close()


def run(url, *statements):
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def tables(url):
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
    engine.dispose()
    return names


def test_migrating_an_empty_database_makes_exactly_the_tables_of_the_store(empty_url):
    migrate(empty_url)
    assert set(tables(empty_url)) == {*metadata.tables, "alembic_version"}


def test_the_migrations_and_the_tables_of_the_store_do_not_drift(database_url):
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        drift = compare_metadata(context, metadata)
    engine.dispose()
    assert drift == []


def test_the_change_counter_starts_at_zero(database):
    assert database.read_now(current_change) == 0


def test_migrating_twice_does_nothing_the_second_time(empty_url):
    assert migrate(empty_url) == plan(None)
    assert migrate(empty_url) == ()


def test_an_empty_database_is_refused_until_it_is_migrated(empty_url, opened):
    assert current_revision(opened) is None
    assert not is_current(opened)
    with pytest.raises(UnavailableError):
        check_current(opened)
    migrate(empty_url)
    check_current(opened)
    assert is_current(opened)


def test_a_database_of_a_newer_version_is_neither_used_nor_changed(database_url, database):
    run(database_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConflictError):
        check_current(database)
    with pytest.raises(ConflictError):
        migrate(database_url)
    assert current_revision(database) == "9999"


def test_a_failing_step_leaves_the_database_as_it_was(empty_url):
    run(empty_url, "CREATE TABLE wrap (in_the_way INTEGER)")  # one of the last tables made
    with pytest.raises(Exception, match="wrap"):
        migrate(empty_url)
    assert tables(empty_url) == ["wrap"]


def test_processes_that_migrate_at_once_make_the_tables_once(empty_url):
    program = f"from integra_node.store.migrate import migrate; print(len(migrate({empty_url!r})))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(3)]
    steps = [int(process.communicate(timeout=60)[0]) for process in running]
    assert sorted(steps) == [0, 0, len(plan(None))]


def test_waiting_for_another_process_ends(empty_url, monkeypatch):
    monkeypatch.setattr(migrations, "WAIT_S", 0.2)
    monkeypatch.setattr(migrations, "_PAUSE_S", 0.05)
    holding, done = threading.Event(), threading.Event()

    def hold():
        engine = migrations._open(empty_url)
        with (
            migrations._lock_file(empty_url),
            engine.connect() as connection,
            migrations._advisory_lock(connection),
        ):
            holding.set()
            done.wait(30)
        engine.dispose()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert holding.wait(10)
        with pytest.raises(UnavailableError):
            migrate(empty_url)
    finally:
        done.set()
        thread.join()
    assert migrate(empty_url) == plan(None)


def test_a_new_sqlite_file_is_closed_to_others(tmp_path):
    path = tmp_path / "integra.db"
    old = os.umask(0o022)
    try:
        migrate(f"sqlite:///{path}")
    finally:
        os.umask(old)
    database = Database.open(f"sqlite:///{path}")
    database.write_now(lambda tx: tx.execute(text("UPDATE change_counter SET value = 1")))
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    database.close()
    assert "integra.db-wal" in modes
    assert set(modes.values()) == {0o600}


def test_a_number_of_a_subject_key_is_never_given_twice(database):
    def add(tx):
        statement = "INSERT INTO subject_key (sealed_key, made_at) VALUES ('x', 0) RETURNING id"
        return tx.execute(text(statement)).scalar_one()

    def drop(tx):
        tx.execute(text("DELETE FROM subject_key"))

    first = database.write_now(add)
    database.write_now(drop)
    assert database.write_now(add) > first
