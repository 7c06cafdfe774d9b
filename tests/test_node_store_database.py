import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DatabaseError, DBAPIError

from integra_node.store.changes import current_change, next_change
from integra_node.store.database import MAX_GROUP, Database
from integra_node.store.partners import set_setting, setting_of
from integra_protocol.errors import UnavailableError


class RefusedError(Exception):
    """Something that an action refuses."""


def setting(name, value="x"):
    return lambda tx: set_setting(tx, name, value)


def settings(database):
    rows = database.read_now(lambda tx: list(tx.execute(text("SELECT name FROM setting"))))
    return {row.name for row in rows}


class Gate:
    """Holds the writer thread, so that what is handed in meanwhile becomes one group."""

    def __init__(self, database):
        self.entered, self.open = threading.Event(), threading.Event()
        self.future = database._submit_write(self._hold)
        assert self.entered.wait(10)

    def _hold(self, tx):
        self.entered.set()
        assert self.open.wait(10)


def group(database, *functions):
    """Hand in functions that share one commit; return their futures, all done."""
    gate = Gate(database)
    futures = [database._submit_write(fn) for fn in functions]
    gate.open.set()
    for future in futures:
        future.exception(10)
    return futures


def fail(tx):
    set_setting(tx, "half-done", "x")
    raise RefusedError


# ---------------------------------------------------------------------------- both engines


def test_a_write_returns_what_its_function_returns(database):
    assert database.write_now(lambda tx: 42) == 42


async def test_the_doors_can_be_awaited(database):
    await database.write(setting("a", "1"))
    assert await database.read(lambda tx: setting_of(tx, "a")) == "1"


async def test_a_failing_function_undoes_only_itself(database):
    done = await asyncio.gather(
        database.write(setting("a")),
        database.write(fail),
        database.write(setting("b")),
        return_exceptions=True,
    )
    assert [type(value) for value in done] == [type(None), RefusedError, type(None)]
    assert settings(database) == {"a", "b"}


def test_reading_cannot_write(database):
    with pytest.raises(DBAPIError):
        database.read_now(setting("a"))
    assert settings(database) == set()


def test_a_read_sees_one_snapshot(database):
    def read(tx):
        before = setting_of(tx, "a")
        database.write_now(setting("a"))
        return before, setting_of(tx, "a")

    assert database.read_now(read) == (None, None)
    assert settings(database) == {"a"}


def test_a_write_sees_all_earlier_ones(database):
    database.write_now(setting("a", "1"))
    assert database.write_now(lambda tx: setting_of(tx, "a")) == "1"


def test_what_was_written_is_there_after_opening_again(database_url):
    first = Database.open(database_url)
    first.write_now(setting("a"))
    first.close()
    again = Database.open(database_url)
    assert settings(again) == {"a"}
    again.close()


def test_listeners_hear_of_a_commit_after_it_is_visible(database):
    heard, seen = threading.Event(), []

    def listen():
        seen.append(settings(database))
        heard.set()

    database.add_listener(listen)
    database.write_now(setting("a"))
    assert heard.wait(10)
    assert seen == [{"a"}]


def test_a_failing_listener_stops_neither_the_others_nor_the_writer(database, caplog):
    heard = threading.Event()

    def broken():
        raise RefusedError

    database.add_listener(broken)
    database.add_listener(heard.set)
    database.write_now(setting("a"))
    assert heard.wait(10)
    database.write_now(setting("b"))
    assert settings(database) == {"a", "b"}


def test_closing_finishes_what_was_handed_in(database):
    futures = [database._submit_write(setting(str(n))) for n in range(50)]
    database.close()
    assert all(f.done() and f.exception() is None for f in futures)


def test_a_closed_database_says_so(database):
    database.close()
    database.close()
    with pytest.raises(RuntimeError):
        database.write_now(setting("a"))


def test_changes_are_numbered_without_gaps_by_many_writers(database):
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: database.write_now(next_change), range(200)))
    assert sorted(taken) == list(range(1, 201))
    assert database.read_now(current_change) == 200


def test_several_change_numbers_are_taken_at_once(database):
    assert database.write_now(lambda tx: next_change(tx, 10)) == 1
    assert database.write_now(next_change) == 11


def test_no_reader_sees_a_change_number_before_all_lower_ones(database):
    stop, wrong = threading.Event(), []

    def write(tx):
        set_setting(tx, f"change-{next_change(tx):04}", "x")

    def watch():
        while not stop.is_set():
            names = sorted(settings(database))
            if names != [f"change-{n:04}" for n in range(1, len(names) + 1)]:
                wrong.append(names)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: database.write_now(write), range(60)))
    stop.set()
    watcher.join()
    assert wrong == []


@pytest.mark.postgresql
def test_a_lost_connection_is_told_and_the_next_write_works(postgresql_server):
    with postgresql_server.fresh(postgresql_server.migrated) as url:
        database = Database.open(url)
        cut = "SELECT pg_terminate_backend(pg_backend_pid())"
        with pytest.raises(UnavailableError):
            database.write_now(lambda tx: tx.execute(text(cut)))
        database.write_now(setting("a"))
        assert settings(database) == {"a"}
        database.close()


# ---------------------------------------------------------------------------- group commit


def test_a_group_shares_one_commit_and_keeps_its_order(sqlite_database):
    order, commits = [], []
    sqlite_database.add_listener(lambda: commits.append(len(order)))
    group(sqlite_database, *(lambda tx, n=n: order.append(n) for n in range(20)))
    sqlite_database.write_now(lambda tx: None)  # the listeners of the group have been told
    assert order == list(range(20))
    assert commits[:2] == [0, 20]


