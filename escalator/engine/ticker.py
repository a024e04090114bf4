"""When the next deadline is due: one timer for the earliest of all, and a look each second as the net.

SQL remembers every deadline; nothing is lost when this process is.
"""

import asyncio

import structlog

from escalator.core.instant import SECOND, Instant
from escalator.engine.lifecycle import Lifecycle
from escalator.store import incidents
from escalator.store.db import Database, Unavailable

log = structlog.get_logger()

AT_ONCE = 500
"""Incidents advanced together: they share commits."""


class Ticker:
    """Asks SQL what is due and has it advanced."""

    def __init__(self, database: Database, lifecycle: Lifecycle, pace: float = 1.0) -> None:
        """`pace`: how many seconds of the database's clock pass in one."""
        self._pace = pace
        self._database = database
        self._lifecycle = lifecycle
        self._timer: asyncio.TimerHandle | None = None
        self._armed: Instant | None = None
        self._running = False
        self._again = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.ticked_at: Instant = 0
        """When the last look ended well."""

    def expect(self, due_at: Instant | None) -> None:
        """Something is due then: the timer is set to the earliest."""
        if due_at is not None and (self._armed is None or due_at < self._armed):
            self._arm(due_at)

    async def tick(self) -> None:
        """Everything that is due now; one incident's trouble does not stop the others'."""
        if self._running:
            self._again = True
            return
        self._running = True
        try:
            await self._tick()
        finally:
            self._running = False

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    async def _tick(self) -> None:
        tried: set[int] = set()
        while True:
            self._again = False
            found = await self._database.read(lambda c: incidents.due(c, self._database.now(), AT_ONCE + len(tried)))
            ids = [id for id in found if id not in tried][:AT_ONCE]
            if not ids and not self._again:
                break
            # An incident that cannot be advanced stays due: it must neither stop the others nor spin.
            tried.update(ids)
            for id, error in zip(ids, await asyncio.gather(*map(self._run, ids)), strict=True):
                if error is None:
                    tried.discard(id)
        self.ticked_at = self._database.now()
        self._armed = None
        self.expect(await self._database.read(lambda c: incidents.next_due(c, self._database.now())))

    async def _run(self, id: int) -> Exception | None:
        try:
            await self._lifecycle.run_due(id)
        except Unavailable as error:
            return error
        except Exception as error:  # noqa: BLE001  a rule that fails on one incident must not stop the clock of all
            log.error("deadline failed", incident=id, error=repr(error))
            return error
        return None

    def _arm(self, due_at: Instant) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed = due_at
        delay = max(0.0, (due_at - self._database.now()) / SECOND / self._pace)
        # Farther than the net reaches, the net will arm it.
        self._timer = asyncio.get_running_loop().call_later(delay, self._fire) if delay < 60 else None

    def _fire(self) -> None:
        task = asyncio.ensure_future(self._guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self) -> None:
        try:
            await self.tick()
        except Unavailable as error:
            log.warning("tick failed", error=str(error))
