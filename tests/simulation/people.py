"""Whoever answers pages and presses buttons, at any instant, sometimes at two replicas at once."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from escalator.core import events
from escalator.core.alert import Matcher
from escalator.core.events import Event
from escalator.core.instant import SECOND, Instant
from escalator.core.policy import Target
from tests.simulation.faults import Fault
from tests.simulation.watch import START, Landing

if TYPE_CHECKING:
    from tests.simulation.replica import Replica
    from tests.simulation.world import Simulation

NAMES = ("ana", "ben", "cleo", "dora")

ACTS: dict[Fault, Callable[[str, Instant, Random], Event]] = {
    Fault.ACKNOWLEDGED: lambda by, now, dice: events.Acknowledged(by),
    Fault.UNACKNOWLEDGED: lambda by, now, dice: events.Unacknowledged(by),
    Fault.SNOOZED: lambda by, now, dice: events.Snoozed(by, now + dice.randrange(20, 200) * SECOND),
    Fault.ESCALATED: lambda by, now, dice: events.Escalated(by, dice.choice((None, 1, 2, 3))),
    Fault.REASSIGNED: lambda by, now, dice: events.Reassigned(by, (Target("person", dice.choice(NAMES)),)),
    Fault.RESOLVED: lambda by, now, dice: events.Resolved(by),
    Fault.REOPENED: lambda by, now, dice: events.Reopened(by),
}


class People:
    """One per run."""

    def __init__(self, sim: "Simulation") -> None:
        self._sim = sim
        self._dice = sim.dice.stream("people")
        self._answers = self._dice.choice((0.0, 0.1, 0.4))
        """How often a page is answered."""

    def start(self) -> None:
        self._sim.spawn(self._press())
        self._sim.spawn(self._silence())

    def heard(self, landing: Landing) -> None:
        """A phone rings."""
        if (
            landing.person
            and landing.kind == "page"
            and self._dice.random() < self._answers
            and not self._sim.dice.calm
        ):
            for incident in landing.incidents:
                self._sim.spawn(self._answer(incident, landing.person))

    async def _answer(self, incident: int, by: str) -> None:
        await asyncio.sleep(self._dice.choice((0.05, self._dice.uniform(1, 60))))
        await self._act(incident, Fault.ACKNOWLEDGED, by)

    async def _press(self) -> None:
        while not self._sim.dice.calm:
            await asyncio.sleep(self._dice.uniform(1, 40))
            incidents = [row[0] for row in self._sim.watch.ask("SELECT id FROM incident ORDER BY id DESC LIMIT 4")]
            for act in ACTS:
                if incidents and self._sim.dice.strikes(act, 0.1, self._dice):
                    await self._act(self._dice.choice(incidents), act, self._dice.choice(NAMES))

    async def _act(self, incident: int, act: Fault, by: str) -> None:
        replica = self._dice.choice(self._sim.replicas)
        event = ACTS[act](by, START + int(self._sim.time() * SECOND), self._dice)
        self._sim.watch.say(by, f"#{incident} at {replica.name}: {event}")
        answer = await replica.ask(lambda r: r.lifecycle.act(incident, event))
        if isinstance(answer, Exception):
            self._sim.watch.say(by, f"#{incident} hears: {answer}")

    async def _silence(self) -> None:
        while not self._sim.dice.calm:
            await asyncio.sleep(self._dice.uniform(20, 200))
            for act, door in ((Fault.SILENCED, self._hush), (Fault.UNSILENCED, self._unhush)):
                if self._sim.dice.strikes(act, 0.25, self._dice):
                    replica = self._dice.choice(self._sim.replicas)
                    answer = await replica.ask(door)
                    self._sim.watch.say("ana", f"{act.value} at {replica.name}: {_plain(answer)}")

    async def _hush(self, replica: "Replica") -> str:
        service = self._dice.choice(("db", "web", "batch"))
        now = replica.now()
        until = now + self._dice.randrange(30, 300) * SECOND
        await replica.windows.silence((Matcher("service", "=", service),), now, until, "ana", "work")
        return service

    async def _unhush(self, replica: "Replica") -> str:
        for silence in (await replica.windows.silences())[:1]:
            await replica.windows.unsilence(silence.id, "ana")
            return str(silence.matchers[0])
        return "nothing"


def _plain(answer: object) -> str:
    return answer if isinstance(answer, str) else repr(answer)