def test_a_failing_function_of_a_group_undoes_only_itself(sqlite_database):
    futures = group(sqlite_database, setting("a"), fail, setting("b"))
    assert [type(f.exception()) for f in futures] == [type(None), RefusedError, type(None)]
    assert settings(sqlite_database) == {"a", "b"}


def test_a_group_is_bounded(sqlite_database):
    order, commits = [], []
    sqlite_database.add_listener(lambda: commits.append(len(order)))
    group(sqlite_database, *(lambda tx, n=n: order.append(n) for n in range(MAX_GROUP + 1)))
    sqlite_database.write_now(lambda tx: None)
    assert commits[:3] == [0, MAX_GROUP, MAX_GROUP + 1]


async def test_a_write_that_is_given_up_before_its_turn_is_not_run(sqlite_database):
    gate = Gate(sqlite_database)
    task = asyncio.create_task(sqlite_database.write(setting("a")))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    gate.open.set()
    sqlite_database.write_now(setting("b"))
    assert settings(sqlite_database) == {"b"}


def test_nobody_is_told_before_the_commit(sqlite_database):
    early = []
    gate = Gate(sqlite_database)
    first = sqlite_database._submit_write(setting("a"))
    second = sqlite_database._submit_write(lambda tx: early.append(first.done()))
    gate.open.set()
    second.result(10)
    assert early == [False]


# ---------------------------------------------------------------------------- faults


@pytest.fixture
def refusing(sqlite_url):
    """A database whose next commits, while ``refusing.on`` is set, fail."""
    database = Database.open(sqlite_url)
    database.on = threading.Event()

    def authorise(action, first, *_):
        refused = (
            action == sqlite3.SQLITE_TRANSACTION and first == "COMMIT" and database.on.is_set()
        )
        return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK

    event.listen(database.engine, "connect", lambda raw, _: raw.set_authorizer(authorise))
    yield database
    database.close()


def test_a_failing_commit_tells_every_waiter_and_leaves_nothing(refusing):
    gate = Gate(refusing)
    futures = [refusing._submit_write(fn) for fn in (setting("a"), fail, setting("b"))]
    refusing.on.set()
    gate.open.set()
    told = [future.exception(10) for future in (gate.future, *futures)]
    assert all(isinstance(error, DatabaseError) for error in told)
    assert settings(refusing) == set()


def test_the_writer_goes_on_after_a_failing_commit(refusing):
    refusing.on.set()
    with pytest.raises(DatabaseError):
        refusing.write_now(setting("a"))
    refusing.on.clear()
    refusing.write_now(setting("b"))
    assert settings(refusing) == {"b"}


def test_a_failing_commit_wakes_no_listener(refusing):
    heard = []
    refusing.add_listener(lambda: heard.append(1))
    refusing.on.set()
    with pytest.raises(DatabaseError):
        refusing.write_now(setting("a"))
    refusing.on.clear()
    refusing.write_now(setting("b"))
    refusing.close()
    assert heard == [1]


def fill_disk(database):
    """Let the database file of connections made from now on not grow further."""

    def limit(raw, _):
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count={pages}")

    event.listen(database.engine, "connect", limit)


def test_a_full_disk_is_unavailable_and_leaves_nothing(sqlite_database):
    fill_disk(sqlite_database)
    with pytest.raises(UnavailableError):
        sqlite_database.write_now(setting("a", "x" * 100_000))
    assert settings(sqlite_database) == set()


def test_on_a_full_disk_exactly_what_was_told_is_kept(sqlite_database):
    fill_disk(sqlite_database)
    futures = group(sqlite_database, setting("a"), setting("large", "x" * 100_000), setting("b"))
    kept = {name for name, f in zip(("a", "large", "b"), futures, strict=True) if not f.exception()}
    assert settings(sqlite_database) == kept
    assert "large" not in kept


def test_the_writer_goes_on_when_the_disk_has_room_again(sqlite_database):
    fill_disk(sqlite_database)
    with pytest.raises(UnavailableError):
        sqlite_database.write_now(setting("a", "x" * 100_000))
    sqlite_database.write_now(lambda tx: tx.exec_driver_sql("PRAGMA max_page_count=1000000"))
    sqlite_database.write_now(setting("b", "x" * 100_000))
    assert settings(sqlite_database) == {"b"}


def test_a_file_that_cannot_be_opened_is_told_to_the_caller(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path / 'missing' / 'integra.db'}")
    with pytest.raises(UnavailableError):
        database.write_now(setting("a"))
    with pytest.raises(UnavailableError):
        database.read_now(lambda tx: setting_of(tx, "a"))
    database.close()


def test_faulty_sql_is_a_bug_and_no_outage(database):
    with pytest.raises(DBAPIError):
        database.write_now(lambda tx: tx.execute(text("SELECT nonsense FROM nowhere")))


KILLED = """
import itertools, sys
from integra_node.store.database import Database
from integra_node.store.partners import set_setting
database = Database.open(sys.argv[1])
for n in itertools.count():
    database.write_now(lambda tx: set_setting(tx, str(n), "x"))
    print(n, flush=True)
"""


@pytest.mark.parametrize("told", [1, 7, 40])
def test_what_was_acknowledged_survives_a_kill(sqlite_url, told):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", KILLED, sqlite_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        for _ in range(told):
            last = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
    database = Database.open(sqlite_url)
    held = settings(database)
    database.close()
    assert held >= {str(n) for n in range(last + 1)}
    assert held == {str(n) for n in range(len(held))}
