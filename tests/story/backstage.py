"""What is behind the stage: a loop whose clock the story moves, fake phones, and the process that comes and goes.

Law: nothing is faked but the clock and the providers. Time goes from one thing that is due to the next, and at each the
process does what its scheduler would have it do in that second. No thread is waited for but the reader of policies.
"""

import asyncio
import re
from collections.abc import Coroutine
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

from escalator.app.house import House, Plan
from escalator.channels.base import Channel, Message, Sent
from escalator.channels.registry import METHODS
from escalator.core.alert import Alert
from escalator.core.instant import HOUR, MINUTE, SECOND, Instant, Span, from_datetime, to_datetime
from escalator.core.notification import LAST_RESORT
from escalator.engine.delivered import Delivery
from escalator.store import findings, incidents, outbox
from escalator.store.inline import InlineDatabase, Memory
from tests.story.faults import Fault, works

REPEAT = 4 * HOUR
"""Alertmanager's default repeat_interval."""

UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": 24 * HOUR}


def span(text: str) -> Span:
    """`1h30m` in microseconds."""
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", text))


class Heard(NamedTuple):
    """One message as its recipient had it."""

    at: Instant
    who: str
    """A person, or a channel by its name."""
    via: str
    kind: str
    reason: str
    address: str
    incidents: tuple[str, ...] = ()
    """All that the one message told of."""
    unverified: bool = False
    """The message says that nobody proved this contact."""

    def __str__(self) -> str:
        return f"{to_datetime(self.at):%a %H:%M:%S} {self.who} by {self.via} ({self.kind}: {self.reason})"


class Loop(asyncio.SelectorEventLoop):
    """A loop whose clock stands still until the stage moves it."""

    clock = 0.0

    def time(self) -> float:
        return self.clock

    def next_timer(self) -> float | None:
        """When the next timer of anybody is due."""
        return min((timer.when() for timer in self._scheduled if not timer.cancelled()), default=None)  # type: ignore[attr-defined]

    async def settle(self) -> None:
        """Until nothing is left to do now."""
        idle = 0
        while idle < 3:
            await asyncio.sleep(0)
            busy = self._ready or ((timer := self.next_timer()) is not None and timer <= self.clock)  # type: ignore[attr-defined]
            idle = 0 if busy else idle + 1


class Phone(Channel):
    """One way out, as its provider behaves today."""

    at_once = 8

    def __init__(self, via: str, stage: "Backstage") -> None:
        self.via = via
        self.spacing = stage.spacings.get(via, 0.0)
        self.merges = via not in ("pagerduty", "webhook")
        self.verifies = via in stage.verifies
        self._stage = stage

    async def send(self, address: str, message: Message) -> Sent:
        who = message.person or message.target.removeprefix("channel ")
        fault = self._stage.faults.get((self.via, who)) or self._stage.faults.get((self.via, None))
        self._stage.tried.append((self._stage.now, who, self.via))
        arrives = partial(self._stage.hear, self.via, who, address, message)
        await (fault(arrives) if fault else works(arrives))
        return Sent(f"receipt-{message.key}")

    async def check(self) -> str:
        return "a fake phone"

    async def close(self) -> None:
        """Nothing is held."""


