"""Swaps: asked, accepted, declined, expired. An accepted one is an override, made in the same transaction.

The colleague who is named is told like of any news of low urgency: by an alert of our own that is over once the swap
is answered. What is asked of anybody on the schedule is shown, and nobody is told.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, NamedTuple, Protocol

from sqlalchemy import Connection

from escalator.core.direct import ASK
from escalator.core.effects import Refused
from escalator.core.instant import DAY, Instant, rfc3339
from escalator.core.oncall import Override
from escalator.core.swap import Swap, state, unacceptable, unaskable, undeclinable
from escalator.engine.world import World
from escalator.store import audit, swaps, windows
from escalator.store.db import Database

KEPT = 30 * DAY
"""How long after its end a swap is still listed."""
OURSELVES = "escalator"
NEWS = "SwapAsked"


class News(Protocol):
    """How a colleague hears of it: `engine.intake`."""

    async def complain(self, name: str, summary: str, labels: dict[str, str]) -> None: ...

    async def settle(self, name: str, labels: dict[str, str]) -> None: ...


class Change(NamedTuple):
    """One act of a person's."""

    act: Literal["ask", "accept", "decline", "expire"]
    swap: Swap
    by: str
    person: str
    """Whose answer it is; `by` is who acts, where a token names nobody."""


class Swaps:
    """One per process."""

    def __init__(
        self, database: Database, world: World, look: Callable[[], Awaitable[None]], news: News, writer: str
    ) -> None:
        """`look` makes this process see a new override at once."""
        self._database = database
        self._world = world
        self._look = look
        self._news = news
        self._writer = writer

    async def ask(
        self, schedule: str, asker: str, colleague: str | None, starts_at: Instant, ends_at: Instant, *, by: str,
        reason: str = "",
    ) -> Swap:  # fmt: skip
        """Raises Refused, Unavailable."""
        asked = Swap(secrets.token_hex(6), schedule, asker, colleague, starts_at, ends_at, reason)
        made = await self._do(Change("ask", asked, by, asker))
        if colleague is not None:
            await self._news.complain(NEWS, _words(made), _labels(made))
        return made

    async def accept(self, id: str, person: str, by: str) -> Swap | None:
        """Makes the override; None: there is no such swap. Raises Refused, Unavailable."""
        return await self._answer("accept", id, person, by)

    async def decline(self, id: str, person: str, by: str) -> Swap | None:
        """By the colleague, or by who asked; None: there is no such swap. Raises Refused, Unavailable."""
        return await self._answer("decline", id, person, by)

    async def listed(self) -> list[Swap]:
        """Those that have not been over for long, each with its state now."""
        now = self._database.now()
        found = await self._database.read(lambda c: swaps.listed(c, now - KEPT))
        return [swap._replace(state=state(swap, now)) for swap in found]

    async def find(self, id: str) -> Swap | None:
        now = self._database.now()
        found = await self._database.read(lambda c: swaps.find(c, id))
        return found and found._replace(state=state(found, now))

    async def expire(self) -> None:
        """Writes down what began unanswered, and takes the news of it back. Raises Unavailable."""
        now = self._database.now()
        for swap in await self._database.read(lambda c: swaps.begun(c, now)):
            await self._news.settle(NEWS, _labels(swap))
            await self._database.write(self._change, Change("expire", swap, OURSELVES, OURSELVES))

    async def _answer(self, act: Literal["accept", "decline"], id: str, person: str, by: str) -> Swap | None:
        swap = await self._database.read(lambda c: swaps.find(c, id))
        if swap is None:
            return None
        done = await self._do(Change(act, swap, by, person))
        await self._news.settle(NEWS, _labels(swap))
        await self._look()
        return done

    async def _do(self, change: Change) -> Swap:
        done = await self._database.write(self._change, change)
        if not isinstance(done, Swap):
            raise Refused(f"Nothing was changed: {done}.")
        return done

    def _change(self, connection: Connection, changes: Sequence[Change]) -> Sequence[Swap | str]:
        return [self._change_one(connection, change) for change in changes]

    def _change_one(self, connection: Connection, change: Change) -> Swap | str:
        """What became of it, or why nothing did."""
        now = self._database.now()
        current = change.swap if change.act == "ask" else swaps.find(connection, change.swap.id)
        assert current is not None
        if (why := self._refusal(connection, change, current, now)) is not None:
            return why
        done = current
        if change.act == "ask":
            swaps.add(connection, done, change.by, now)
        else:
            done = _answered(current, change)
            if not swaps.answer(connection, done, now):
                return "somebody else's answer came first"
            if done.override is not None:
                windows.add_override(connection, _override(done), change.by, now)
        audit.append(connection, self._writer, now, change.by, f"swap.{change.act}", _detail(done))
        return done

    def _refusal(self, connection: Connection, change: Change, swap: Swap, now: Instant) -> str | None:
        """The rules' answer, over the overrides that are in the database now."""
        book = self._world.book
        schedule = book.schedules.get(swap.schedule)
        if change.act == "expire":
            return None
        if schedule is None:
            return f"the policies know no schedule {swap.schedule}"
        if change.act == "decline":
            return undeclinable(swap, change.person, now)
        overrides = (*book.overrides, *windows.overrides(connection, now))
        if change.act == "ask":
            return unaskable(swap, schedule, overrides, book.people, now)
        return unacceptable(swap, schedule, overrides, book.people, change.person, now)


def _answered(swap: Swap, change: Change) -> Swap:
    if change.act == "accept":
        return swap._replace(state="accepted", answered_by=change.person, override=swap.id)
    if change.act == "decline":
        return swap._replace(state="declined", answered_by=change.person)
    return swap._replace(state="expired")


def _override(swap: Swap) -> Override:
    assert swap.answered_by is not None
    reason = f"swap with {swap.asker}" + (f": {swap.reason}" if swap.reason else "")
    return Override(swap.schedule, swap.answered_by, swap.starts_at, swap.ends_at, reason, swap.override or "")


def _words(swap: Swap) -> str:
    when = f"from {rfc3339(swap.starts_at)} to {rfc3339(swap.ends_at)}" + (f" ({swap.reason})" if swap.reason else "")
    return f"{swap.asker} asks you to take {swap.schedule} {when}: escalator swap accept {swap.id}, or decline"


def _labels(swap: Swap) -> dict[str, str]:
    return {ASK: swap.colleague or "", "severity": "info", "swap": swap.id}


def _detail(swap: Swap) -> dict[str, object]:
    return {name: value for name, value in swap._asdict().items() if value is not None}
