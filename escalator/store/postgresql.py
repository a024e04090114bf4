"""PostgreSQL: a writer lane (or several), each taking all that waits into one READ COMMITTED transaction over asyncpg.

Law: a lane never holds a transaction while it waits for anything but the database.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from escalator.core.instant import Instant
from escalator.store.batch import TRIES, Entry, Fault, Line, Outcome, Refused, Trial, Unavailable, run, settle
from escalator.store.clock import Steady

T = TypeVar("T")

LANES = 1
"""A second lane gave +5-10 % on batches of thousands of rows here, and makes two transactions meet on the same rows."""
READERS = 8
OLDEST = 150000
REMEASURE = 10.0
"""Seconds between two readings of the server's clock."""
SETTINGS = {
    "application_name": "escalator",
    "default_transaction_isolation": "read committed",
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "jit": "off",
}
CLASHES = {"40001", "40P01", "55P03", "23505", "57014", "0A000"}
"""Serialization, deadlock, lock or statement timeout, unique key, a cached plan that a migration outdated."""
LOST = ("08", "53", "57P", "58", "25006")
"""Connection, resources, shutdown, I/O error, read-only standby: the classes of SQLSTATE that pass by themselves."""


def fault_of(error: Exception) -> Fault:
    """What a failed transaction means for its items."""
    if isinstance(error, (OSError, TimeoutError, PoolTimeout)):
        return Fault.GONE
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return Fault.GONE
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None) or ""
    if state in CLASHES or (isinstance(error, IntegrityError) and not state):
        # Without a state: raised by a work that found a newer version than it read.
        return Fault.CLASH
    if state.startswith(LOST):
        return Fault.GONE
    # asyncpg says with one class both "the connection is closed" and "this argument cannot be encoded".
    native = getattr(cause, "__cause__", None) or cause
    if isinstance(native, asyncpg.InterfaceError) and not isinstance(native, asyncpg.DataError):
        return Fault.GONE
    return Fault.POISON


def make_engine(url: str, readers: int = READERS) -> AsyncEngine:
    """An engine whose connections give up rather than hang."""
    engine = create_async_engine(
        url,
        pool_size=readers,
        max_overflow=LANES,
        pool_timeout=2.0,
        pool_pre_ping=True,
        connect_args={"server_settings": SETTINGS, "timeout": 3.0, "command_timeout": 6.0},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def keep_alive(connection: Any, _: Any) -> None:
        # The server's settings bound its side; this one ours, when packets vanish without a reset.
        wire = getattr(connection.driver_connection, "_transport", None)
        plug = wire.get_extra_info("socket") if wire is not None else None
        if plug is not None and plug.family in (socket.AF_INET, socket.AF_INET6):
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 10_000)

    return engine


async def refuse_unsafe(connection: AsyncConnection) -> None:
    """Raises Refused for a server that may lose what it said it committed, or that is too old."""
    query = "SELECT current_setting('server_version_num')::int, current_setting('fsync'), "
    version, fsync, commit = (await connection.execute(text(query + "current_setting('synchronous_commit')"))).one()
    if version < OLDEST:
        raise Refused(f"PostgreSQL {version // 10000} is too old: use 15 or later")
    for name, value in (("fsync", fsync), ("synchronous_commit", commit)):
        if value == "off":
            raise Refused(f"the PostgreSQL server has {name} = off, so a crash loses committed alerts: turn it on")


