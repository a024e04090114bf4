"""SQLite: one writer, on a thread and a connection of its own; a few read-only connections; checkpoints elsewhere.

Law: no commit on the event loop, no checkpoint on the writer's path, no second process on the file.
"""

import asyncio
import contextlib
import fcntl
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.pool import NullPool, QueuePool

from escalator.store.batch import Entry, Fault, Line, Outcome, Refused, Trial, Unavailable, run, settle
from escalator.store.checkpoint import Checkpointer

T = TypeVar("T")

READERS = 3
BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
UNUSABLE = {
    sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOTADB,
}  # fmt: skip
NETWORK = {"nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs"}


def fault_of(error: Exception) -> Fault:
    """What a failed transaction means. With one writer a violated unique key is no race but a fault of the item."""
    if isinstance(error, DBAPIError):
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        if isinstance(error, IntegrityError) and not code:
            # Raised by a work that found a newer version than it read.
            return Fault.CLASH
        if code in BUSY:
            return Fault.CLASH
        if code in UNUSABLE:
            return Fault.GONE
    return Fault.POISON


def make_engine(path: str, *, begin: str, reader: bool = False, timeout: int = 5000) -> Engine:
    """An engine whose transactions start with `begin`: deferred ones fail at their first write, however long the
    timeout, when another wrote in between (SQLITE_BUSY_SNAPSHOT).
    """
    pool: dict[str, Any] = {"poolclass": QueuePool, "pool_size": READERS} if reader else {"poolclass": NullPool}
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False}, **pool)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={timeout}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "wal_autocheckpoint=0",
            f"query_only={int(reader)}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


@contextlib.contextmanager
def opening(path: Path) -> Iterator[None]:
    """Turns a file that cannot be opened into Refused."""
    try:
        yield
    except OperationalError as error:
        if fault_of(error) is Fault.POISON:
            raise
        raise Refused(f"{path} cannot be opened: {error.orig}") from error


def claim_file(path: Path) -> Any:
    """The open lock file beside the database: held until it is closed. Raises Refused where another process has it."""
    refuse_network(path)
    try:
        lock = path.with_name(path.name + ".lock").open("a")
    except OSError as error:
        raise Refused(f"{path} cannot be used: {error.strerror}: {error.filename}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise Refused(
            f"{path} is in use by another process: stop it, or use PostgreSQL to run several on one database"
        ) from None
    return lock


def refuse_network(path: Path, mounts: Path = Path("/proc/mounts")) -> None:
    """Raises Refused for a file on NFS or SMB, whose locks and fsync cannot be trusted; silent where unknown."""
    if not mounts.exists():
        return
    fields = [line.split() for line in mounts.read_text().splitlines()]
    points = {field[1].replace("\\040", " "): field[2] for field in fields}
    directory = path.resolve().parent
    for candidate in (directory, *directory.parents):
        kind = points.get(str(candidate))
        if kind in NETWORK:
            raise Refused(f"{path} lies on {kind}, where locks cannot be trusted: use a local disk, or PostgreSQL")
        if kind is not None:
            return


class Sqlite:
    """The home of one SQLite file."""

    def __init__(self, path: Path) -> None:
        """Opens the file; raises Refused when it must not be used. On the event loop that will use it."""
        self._lock = claim_file(path)
        self._loop = asyncio.get_running_loop()
        self._bell = threading.Semaphore(0)
        self._closing = False
        self.line = Line(self._bell.release)
        self._engine = make_engine(str(path), begin="BEGIN IMMEDIATE")
        self._connection: Connection | None = None
        self._reading = make_engine(str(path), begin="BEGIN", reader=True)
        with contextlib.ExitStack() as failing:
            failing.callback(self._lock.close)
            with opening(path):
                self._connection = self._engine.connect()
            failing.pop_all()
        self._readers = ThreadPoolExecutor(READERS, "sqlite-reader")
        self._checkpointer = Checkpointer(path)
        self._writer = threading.Thread(target=self._write, name="sqlite-writer", daemon=True)
        self._writer.start()

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Runs a query on one of the reading threads, in one snapshot."""
        return await self._loop.run_in_executor(self._readers, self._read, query)

    async def close(self) -> None:
        """Commits what waits, at most as long as an item would, and lets go of the file."""
        self.line.closed = True
        self._closing = True
        self._bell.release()
        await self._loop.run_in_executor(None, self._writer.join, 5.0)
        self.line.abandon(lambda: Unavailable("the database is closed"))
        self._readers.shutdown(wait=True)
        self._reading.dispose()
        self._checkpointer.close()
        self._drop()
        self._lock.close()

    def _read(self, query: Callable[[Connection], T]) -> T:
        try:
            with self._reading.connect() as connection, connection.begin():
                return query(connection)
        except OperationalError as error:
            if fault_of(error) is Fault.POISON:
                raise
            raise Unavailable(f"the database cannot be read: {error.orig}") from error

    def _write(self) -> None:
        while True:
            self._bell.acquire()
            while entries := self.line.take():
                self._answer(self._commit(entries))
                self._checkpointer.wrote()
            if self._closing:
                return

    def _commit(self, entries: list[Entry]) -> list[Outcome]:
        trial = Trial(entries)
        while batch := trial.batch:
            try:
                trial.passed(self._transact(batch))
            except Exception as error:  # noqa: BLE001  the error of a work belongs to its caller; the writer goes on
                fault = fault_of(error)
                if fault is Fault.GONE:
                    self._drop()
                time.sleep(trial.failed(error, fault))
        return trial.outcomes

    def _transact(self, batch: list[Entry]) -> list[Outcome]:
        if self._connection is None:
            self._connection = self._engine.connect()
        with self._connection.begin():
            return run(self._connection, batch, self.line)

    def _answer(self, outcomes: list[Outcome]) -> None:
        try:
            self._loop.call_soon_threadsafe(settle, outcomes)
        except RuntimeError:
            # The loop was closed under us: nobody is left to answer.
            self._closing = True

    def _drop(self) -> None:
        """Forgets the connection: after an I/O error its view of the file cannot be trusted."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
