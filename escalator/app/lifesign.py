"""The outbound dead-man heartbeat: a request to a service that pages when it stops coming."""

from collections.abc import Awaitable, Callable

import aiohttp
import structlog

log = structlog.get_logger()

PATIENCE = aiohttp.ClientTimeout(total=10)


def lifesign(url: str) -> Callable[[], Awaitable[None]]:
    """A function that says once that we live. Its failure is logged: those who wait for it will notice."""

    async def live() -> None:
        try:
            async with aiohttp.ClientSession(timeout=PATIENCE) as session, session.get(url) as answer:
                answer.raise_for_status()
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("heartbeat not delivered", error=type(error).__name__)

    return live
