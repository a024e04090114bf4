"""An event loop whose time is virtual: it never waits, and the order of what is ready is a seeded shuffle.

Law: no threads, no sockets, no real clock. Everything that a process runs carries that process's `Fate`: a dead
process's callbacks are dropped where they stand (no `finally` runs, as after SIGKILL), a paused one's wait.
"""

import asyncio
import heapq
from collections.abc import Coroutine
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from random import Random
from typing import Any


class Fate:
    """One incarnation of one process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = False
        self.paused = False
        self.parked: list[asyncio.Handle] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self.context: Context = copy_context()
        self.context.run(FATE.set, self)


FATE: ContextVar[Fate | None] = ContextVar("fate", default=None)


class VirtualLoop(asyncio.BaseEventLoop):
    """Use like any loop; `run_until_complete` returns as soon as the virtual time has been lived through."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._virtual = 0.0
        self._dice = Random(seed)
        self.set_task_factory(self._born)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual

    def resume(self, fate: Fate) -> None:
        """A paused process goes on: all that it missed happens now."""
        fate.paused = False
        self._ready.extend(fate.parked)
        fate.parked = []

    def _born(self, _: Any, coro: Coroutine[Any, Any, Any], **kwargs: Any) -> asyncio.Task[Any]:
        task = asyncio.Task(coro, loop=self, **kwargs)
        fate = (kwargs.get("context") or copy_context()).get(FATE)
        if fate is not None:
            fate.tasks.append(task)
        return task

    def _run_once(self) -> None:
        self._advance()
        turn = list(self._ready)
        self._ready.clear()
        self._dice.shuffle(turn)
        for handle in turn:
            fate = handle._context.get(FATE)
            if handle._cancelled or (fate is not None and fate.dead):
                continue
            if fate is not None and fate.paused:
                fate.parked.append(handle)
            else:
                handle._run()

    def _advance(self) -> None:
        """To the next timer, when nothing is ready now."""
        timers = self._scheduled
        while timers and timers[0]._cancelled:
            heapq.heappop(timers)._scheduled = False
        if not self._ready and not self._stopping:
            if not timers:
                raise RuntimeError("nothing is ready and nothing is scheduled: the simulation waits for ever")
            self._virtual = max(self._virtual, timers[0].when())
        while timers and timers[0].when() <= self._virtual:
            handle = heapq.heappop(timers)
            handle._scheduled = False
            self._ready.append(handle)


def bury(fate: Fate) -> list[BaseException]:
    """After the run, before the loop closes: what its tasks died of and nobody heard; the others are let go quietly."""
    causes: list[BaseException] = []
    for task in fate.tasks:
        if not task.done():
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # asyncio's own switch
            with suppress(RuntimeError):  # it may wait once more on its way out
                task.get_coro().close()  # type: ignore[union-attr]
        elif task._log_traceback and (cause := task.exception()) is not None:  # type: ignore[attr-defined]  # unheard
            causes.append(cause)
    fate.tasks.clear()
    fate.parked.clear()
    return causes