class Postgresql:
    """The home of one PostgreSQL database, as one replica uses it."""

    def __init__(self, url: str, lanes: int = LANES) -> None:
        self._engine = make_engine(url)
        self._bells = [asyncio.Event() for _ in range(lanes)]
        self.line = Line(self._ring)
        self._tasks: list[asyncio.Task[None]] = []
        self._down = False
        self.clock: Steady

    async def open(self) -> "Postgresql":
        """Looks at the server; raises Refused or Unavailable."""
        try:
            async with self._engine.connect() as connection:
                await refuse_unsafe(connection)
                self.clock = Steady(await server_time(connection))
        except (DBAPIError, OSError, TimeoutError, asyncpg.PostgresError) as error:
            await self._engine.dispose()
            raise Unavailable(f"PostgreSQL cannot be reached: {error}") from error
        except Refused:
            await self._engine.dispose()
            raise
        self._tasks = [asyncio.create_task(self._lane(bell)) for bell in self._bells]
        self._tasks.append(asyncio.create_task(self._watch_clock()))
        return self

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Runs a query on a pooled connection."""
        try:
            async with self._engine.connect() as connection:
                return await connection.run_sync(query)
        except (DBAPIError, OSError, TimeoutError, PoolTimeout, asyncpg.PostgresError) as error:
            if fault_of(error) is Fault.POISON:
                raise
            raise Unavailable(f"the database cannot be read: {error}") from error

    async def close(self) -> None:
        """Commits what waits, at most as long as an item would, and disconnects."""
        self.line.closed = True
        *lanes, watch = self._tasks
        watch.cancel()
        self._ring()
        _, late = await asyncio.wait(lanes, timeout=5.0)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.line.abandon(lambda: Unavailable("the database is closed"))
        await self._engine.dispose()

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()

    async def _lane(self, bell: asyncio.Event) -> None:
        connection: AsyncConnection | None = None
        try:
            while True:
                await bell.wait()
                bell.clear()
                while entries := self.line.take():
                    outcomes, connection = await self._commit(connection, entries)
                    settle(outcomes)
                if self.line.closed:
                    return
        finally:
            await drop(connection)

    async def _commit(
        self, connection: AsyncConnection | None, entries: list[Entry]
    ) -> tuple[list[Outcome], AsyncConnection | None]:
        # Once it is known to be down, one try tells whether it is back; who waits hears at once.
        trial = Trial(entries, 1 if self._down else TRIES)
        while batch := trial.batch:
            try:
                if connection is None:
                    connection = await self._writer()
                trial.passed(await self._transact(connection, batch))
                self._down = False
            except Exception as error:  # noqa: BLE001  the error of a work belongs to its caller; the lane goes on
                fault = fault_of(error)
                if fault is Fault.GONE:
                    await drop(connection)
                    connection = None
                delay = trial.failed(error, fault)
                self._down = fault is Fault.GONE and not trial.batch
                await asyncio.sleep(delay)
        return trial.outcomes, connection

    async def _writer(self) -> AsyncConnection:
        """A connection whose transactions are ours: SQLAlchemy begins one only with a statement of its own, and the hot
        ones go past it.
        """
        connection = await self._engine.connect()
        raw: Any = (await connection.get_raw_connection()).driver_connection
        # Every hot statement finds its rows by key. A plan made before the statistics caught up with a storm would read
        # whole tables instead: at half a million alerts a claim took a hundred times as long.
        await raw.execute("SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off")
        return await connection.execution_options(isolation_level="AUTOCOMMIT")

    async def _transact(self, connection: AsyncConnection, batch: list[Entry]) -> list[Outcome]:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        try:
            async with raw.transaction():
                return await connection.run_sync(run, batch, self.line)
        finally:
            # What SQLAlchemy believes to have begun is over too; a dead connection is told by the error under way.
            with contextlib.suppress(DBAPIError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.rollback()

    async def _watch_clock(self) -> None:
        while True:
            await asyncio.sleep(REMEASURE)
            with contextlib.suppress(DBAPIError, OSError, TimeoutError, PoolTimeout, asyncpg.PostgresError):
                async with self._engine.connect() as connection:
                    self.clock.compare(await server_time(connection))


async def drop(connection: AsyncConnection | None) -> None:
    """Lets go of a connection that may be dead."""
    if connection is not None:
        with contextlib.suppress(DBAPIError, OSError, TimeoutError, asyncpg.PostgresError):
            await connection.invalidate()
            await connection.close()


async def server_time(connection: AsyncConnection) -> Instant:
    """The server's clock at the moment of return, half the round trip added."""
    query = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    await connection.execute(query)
    asked = time.monotonic_ns()
    reading: int = (await connection.execute(query)).scalar_one()
    return reading + (time.monotonic_ns() - asked) // 2000
