"""All ways out together: one lane for each, a look at the outbox each second, and a timer for what is due sooner."""

import asyncio
from collections.abc import Iterable, Mapping

from escalator.channels.base import Channel
from escalator.channels.templates import Renderer
from escalator.core.circuit import Circuit
from escalator.core.instant import SECOND, Instant
from escalator.engine.breaker import Breaker, Told
from escalator.engine.claims import Claims
from escalator.engine.lane import POLL, Lane
from escalator.engine.metrics import Metrics
from escalator.store import outbox
from escalator.store.db import Database


class Delivery:
    """All lanes."""

    def __init__(
        self, database: Database, claims: Claims, channels: Mapping[str, Channel], vias: Iterable[str],
        metrics: Metrics, tell: Told,
    ) -> None:  # fmt: skip
        """`tell` hears of providers that begin to be avoided, and of those that work."""
        self._database = database
        self._renderer = renderer = Renderer()
        self._breakers = breakers = {via: Breaker(tell) for via in vias}
        self._lanes = {
            via: Lane(via, channels.get(via), database, claims, metrics, breaker, renderer)
            for via, breaker in breakers.items()
        }
        self._tasks: list[asyncio.Task[None]] = []
        self._timer: asyncio.TimerHandle | None = None

    def circuits(self) -> Mapping[str, Mapping[str, Circuit]]:
        """By channel and provider, as this process found them."""
        return {via: breaker.circuits for via, breaker in self._breakers.items()}

    def start(self) -> None:
        self._tasks = [asyncio.ensure_future(lane.run()) for lane in self._lanes.values()]

    def wake(self, vias: Iterable[str]) -> None:
        """These have something new to send; in a fixed order, so that a run can be replayed."""
        for via in sorted(vias):
            if via in self._lanes:
                self._lanes[via].wake()

    async def look(self) -> None:
        """Asks the outbox what is due, and when the next row will be."""
        now = self._database.now()
        vias, later = await self._database.read(lambda connection: outbox.due_vias(connection, now))
        self.wake(vias)
        if later is not None and later - now < POLL * SECOND:
            self._look_at(later)

    def _look_at(self, at: Instant) -> None:
        if self._timer is not None:
            self._timer.cancel()
        delay = max(0.0, (at - self._database.now()) / SECOND)
        # All lanes look: which of them the row belongs to is the claim's question.
        self._timer = asyncio.get_running_loop().call_later(delay, self.wake, tuple(self._lanes))

    async def stop(self, patience: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(lane.stop(patience) for lane in self._lanes.values()))
        await self._renderer.close()
