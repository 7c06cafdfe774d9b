"""How does everybody reach the database? Through two doors: ``write(fn)`` and ``read(fn)``.

``fn`` is a plain function that gets an open transaction and returns a value; it never commits and
never waits.  On SQLite one writer thread runs all writes: it takes whatever waits into one
``BEGIN IMMEDIATE`` transaction, each function in a savepoint of its own, and commits once with a
full fsync (group commit), so a failing function undoes only itself.  On PostgreSQL each write is a
transaction of its own in a small thread pool; the row of a log is the lock for appending to it.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine.interfaces import DBAPIConnection

Tx = Connection
T = TypeVar("T")

MAX_GROUP: Final = 200  # functions that share one commit
READERS: Final = 4
BUSY_TIMEOUT_MS: Final = 15_000


class Database:
    """The two doors to one database.

    ``_jobs`` is the only thing shared between callers and the writer thread; the writer's
    connection belongs to that thread alone.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._listeners: list[Callable[[], None]] = []
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
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
            engine = create_engine(url, connect_args={"check_same_thread": False})
            event.listen(engine, "connect", _configure_sqlite)
        else:
            engine = create_engine(url, pool_size=2 * READERS, pool_pre_ping=True)
        return cls(engine)

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """Run ``fn`` in a write transaction and return its value once that is durable."""
        return await asyncio.wrap_future(self._submit_write(fn))

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Run ``fn`` on one consistent snapshot."""
        return await asyncio.wrap_future(self._readers.submit(self.read_now, fn))

    def write_now(self, fn: Callable[[Tx], T]) -> T:
        """Like ``write``, for callers without an event loop; blocks until it is durable."""
        return self._submit_write(fn).result()

    def read_now(self, fn: Callable[[Tx], T]) -> T:
        """Like ``read``, in the calling thread."""
        with self.engine.connect() as tx:
            if self.is_sqlite:
                tx.exec_driver_sql("BEGIN")
            else:
                tx.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                return fn(tx)
            finally:
                tx.rollback()

    def add_listener(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called after every commit, in the writing thread; it must not block."""
        self._listeners.append(callback)

    def close(self) -> None:
        """Finish what was handed in, then release every connection."""
        if self._closed:
            return
        self._closed = True
        if self.is_sqlite:
            self._jobs.put(None)
            self._writer.join()
        else:
            self._writers.shutdown()
        self._readers.shutdown()
        self.engine.dispose()

    def _submit_write(self, fn: Callable[[Tx], T]) -> Future[T]:
        if self._closed:
            raise RuntimeError("the database is closed")
        if not self.is_sqlite:
            return self._writers.submit(self._write_alone, fn)
        future: Future[T] = Future()
        self._jobs.put((fn, future))
        return future

    def _write_alone(self, fn: Callable[[Tx], T]) -> T:
        with self.engine.begin() as tx:
            value = fn(tx)
        self._tell_listeners()
        return value

    def _write_loop(self) -> None:
        with self.engine.connect() as tx:
            while (job := self._jobs.get()) is not None:
                group = [job, *self._waiting()]
                last = None in group
                self._write_group(tx, [j for j in group if j is not None])
                if last:
                    return

    def _waiting(self) -> list[_Job | None]:
        found: list[_Job | None] = []
        while len(found) < MAX_GROUP:
            try:
                found.append(self._jobs.get_nowait())
            except queue.Empty:
                break
        return found

    def _write_group(self, tx: Tx, group: list[_Job]) -> None:
        outcomes: list[Callable[[], None]] = []
        try:
            tx.exec_driver_sql("BEGIN IMMEDIATE")
            for fn, future in group:
                if future.set_running_or_notify_cancel():
                    outcomes.append(_run_in_savepoint(tx, fn, future))
            tx.exec_driver_sql("COMMIT")
            tx.commit()
        except BaseException as error:  # noqa: BLE001 - whatever failed, every waiting caller must hear of it
            _abandon(tx)
            for _, future in group:
                if not future.done() and not future.cancelled():
                    future.set_exception(error)
            return
        for settle in outcomes:
            settle()
        self._tell_listeners()

    def _tell_listeners(self) -> None:
        for callback in self._listeners:
            callback()


_Job = tuple["Callable[[Tx], Any]", "Future[Any]"]


def _run_in_savepoint(tx: Tx, fn: Callable[[Tx], Any], future: Future[Any]) -> Callable[[], None]:
    """Run one function of a group; return what tells its caller once the group is committed."""
    tx.exec_driver_sql("SAVEPOINT job")
    try:
        value = fn(tx)
    except Exception as error:  # noqa: BLE001 - the caller gets it, the others of the group go on
        tx.exec_driver_sql("ROLLBACK TO job")
        tx.exec_driver_sql("RELEASE job")
        failure = error
        return lambda: future.set_exception(failure)
    tx.exec_driver_sql("RELEASE job")
    return lambda: future.set_result(value)


def _abandon(tx: Tx) -> None:
    if tx.connection.dbapi_connection is not None and tx.connection.dbapi_connection.in_transaction:
        tx.exec_driver_sql("ROLLBACK")
    tx.rollback()


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
