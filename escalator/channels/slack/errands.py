"""What is asked of Slack after Slack was answered: it waits 3 seconds for that, and its own API may take longer."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger("escalator.slack")

WITHIN = 10.0
"""Seconds for one."""


class Errands:
    """Those under way."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(_ended(errand))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """When none is under way."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _ended(errand: Coroutine[Any, Any, None]) -> None:
    try:
        async with asyncio.timeout(WITHIN):
            await errand
    except Exception as error:  # noqa: BLE001  nobody awaits an errand: its failure is only told here
        log.warning("slack errand failed", error=type(error).__name__)