class Backstage:
    """A process, its database and its clock. `policies`: a folder, read when the story says so."""

    def __init__(
        self, policies: Path, starts: str, zone: str = "Europe/London", last_resort: str | None = None,
        verifies: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        """`verifies`: ways out whose contacts their owner has to prove."""
        self.began = from_datetime(datetime.fromisoformat(starts).replace(tzinfo=ZoneInfo(zone)))
        self.faults: dict[tuple[str, str | None], Fault] = {}
        self.unset: set[str] = set()
        self.verifies = verifies
        self.operators_hear = False
        """Whether a provider that is avoided, or a contact that refuses, becomes an incident of its own: other stories
        are not about that."""
        self.spacings: dict[str, float] = {}
        """By way out, seconds between two messages to one contact; for processes that start afterwards."""
        self.tried: list[tuple[Instant, str, str]] = []
        self.heard: list[Heard] = []
        self._unread: list[Heard] = []
        self._starts: dict[str, Instant] = {}
        self._firing: dict[str, Alert] = {}
        self._repeats_at = self.began + REPEAT
        self.folder = policies
        self._last_resort = last_resort
        self._loop = Loop()
        self._memory = Memory()
        self._house: House | None = None
        self.starts()

    # --- the process ------------------------------------------------------------------------------------------------

    def starts(self) -> None:
        """A new process on the same database."""
        database = InlineDatabase(self._memory, clock=lambda: self.now)
        phones: dict[str, Channel] = {via: self.channel(via) for via in METHODS}
        plan = Plan(
            policies=self.folder, public_url="https://escalator.example", channels=phones,
            resolve=self.resolve, version="1.2.3",
            last_resort=self._last_resort, last_resort_channel=Phone(LAST_RESORT, self),
        )  # fmt: skip
        self._house = House(database, plan)
        self._does(self._start(self._house))

    def resolve(self, written: str) -> str | None:
        """Where an address leads."""
        return None if written.removeprefix("secret:") in self.unset else written

    def channel(self, via: str) -> Channel:
        """One way out, as this stage has it."""
        return Phone(via, self)

    async def _start(self, house: House) -> None:
        await house.revisions.look()
        await house.revisions.move()
        await house.windows.look()
        house.delivery.start()
        await self._look()

    def crashes(self) -> None:
        """The process is gone at this instant: what it was about to do, it does not."""
        house, self._house = self.house, None
        house.ticker.stop()
        self._loop.run_until_complete(self._kill(house))

    async def _kill(self, house: House) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await house.database.close()

    def close(self) -> None:
        """The curtain. Raises AssertionError where the story leaves something stranded."""
        try:
            if self._house is not None:
                self._does(self.house.upkeep.audit())
                found = self._does(self.house.database.read(lambda c: findings.audit(c, self.now)))
                assert found == [], f"stranded: {found}"
        finally:
            if self._house is not None:
                self.crashes()
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()
            self._memory.close()

    @property
    def house(self) -> House:
        assert self._house is not None, "the process is down"
        return self._house

    def _does(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(self._settled(what))

    async def _settled(self, what: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await what
        finally:
            await self._loop.settle()

    # --- time -------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> Instant:
        return self.began + round(self._loop.clock * SECOND)

    def passes(self, text: str) -> Self:
        """Time goes on, from one thing that is due to the next."""
        end = self.now + span(text)
        while self.now < end:
            self._loop.clock = (self._next(end) - self.began) / SECOND
            if self._house is not None:
                self._repeat()
                self._does(self._look())
        return self

    def _repeat(self) -> None:
        """Alertmanager repeats what fires."""
        if self.now >= self._repeats_at:
            self._repeats_at = self.now + REPEAT
            self._deliver(list(self._firing.values()))

    def sender_dies(self) -> Self:
        """Nothing is repeated any more."""
        self._firing.clear()
        return self

    def _next(self, end: Instant) -> Instant:
        if self._house is None:
            return end
        found = [end, self._repeats_at, *self._does(self.house.database.read(self._due))]
        timer = self._loop.next_timer()
        if timer is not None:
            found.append(self.began + round(timer * SECOND))
        for mute in self.house.world.mutes:
            found += [mute.silence.starts_at, mute.silence.ends_at, self.now + MINUTE]
        if self.house.world.book.heartbeats:
            found.append(self.now + 15 * SECOND)
        return min(at for at in found if at > self.now)

    def _due(self, connection: Any) -> list[Instant]:
        found = [incidents.next_due(connection, self.now), outbox.due_vias(connection, self.now)[1]]
        # A lease that ends is due to be taken over; the outbox is asked each second, so this is asked each second too.
        leased = connection.exec_driver_sql("SELECT MIN(lease_until) FROM outbox WHERE state = 'sending'").scalar()
        return [at for at in (*found, leased and leased + 1) if at]

    async def _look(self) -> None:
        """What the scheduler does every second, at each instant at which it matters."""
        house = self.house
        await self._loop.settle()
        await house.windows.look()
        if house.world.book.heartbeats:
            await house.upkeep.listen()
        if self.operators_hear:
            await house.operators.tell()
        await house.ticker.tick()
        await house.delivery.look()

    # --- what comes in and what goes out ----------------------------------------------------------------------------

    def _deliver(self, alerts: list[Alert], truncated: int = 0, group: str = "") -> Self:
        for alert in alerts:
            self._firing.pop(alert.fingerprint, None)
            if alert.firing:
                self._firing[alert.fingerprint] = alert
        delivery = Delivery("alertmanager", tuple(alerts), truncated, group)
        assert self._does(self.house.intake.accept(delivery)) == len(alerts)
        return self

    def hear(self, via: str, who: str, address: str, message: Message) -> None:
        told = tuple(str(each["id"]) for each in (message.incident, *message.also))
        heard = Heard(self.now, who, via, message.kind, message.reason, address, told, message.unverified)
        self.heard.append(heard)
        self._unread.append(heard)
