"""How does everybody reach the database? Through two doors: ``write(fn)`` and ``read(fn)``.

``fn`` is a plain function that gets an open transaction and returns a value; it never commits and
never waits.  On SQLite one writer thread runs all writes: it takes whatever waits into one
``BEGIN IMMEDIATE`` transaction, each function in a savepoint of its own, and commits once with a
full fsync (group commit), so a failing function undoes only itself.  On PostgreSQL each write is a
transaction of its own in a small thread pool; the row of a log is the lock for appending to it.

What the database itself refuses (a full disk, a lost connection) is an ``UnavailableError``: the
same call may succeed later, and nothing of it was kept.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from sqlalchemy import Connection, Dialect, Engine, LargeBinary, create_engine, event
from sqlalchemy.exc import OperationalError

from integra_protocol.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine.interfaces import DBAPIConnection

LOG: Final = logging.getLogger(__name__)

Tx = Connection
T = TypeVar("T")

MAX_GROUP: Final = 200  # functions that share one commit
READERS: Final = 4
BUSY_TIMEOUT_MS: Final = 15_000
_PASSING: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)


class Database:
    """The two doors to one database.

    ``_jobs`` is the only thing shared between callers and the writer thread; ``_closing`` guards
    that nothing is put there behind the mark that ends it.
    """

    def __init__(self, engine: Engine, readers: Engine) -> None:
        self.engine = engine
        self._reading = readers
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._listeners: list[Callable[[], None]] = []
        self._last_act: LastAct | None = None
        # One connection for the writer thread and one for each reader thread: taking one from the
        # pool and giving it back costs more than a small read.
        self._writing: Tx | None = None
        self._held = threading.local()
        self._all_held: list[Tx] = []
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._closing = threading.Lock()
        if self.is_sqlite:
            self._writer = threading.Thread(
                target=self._write_loop, name="store-write", daemon=True
            )
            self._writer.start()
        else:
            self._writers = ThreadPoolExecutor(READERS, thread_name_prefix="store-write")

    @classmethod
    def open(cls, url: str) -> Database:
        """Open the database at a SQLAlchemy URL (``sqlite:///path`` or ``postgresql+psycopg://``)."""
        if url.startswith("sqlite"):
            engine, readers = _sqlite_engine(url), _sqlite_engine(url)
            event.listen(readers, "connect", _forbid_writing)
        else:
            engine = readers = create_engine(
                url, pool_size=2 * READERS, pool_pre_ping=True, hide_parameters=True
            )
        return cls(engine, readers)

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """Run ``fn`` in a write transaction and return its value once that is durable.

        Raises:
            UnavailableError: the database cannot be written now.
        """
        return await asyncio.wrap_future(self._submit_write(fn))

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Run ``fn`` on one consistent snapshot, in which it cannot write.

        Raises:
            UnavailableError: the database cannot be read now.
        """
        return await asyncio.wrap_future(self._readers.submit(self._read_held, fn))

    async def glance(self, fn: Callable[[Tx], T]) -> T:
        """Like ``read``, for a few look-ups by key that come with every request.

        On SQLite they run in the event loop itself: they take a tenth of what it costs to hand
        them to another thread, and in WAL mode a reader waits for no writer.

        Raises:
            UnavailableError: the database cannot be read now.
        """
        return self._read_held(fn) if self.is_sqlite else await self.read(fn)

    def write_now(self, fn: Callable[[Tx], T]) -> T:
        """Like ``write``, for callers without an event loop; blocks until it is durable."""
        return self._submit_write(fn).result()

    def read_now(self, fn: Callable[[Tx], T]) -> T:
        """Like ``read``, in the calling thread."""
        try:
            with self._reading.connect() as tx:
                if self.is_sqlite:
                    tx.exec_driver_sql("BEGIN")
                else:
                    tx.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                return fn(tx)
        except OperationalError as error:
            raise _told(error) from error

    async def empty_journal(self) -> bool:
        """Leave nothing in SQLite's journal of what was deleted; say whether readers let us.

        ``secure_delete`` overwrites a deleted row in its page; older copies of that page stay in
        the journal until it is emptied.
        """
        return await asyncio.wrap_future(self._readers.submit(self.empty_journal_now))

    def empty_journal_now(self) -> bool:
        """Like ``empty_journal``, in the calling thread."""
        if not self.is_sqlite:
            return True
        try:
            with self.engine.connect() as tx:
                busy = tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        except OperationalError as error:
            raise _told(error) from error
        return not busy

    def add_listener(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called after every commit, in the writing thread; it must not block."""
        self._listeners.append(callback)

    def set_last_act(self, act: LastAct) -> bool:
        """Have ``act`` run last in every group of writes, in its transaction; say whether it will.

        What it returns is called after the commit.  On PostgreSQL there are no groups: it never
        runs, and whoever wants the same has to do it in a write of its own.
        """
        self._last_act = act
        return self.is_sqlite

    def close(self) -> None:
        """Finish what was handed in, then release every connection."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        if self.is_sqlite:
            self._writer.join()
        else:
            self._writers.shutdown()
        self._readers.shutdown()
        for tx in self._all_held:
            tx.close()
        self._reading.dispose()
        self.engine.dispose()

    def _read_held(self, fn: Callable[[Tx], T]) -> T:
        """Like ``read_now``, on the connection that a reader thread keeps."""
        if not self.is_sqlite:
            return self.read_now(fn)
        tx: Tx | None = getattr(self._held, "tx", None)
        if tx is None:
            tx = self._held.tx = self._reading.connect()
            self._all_held.append(tx)
        try:
            tx.exec_driver_sql("BEGIN")
            return fn(tx)
        except OperationalError as error:
            raise _told(error) from error
        finally:
            if _is_open(tx):
                tx.exec_driver_sql("ROLLBACK")

    def _submit_write(self, fn: Callable[[Tx], T]) -> Future[T]:
        with self._closing:
            if self._closed:
                raise RuntimeError("the database is closed")
            if not self.is_sqlite:
                return self._writers.submit(self._write_alone, fn)
            future: Future[T] = Future()
            self._jobs.put((fn, future))
            return future

    def _write_alone(self, fn: Callable[[Tx], T]) -> T:
        try:
            with self.engine.begin() as tx:
                value = fn(tx)
        except OperationalError as error:
            raise _told(error) from error
        self._tell_listeners()
        return value

    def _write_loop(self) -> None:
        while (job := self._jobs.get()) is not None:
            group = [job, *self._waiting()]
            self._write_group([j for j in group if j is not None])
            if None in group:
                break
        if self._writing is not None:
            self._writing.close()

    def _waiting(self) -> list[_Job | None]:
        found: list[_Job | None] = []
        while len(found) < MAX_GROUP - 1:
            try:
                found.append(self._jobs.get_nowait())
            except queue.Empty:
                break
        return found

    def _write_group(self, group: list[_Job]) -> None:
        running = [(fn, f) for fn, f in group if f.set_running_or_notify_cancel()]
        try:
            outcomes = self._commit_group(running)
        except BaseException as error:  # noqa: BLE001 - whatever failed, every waiting caller must hear of it
            for _, future in running:
                future.set_exception(_told(error))
            return
        for settle in outcomes:
            settle()
        self._tell_listeners()

    def _commit_group(self, running: list[_Job]) -> list[Callable[[], None]]:
        tx = self._writing = self._writing or self.engine.connect()
        try:
            tx.exec_driver_sql("BEGIN IMMEDIATE")
            outcomes = [_run_in_savepoint(tx, fn, future) for fn, future in running]
            outcomes += self._run_last_act(tx)
            tx.exec_driver_sql("COMMIT")
        except BaseException:
            # Closing undoes everything; a connection on which this failed is not used again.
            self._writing = None
            tx.invalidate()
            tx.close()
            raise
        return outcomes

    def _run_last_act(self, tx: Tx) -> list[Callable[[], None]]:
        if self._last_act is None:
            return []
        tx.exec_driver_sql("SAVEPOINT last")
        try:
            after = self._last_act(tx)
        except Exception:
            if not _is_open(tx):
                raise
            # What the callers did must not fail because of what comes on top of it.
            LOG.exception("the last act of a group of writes failed")
            tx.exec_driver_sql("ROLLBACK TO last")
            after = None
        tx.exec_driver_sql("RELEASE last")
        return [] if after is None else [after]

    def _tell_listeners(self) -> None:
        for callback in self._listeners:
            try:
                callback()
            except Exception:
                # What is committed stays committed, and the others must still hear of it.
                LOG.exception("a listener to commits failed")


_Job = tuple["Callable[[Tx], Any]", "Future[Any]"]
LastAct: TypeAlias = "Callable[[Tx], Callable[[], None] | None]"


def _run_in_savepoint(tx: Tx, fn: Callable[[Tx], Any], future: Future[Any]) -> Callable[[], None]:
    """Run one function of a group; return what tells its caller once the group is committed."""
    tx.exec_driver_sql("SAVEPOINT job")
    try:
        value = fn(tx)
    except Exception as error:
        if not _is_open(tx):
            raise
        tx.exec_driver_sql("ROLLBACK TO job")
        tx.exec_driver_sql("RELEASE job")
        failure = _told(error)
        return lambda: future.set_exception(failure)
    tx.exec_driver_sql("RELEASE job")
    return lambda: future.set_result(value)


def _is_open(tx: Tx) -> bool:
    """Say whether the transaction still stands: when a disk is full, SQLite undoes all of it."""
    driver = tx.connection.driver_connection
    return isinstance(driver, sqlite3.Connection) and driver.in_transaction


def _told(error: BaseException) -> BaseException:
    """Return what the caller hears: of a database that cannot do it now, an UnavailableError."""
    if not isinstance(error, OperationalError) or not _may_pass(error.orig):
        return error
    LOG.error("the database refused: %s", error.orig)
    told = UnavailableError("the database cannot do this now")
    told.__cause__ = error
    return told


def _may_pass(refusal: BaseException | None) -> bool:
    """Say whether it is a state of the machine; SQLite uses the same class for faulty SQL."""
    code = getattr(refusal, "sqlite_errorcode", None)
    return code is None or code & 0xFF in _PASSING


class _Bytes(LargeBinary):
    """Bytes that go to the SQLite driver and come from it unchanged."""

    def bind_processor(self, dialect: Dialect) -> None:
        """Need none."""

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """Need none."""


def _sqlite_engine(url: str) -> Engine:
    # What was to be written must not reach the log with the error that prevented it.
    engine = create_engine(url, connect_args={"check_same_thread": False}, hide_parameters=True)
    event.listen(engine, "connect", _configure_sqlite)
    # The driver takes and gives bytes as they are; wrapping each value costs more than storing it.
    engine.dialect.colspecs = {**engine.dialect.colspecs, LargeBinary: _Bytes}
    return engine


def _configure_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # The driver must not open transactions by itself: the doors do, and say which kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "secure_delete=ON",
        "temp_store=MEMORY",
        "cache_size=-16000",
        "wal_autocheckpoint=2000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _forbid_writing(connection: DBAPIConnection, _record: object) -> None:
    # Otherwise a write behind the wrong door would succeed, and be undone without a word.
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()
