"""The database of the deterministic simulation: SQLite in memory, run on the event loop itself, no thread, no waiting.

Law: same works, same queries, same batches as in production; only the thread is missing, because a driver's thread
would deadlock a loop whose time is virtual.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import StaticPool

from escalator.store.batch import Entry, Fault, Line, Outcome, Trial, Unavailable, run, settle
from escalator.store.clock import Clock
from escalator.store.db import Database
from escalator.store.sqlite import fault_of
from escalator.store.tables import METADATA

T = TypeVar("T")
Hook = Callable[[Sequence[Entry]], None]


class Crash(BaseException):
    """Raised by a hook: the replica dies here, nobody is answered."""


class Memory:
    """One database in memory, shared by all the replicas of a simulation."""

    def __init__(self) -> None:
        engine = create_engine("sqlite://", poolclass=StaticPool)

        @event.listens_for(engine, "connect")
        def prepare(connection, _):  # type: ignore[no-untyped-def]  # sqlite3's own connection
            connection.isolation_level = None

        @event.listens_for(engine, "begin")
        def start(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        self._engine = engine
        self.connection = engine.connect()
        with self.connection.begin():
            METADATA.create_all(self.connection)

    def close(self) -> None:
        """Forgets everything."""
        self.connection.close()
        self._engine.dispose()


class InlineHome:
    """Commits at the next turn of the loop, so that what joins in one turn is one batch."""

    def __init__(self, memory: Memory, before_commit: Hook | None, after_commit: Hook | None) -> None:
        self._memory = memory
        self._before = before_commit
        self._after = after_commit
        self.line = Line(self._commit, patience=None)

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Runs a query on the shared connection, one turn later."""
        await asyncio.sleep(0)
        if self.line.closed:
            raise Unavailable("the database is closed")
        with self._memory.connection.begin():
            return query(self._memory.connection)

    async def close(self) -> None:
        """Commits what waits; the memory stays."""
        self._commit()
        self.line.closed = True

    def _commit(self) -> None:
        while entries := self.line.take():
            trial = Trial(entries)
            try:
                self._try(trial)
            except Crash:
                self._die(entries)
                return
            settle(trial.outcomes)

    def _try(self, trial: Trial) -> None:
        while batch := trial.batch:
            try:
                trial.passed(self._transact(batch))
            except Exception as error:  # noqa: BLE001  the error of a work belongs to its caller, as in production
                trial.failed(error, fault_of(error))

    def _transact(self, batch: list[Entry]) -> list[Outcome]:
        with self._memory.connection.begin():
            outcomes = run(self._memory.connection, batch, self.line)
            if self._before is not None:
                self._before(batch)
        if self._after is not None:
            self._after(batch)
        return outcomes

    def _die(self, entries: list[Entry]) -> None:
        self.line.closed = True
        for entry in [*entries, *self.line.take(1 << 30)]:
            entry.future.cancel()
        self.line.abandon(lambda: Unavailable("the replica is dead"))


class InlineDatabase(Database):
    """One replica's handle. The hooks run inside the transaction just before COMMIT, and just after it; one may raise
    `Crash` (the replica dies: its callers are cancelled, later ones get Unavailable) or an SQLAlchemy error (rolled
    back, or committed with the answer lost; then the batch is run again, as in production).
    """

    def __init__(
        self, memory: Memory, *, clock: Clock, before_commit: Hook | None = None, after_commit: Hook | None = None
    ) -> None:
        super().__init__("sqlite", InlineHome(memory, before_commit, after_commit), clock)


__all__ = ["Crash", "Fault", "Hook", "InlineDatabase", "Memory"]
