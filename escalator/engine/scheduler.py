"""APScheduler: a few interval jobs, no rules. It ticks; SQL remembers.

A job that fails is logged and runs again at its next time: no failure ends the ticking.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from escalator.store.db import Unavailable

log = structlog.get_logger()

Job = Callable[[], Awaitable[None]]


class Scheduler:
    """The clock that ticks."""

    def __init__(self) -> None:
        # No grace and no backlog: a late tick runs once, at once; the default grace of one second would skip it.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._clock = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)

    def every(self, seconds: float, name: str, job: Job) -> None:
        """Runs the job each so many seconds."""
        self._clock.add_job(guarded(name, job), "interval", seconds=seconds, id=name)

    def start(self) -> None:
        self._clock.start()

    def stop(self) -> None:
        self._clock.shutdown(wait=False)


def guarded(name: str, job: Job) -> Job:
    """The job, with its failures told and ended here."""

    async def run() -> None:
        try:
            await job()
        except Unavailable as error:
            log.warning("job waits for the database", job=name, error=str(error))
        except Exception as error:
            log.exception("job failed", job=name, error=repr(error))

    return run
