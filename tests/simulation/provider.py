"""The world beyond the channels: takes messages, or fails to, as a provider on the internet does.

What was sent goes on without its sender: a request that is out lands even when the process that made it is dead.
"""

import asyncio
from random import Random
from typing import TYPE_CHECKING

from escalator.channels.base import Channel, Message, NotSent, Sent
from tests.simulation.faults import Fault
from tests.simulation.watch import Landing

if TYPE_CHECKING:
    from tests.simulation.replica import Replica
    from tests.simulation.world import Simulation

ORDINARY: dict[Fault, float] = {
    Fault.CRASH_BEFORE_SEND: 0.008,
    Fault.CRASH_AFTER_SEND: 0.008,
    Fault.SEND_TEMPORARY: 0.03,
    Fault.SEND_REFUSED: 0.015,
    Fault.SEND_BUSY: 0.015,
    Fault.SEND_DOUBTFUL_TAKEN: 0.02,
    Fault.SEND_DOUBTFUL_LOST: 0.02,
    Fault.SEND_SLOW: 0.04,
    Fault.SEND_HANGS: 0.015,
    Fault.SEND_HANGS_TAKEN: 0.015,
    Fault.CHANNEL_BUG: 0.005,
}
"""How often each happens to a send in an ordinary mix."""

TAKEN = {Fault.CRASH_AFTER_SEND, Fault.SEND_DOUBTFUL_TAKEN, Fault.SEND_HANGS_TAKEN, Fault.SEND_SLOW}


class Provider:
    """All providers of one run."""

    def __init__(self, sim: "Simulation") -> None:
        self._sim = sim
        self._dice = sim.dice.stream("provider")
        self._out: dict[str, tuple[float, Fault]] = {}
        """By via: until when it is out, and what it answers meanwhile."""

    def fail(self, via: str, until: float, how: Fault) -> None:
        """An outage of one provider."""
        self._out[via] = (until, how)

    def _fault(self, via: str) -> Fault | None:
        until, how = self._out.get(via, (0.0, Fault.OUTAGE))
        if self._sim.time() < until and not self._sim.dice.calm and self._dice.random() < 0.8:
            return how
        found = (fault for fault, chance in ORDINARY.items() if self._sim.dice.strikes(fault, chance, self._dice))
        return next(found, None)

    async def take(self, replica: "Replica", via: str, message: Message) -> Sent:
        """One request, with whatever becomes of it."""
        fault = self._fault(via)
        if fault is Fault.CRASH_BEFORE_SEND:
            replica.die(fault)
            await asyncio.get_running_loop().create_future()
        self._sim.watch.requested(replica.name, message.id, replica.stood_still_since(message.id))
        if fault is None or fault in TAKEN:
            late = self._dice.uniform(0.5, 8.0) if fault is Fault.SEND_SLOW else self._dice.uniform(0.01, 0.3)
            self._sim.later(late, self._land, via, message)
            if fault is None or fault is Fault.SEND_SLOW:
                await asyncio.sleep(late + self._dice.uniform(0.01, 0.2))
                return Sent(f"receipt-{message.id}")
        assert fault is not None
        self._sim.watch.say(via, f"row {message.id}: {fault.value}")
        return await _failing(replica, fault, self._dice)

    def _land(self, via: str, message: Message) -> None:
        incident = int(message.incident["id"])
        also = tuple(int(each["id"]) for each in message.also)
        landing = Landing(self._sim.time(), via, message.id, incident, message.kind, message.person, also)
        self._sim.watch.landed(landing)
        self._sim.people.heard(landing)


async def _failing(replica: "Replica", fault: Fault, dice: Random) -> Sent:
    if fault is Fault.CRASH_AFTER_SEND:
        replica.die(fault)
        await asyncio.get_running_loop().create_future()
    await asyncio.sleep(dice.uniform(0.01, 0.5))
    if fault is Fault.SEND_TEMPORARY:
        raise NotSent("temporary", "503")
    if fault is Fault.SEND_REFUSED:
        raise NotSent("permanent", "no such number")
    if fault is Fault.SEND_BUSY:
        raise NotSent("temporary", "429", retry_after=dice.uniform(1, 20))
    if fault in (Fault.SEND_DOUBTFUL_TAKEN, Fault.SEND_DOUBTFUL_LOST):
        raise NotSent("ambiguous", "connection reset")
    if fault is Fault.CHANNEL_BUG:
        raise RuntimeError("a bug in a channel")
    await asyncio.sleep(1000)  # hangs: the sender's deadline ends it
    raise AssertionError("nobody waits for a thousand seconds")


class FakeChannel(Channel):
    """One replica's way to one provider."""

    at_once = 3

    def __init__(self, via: str, replica: "Replica") -> None:
        self.via = via
        self.merges = via != "webhook"
        self.spacing = 0.5 if via == "slack" else 0.0
        self._replica = replica

    async def send(self, address: str, message: Message) -> Sent:
        return await self._replica.sim.provider.take(self._replica, self.via, message)

    async def check(self) -> str:
        return "here"

    async def close(self) -> None:
        return None
