"""How a provider may fail. A fault is handed the delivery itself, because some failures deliver all the same."""

import asyncio
from collections.abc import Awaitable, Callable

from escalator.channels.base import NotSent

Fault = Callable[[Callable[[], None]], Awaitable[None]]


async def works(deliver: Callable[[], None]) -> None:
    """No fault at all."""
    deliver()


async def rejects(deliver: Callable[[], None]) -> None:
    """This contact will never take it."""
    raise NotSent("permanent", "no such recipient")


async def fails(deliver: Callable[[], None]) -> None:
    """Not now."""
    raise NotSent("temporary", "503 try again")


async def hangs(deliver: Callable[[], None]) -> None:
    """The connection stands and nothing comes."""
    await asyncio.sleep(86400)


async def answers_late(deliver: Callable[[], None]) -> None:
    """It takes the message, and its answer is lost."""
    deliver()
    raise NotSent("ambiguous", "the connection broke after the request went out")


async def crashes(deliver: Callable[[], None]) -> None:
    """A bug of ours in the channel."""
    raise ZeroDivisionError("a channel's bug")


def busy_for(seconds: float) -> Fault:
    """Not now, and the provider says when."""

    async def asks_to_wait(deliver: Callable[[], None]) -> None:
        raise NotSent("temporary", "429 slow down", seconds)

    return asks_to_wait
