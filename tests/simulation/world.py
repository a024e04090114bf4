"""One run: builds everything from a seed, lets it live half an hour, brings calm, and asks what is left undone."""

import asyncio
import gc
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, NamedTuple

import structlog

from escalator.store.inline import Memory
from tests.simulation.books import books
from tests.simulation.faults import Dice, Fault
from tests.simulation.inspection import inspect
from tests.simulation.loop import VirtualLoop, bury
from tests.simulation.people import People
from tests.simulation.provider import Provider
from tests.simulation.replica import Replica
from tests.simulation.source import Source
from tests.simulation.watch import SKEW, Violation, Watch

STORM = 1620.0
"""Virtual seconds of trouble."""
CALM = 180.0
"""Virtual seconds without, at the end: restarts (45 s), leases (30 s) and retry waits (75 s) end within."""

OUTAGES = (
    Fault.SEND_TEMPORARY,
    Fault.SEND_REFUSED,
    Fault.SEND_HANGS,
    Fault.SEND_DOUBTFUL_LOST,
    Fault.SEND_DOUBTFUL_TAKEN,
)


class Result(NamedTuple):
    """What came of one seed."""

    seed: int
    violation: Violation | None
    trace: list[str]
    commits: int
    landings: int
    struck: Counter[Fault]
    """How often each kind of trouble struck."""


class Simulation:
    """One run of one seed."""

    def __init__(self, dice: Dice, storm: float = STORM) -> None:
        """`storm`: virtual seconds of trouble."""
        self.dice = dice
        self._storm = storm
        self.loop = VirtualLoop(dice.seed)
        self.context = Context()
        self.time = self.loop.time
        self.memory = Memory()
        self.watch = Watch(self.memory, self.time)
        self.revision = 1
        self.provider = Provider(self)
        self.people = People(self)
        self.source = Source(self)
        self.replicas = [Replica(self, f"r{n}") for n in (1, 2, 3)]
        self.well_since: float | None = None
        self.unwell: list[tuple[float, float]] = []
        self._tasks: list[asyncio.Task[Any]] = []
        self._chaos = self.dice.stream("chaos")
        self.loop.set_exception_handler(self._unheard)

    def later(self, seconds: float, act: Callable[..., None], *args: Any) -> None:
        """In the world's own context: it happens whatever becomes of the process that asked for it."""
        self.loop.call_later(seconds, act, *args, context=self.context)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        self._tasks.append(self.loop.create_task(work, context=self.context.copy()))

    def _unheard(self, _: Any, context: dict[str, Any]) -> None:
        self.watch.fail("task", f"{context['message']}: {context.get('exception')!r}")

    # --- the run --------------------------------------------------------------------------------------------------

    async def live(self) -> None:
        for replica in self.replicas:
            replica.boot()
        self.source.start()
        self.people.start()
        for trouble in (self._kill, self._disturb, self._revise, self._seconds):
            self.spawn(trouble())
        if await self._passes(self._storm):
            return
        self.dice.calm = True
        self.watch.say("-", "calm")
        for replica in self.replicas:
            replica.away = False
        if not await self._passes(CALM):
            inspect(self)

    async def _passes(self, seconds: float) -> bool:
        """Whether the run ended before its time."""
        try:
            await asyncio.wait_for(self.watch.over.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def end(self) -> None:
        """Whoever still runs is let go; what died of an error is a breach."""
        self.loop.set_exception_handler(lambda *_: None)
        for task in self._tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.wait(self._tasks))
        for replica in self.replicas:
            for fate in replica.fates:
                for cause in bury(fate):
                    self.watch.fail("task", f"a task of {fate.name} ended with {cause!r}")
        self.loop.close()
        self.memory.close()

    async def _seconds(self) -> None:
        while True:
            await asyncio.sleep(1)
            now = self.time()
            well = any(replica.well for replica in self.replicas)
            if not well and self.well_since is not None:
                self.unwell.append((now, now))
            if not well and self.unwell:
                self.unwell[-1] = (self.unwell[-1][0], now)
            self.well_since = (self.well_since if self.well_since is not None else now) if well else None
            self.watch.second(self.well_since)

    # --- trouble --------------------------------------------------------------------------------------------------

    async def _kill(self) -> None:
        dice = self._chaos
        while True:
            await asyncio.sleep(dice.uniform(10, 100))
            replica = dice.choice(self.replicas)
            if self.dice.strikes(Fault.KILLED, 0.2, dice):
                replica.die(Fault.KILLED)
            elif self.dice.strikes(Fault.PAUSED, 0.1, dice):
                replica.pause(dice.uniform(31, 120), Fault.PAUSED)
            elif self.dice.strikes(Fault.STUTTER, 0.2, dice):
                replica.pause(dice.uniform(1, 25), Fault.STUTTER)

    async def _disturb(self) -> None:
        dice = self._chaos
        while True:
            await asyncio.sleep(dice.uniform(10, 100))
            replica = dice.choice(self.replicas)
            if self.dice.strikes(Fault.CLOCK_AHEAD, 0.2, dice):
                replica.skew = dice.uniform(0, SKEW)
            if self.dice.strikes(Fault.CLOCK_BEHIND, 0.2, dice):
                replica.skew = -dice.uniform(0, SKEW)
            if self.dice.strikes(Fault.OUTAGE, 0.1, dice):
                via, how = dice.choice(("push", "sms", "email", "slack", "webhook")), dice.choice(OUTAGES)
                self.watch.say(via, f"is out: {how.value}")
                self.provider.fail(via, self.time() + dice.uniform(20, 240), how)
            if self.dice.strikes(Fault.DATABASE_AWAY, 0.15, dice):
                self.watch.say(replica.name, Fault.DATABASE_AWAY.value)
                replica.away = True
                self.later(dice.uniform(1, 40), setattr, replica, "away", False)

    async def _revise(self) -> None:
        while self.revision < len(books()):
            await asyncio.sleep(self._chaos.uniform(100, 900))
            if self.dice.strikes(Fault.REVISED, 0.6, self._chaos):
                self.revision += 1
                self.watch.say("-", f"revision {self.revision} is admitted")


def run(seed: int) -> Result:
    """Lives through one seed; the same seed gives the same trace, on every machine."""
    return live(Dice(seed))


def live(dice: Dice, storm: float = STORM) -> Result:
    """A run with these dice."""
    state = random.getstate()
    random.seed(dice.seed)
    gc.disable()  # a quarter of the time; and no destructor runs at a moment that depends on other seeds
    with structlog.testing.capture_logs():
        sim = Simulation(dice, storm)
        try:
            sim.loop.run_until_complete(sim.live())
        finally:
            sim.end()
            random.setstate(state)
            gc.enable()
    watch = sim.watch
    return Result(dice.seed, watch.violation, watch.trace, watch.commits, len(watch.landings), dice.struck)
