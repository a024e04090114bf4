"""One of three processes on one database: the engine's own parts, wired as in production; only the clock, the
database's thread and the providers are replaced. It dies at commits and sends, stands still, and starts again.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from escalator.core.effects import Refused
from escalator.core.instant import DAY, SECOND, Instant
from escalator.core.notification import LAST_RESORT
from escalator.engine.claims import Claims, Sender
from escalator.engine.delivery import Delivery
from escalator.engine.intake import Intake, Unwritable
from escalator.engine.lifecycle import Lifecycle, NotFound
from escalator.engine.metrics import Metrics
from escalator.engine.origins import Folder
from escalator.engine.revisions import Revisions
from escalator.engine.ticker import Ticker
from escalator.engine.upkeep import Duties, Upkeep
from escalator.engine.wakes import Wake
from escalator.engine.windows import Windows
from escalator.engine.world import Reach, World
from escalator.store.db import Unavailable
from escalator.store.inline import Crash, InlineDatabase
from tests.simulation.books import books
from tests.simulation.faults import Fault
from tests.simulation.loop import Fate
from tests.simulation.provider import FakeChannel
from tests.simulation.watch import START

if TYPE_CHECKING:
    from tests.simulation.world import Simulation

T = TypeVar("T")
METRICS = Metrics("simulation")
VIAS = ("push", "sms", "email", "slack", "webhook", LAST_RESORT)
"""The ways out that the policies here name."""
NO_ANSWER = Unavailable("no answer")

AT_COMMIT = {
    Fault.CRASH_BEFORE_COMMIT: 0.004,
    Fault.CRASH_AFTER_COMMIT: 0.004,
    Fault.ROLLED_BACK: 0.01,
    Fault.REPLY_LOST: 0.01,
    Fault.POISONED: 0.002,
    Fault.PAUSED: 0.002,
    Fault.STUTTER: 0.004,
}
"""How often each happens at a commit in an ordinary mix."""


def trouble(code: int, text: str) -> OperationalError:
    """What SQLAlchemy raises when a commit fails with this SQLite code."""
    cause = sqlite3.OperationalError(text)
    cause.sqlite_errorcode = code
    return OperationalError("COMMIT", None, cause)


class ShakyDatabase(InlineDatabase):
    """Reads fail too while it cannot be reached."""

    def __init__(self, replica: "Replica") -> None:
        hooks = {"before_commit": replica.before_commit, "after_commit": replica.after_commit}
        super().__init__(replica.sim.memory, clock=replica.now, **hooks)
        self._replica = replica

    async def read(self, query: Callable[[Connection], T]) -> T:
        if self._replica.away:
            raise Unavailable("cannot be reached")
        return await super().read(query)

    def cut(self) -> None:
        """As when the process is gone: nobody is answered any more."""
        self._line.closed = True
        for entry in self._line.take(1 << 30):
            entry.future.cancel()


class Replica:
    """A place in which one process after another lives."""

    def __init__(self, sim: "Simulation", name: str) -> None:
        self.sim = sim
        self.name = name
        self.skew = 0.0
        self.away = False
        self.resumed_at = 0.0
        self._clock: Instant = 0
        self._dice = sim.dice.stream(name)
        self.fates: list[Fate] = []

    # --- life and death -------------------------------------------------------------------------------------------

    @property
    def fate(self) -> Fate:
        return self.fates[-1]

    @property
    def well(self) -> bool:
        return not (self.fate.dead or self.fate.paused or self.away)

    def boot(self) -> None:
        """A new process, wired as `app.house` wires it."""
        self.fates.append(Fate(self.name))
        self.resumed_at = self.sim.time()
        self.database = database = ShakyDatabase(self)
        self.world = World(
            books()[self.sim.revision], Reach(lambda via, address: True, str), lambda _, number: books()[number]
        )
        self.lifecycle = Lifecycle(database, self.world, self._wake)
        self.intake = Intake(database, self.world, self._wake, METRICS.accepted)
        self.ticker = Ticker(database, self.lifecycle)
        self.windows = Windows(database, self.world, self._wake, self.name)
        self.revisions = Revisions(database, self.world, Folder(Path()), self._wake, self.name, METRICS.live)
        sender = Sender(lambda address: address, "http://escalator.example", "last@example.com")
        channels = {via: FakeChannel(via, self) for via in VIAS}
        self.delivery = Delivery(
            database,
            Claims(database, self.world, sender, channels, self._wake),
            channels,
            VIAS,
            METRICS,
            lambda *_: None,
        )
        self.upkeep = Upkeep(
            database, self.world, self.ticker, self.intake, METRICS, Duties(self.name, 90 * DAY), lambda: None
        )
        self.sim.watch.say(self.name, "starts")
        self._run(self._serve())

    def die(self, why: Fault) -> None:
        """At once: no callback of this process runs any more."""
        if self.fate.dead:
            return
        self.sim.watch.say(self.name, f"dies: {why.value}")
        self.fate.dead = True
        self.database.cut()
        self.sim.later(self._dice.choice((0.5, 2.0, 5.0, 15.0, 45.0)), self.boot)

    def pause(self, seconds: float, why: Fault) -> None:
        if self.fate.dead or self.fate.paused:
            return
        self.sim.watch.say(self.name, f"stands still for {seconds:.1f} s: {why.value}")
        self.fate.paused = True
        self.sim.later(seconds, self._resume, self.fate)

    def _resume(self, fate: Fate) -> None:
        if not fate.dead:
            self.resumed_at = self.sim.time()
            self.sim.watch.say(self.name, "goes on")
            self.sim.loop.resume(fate)

    def stood_still_since(self, row: int) -> bool:
        """Whether it stood still between its claim of this row and now."""
        return self.resumed_at >= self.sim.watch.claims[row].at

    # --- what it runs ---------------------------------------------------------------------------------------------

    def now(self) -> Instant:
        """Its own clock, which may be wrong but never goes back."""
        self._clock = max(self._clock, START + int((self.sim.time() + self.skew) * SECOND))
        return self._clock

    def _run(self, work: Any) -> "asyncio.Task[Any]":
        return self.sim.loop.create_task(work, context=self.fate.context.copy())

    async def _serve(self) -> None:
        self.delivery.start()
        watch = self.sim.watch
        jobs: Sequence[tuple[float, Callable[[], Awaitable[None]], Callable[[], object]]] = (
            (1, self.ticker.tick, self._pressing),
            (1, self.delivery.look, self._pressing),
            (1, self.windows.look, lambda: watch.windows),
            (2, self._policies, lambda: self.sim.revision),
            (30, self.upkeep.audit, self.sim.time),
        )
        for every, job, news in jobs:
            self._run(self._periodically(every, job, news))

    def _pressing(self) -> object:
        """Something new when the next thing is due within a second by our clock, and each second when it is overdue."""
        due, now = self.sim.watch.next_due(), self.sim.time() + self.skew
        return None if due - now > 1.1 else due if due > now else now

    async def _periodically(self, every: float, job: Callable[[], Awaitable[None]], news: Callable[[], object]) -> None:
        """A look that would find nothing is left out, but for one each 30 s: idle looks cost nine tenths of a run."""
        looked, known = -100.0, None
        await asyncio.sleep(self._dice.uniform(0, every))
        while True:
            now, found = self.sim.time(), news()
            if found != known or now - looked > 30:
                looked, known = now, found
                try:
                    await job()
                except (Unavailable, OperationalError) as error:  # the scheduler's loop outlives any job
                    self.sim.watch.say(self.name, f"{job.__qualname__}: {error}")
                    known = None
            await asyncio.sleep(every)

    async def _policies(self) -> None:
        if self.world.book.revision != self.sim.revision:
            self.world.adopt(books()[self.sim.revision])
            self.sim.watch.say(self.name, f"adopts revision {self.sim.revision}")
        await self.revisions.move()

    def _wake(self, wake: Wake) -> None:
        self.ticker.expect(wake.due_at)
        self.delivery.wake(wake.vias)

    async def ask(self, door: Callable[["Replica"], Awaitable[T]], patience: float = 8.0) -> T | Exception:
        """What a client hears: the result, or why there is none. A dead process does not answer at all."""
        if self.fate.dead:
            await asyncio.sleep(0.1)
            return NO_ANSWER
        task = self._run(self._answer(door))
        await asyncio.wait([task], timeout=patience)
        return task.result() if task.done() and not task.cancelled() else NO_ANSWER

    async def _answer(self, door: Callable[["Replica"], Awaitable[T]]) -> T | Exception:
        try:
            return await door(self)
        except (Unavailable, Unwritable, Refused, NotFound, OperationalError) as error:
            return error

    # --- its commits ----------------------------------------------------------------------------------------------

    def _strikes(self, fault: Fault) -> bool:
        return self.sim.dice.strikes(fault, AT_COMMIT[fault], self._dice)

    def before_commit(self, _: Any) -> None:
        if self.away:
            raise trouble(sqlite3.SQLITE_IOERR, "cannot be reached")
        if self._strikes(Fault.CRASH_BEFORE_COMMIT):
            self.die(Fault.CRASH_BEFORE_COMMIT)
            raise Crash
        if self._strikes(Fault.ROLLED_BACK):
            self.sim.watch.say(self.name, Fault.ROLLED_BACK.value)
            raise trouble(sqlite3.SQLITE_BUSY, "rolled back")
        if self._strikes(Fault.POISONED):
            self.sim.watch.say(self.name, Fault.POISONED.value)
            raise trouble(sqlite3.SQLITE_TOOBIG, "poison")

    def after_commit(self, _: Any) -> None:
        self.sim.watch.committed(self.name)
        if self._strikes(Fault.CRASH_AFTER_COMMIT):
            self.die(Fault.CRASH_AFTER_COMMIT)
            raise Crash
        if self._strikes(Fault.REPLY_LOST):
            self.sim.watch.say(self.name, Fault.REPLY_LOST.value)
            raise trouble(sqlite3.SQLITE_BUSY, "the reply is lost")
        if self._strikes(Fault.PAUSED):
            self.pause(self._dice.uniform(31, 90), Fault.PAUSED)
        if self._strikes(Fault.STUTTER):
            self.pause(self._dice.uniform(1, 25), Fault.STUTTER)
