"""A thread that ends the process when its event loop stands still: an engine that cannot page must not look alive."""

import asyncio
import os
import threading
import time

import structlog

log = structlog.get_logger()

BLOCKED = 30.0
"""Seconds."""
EXIT = 70
"""EX_SOFTWARE: supervisors start it again."""


class Watchdog:
    """Watches one loop."""

    def __init__(self, blocked: float = BLOCKED) -> None:
        self._blocked = blocked
        self._beat = time.monotonic()
        self._stopped = threading.Event()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """From the loop's own thread."""
        self._loop = loop
        self._tap()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _tap(self) -> None:
        self._beat = time.monotonic()
        if not self._stopped.is_set():
            self._loop.call_later(self._blocked / 10, self._tap)

    def _watch(self) -> None:
        while not self._stopped.wait(self._blocked / 10):
            still = time.monotonic() - self._beat
            if still > self._blocked:
                log.critical("event loop blocked", seconds=round(still))
                os._exit(EXIT)
