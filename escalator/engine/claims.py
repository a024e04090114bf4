"""What delivery asks of the database: rows whose lease is ours, ready to send; and what follows each attempt.

Both are works of the group commit.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from escalator.channels.base import Channel
from escalator.core.instant import Instant
from escalator.core.notification import Outcome
from escalator.engine import outcomes
from escalator.engine.gathering import gather
from escalator.engine.letters import Clerk, Letter, Sender
from escalator.engine.outcomes import Later, Report
from escalator.engine.wakes import Wake
from escalator.engine.world import World
from escalator.store import outbox
from escalator.store.db import Database
from escalator.store.outbox import Claimed

__all__ = ["Claims", "Letter", "Report", "Sender"]


class Asked(NamedTuple):
    """One lane's wish."""

    via: str
    free: int
    resting: Callable[[Instant], Sequence[str]]
    """Contacts that bear nothing more at an instant, asked when the claim is made."""


class Heard(Protocol):
    """Hears what became of each message that a channel was asked to send."""

    def __call__(self, row: Claimed, outcome: Outcome, detail: str, *, later: bool = False) -> None: ...


class Claims:
    """One per process."""

    def __init__(
        self,
        database: Database,
        world: World,
        sender: Sender,
        channels: Mapping[str, Channel],
        wake: Callable[[Wake], None],
        heard: Heard | None = None,
    ) -> None:
        self._database = database
        self._world = world
        self._sender = sender
        self._channels = channels
        self._wake = wake
        self._heard = heard

    async def claim(
        self,
        via: str,
        free: int,
        *,
        ride: bool = False,
        resting: Callable[[Instant], Sequence[str]] = lambda now: (),
    ) -> list[Letter]:
        """At most `free` rows, leased to us; raises Unavailable.

        `ride`: not now, but in the transaction that next puts something in the outbox for this way out (one fsync from
        a webhook to its message instead of two), or once `call` says so.
        """
        asked = Asked(via, free, resting)
        if ride:
            return await self._database.ride(outbox.rider(via), self._claim, asked)
        return await self._database.write(self._claim, asked)

    def call(self, via: str) -> None:
        """Whoever rides for this way out is to look now."""
        self._database.call(outbox.rider(via))

    async def record(self, report: Report) -> None:
        """Writes the attempt and what follows from it; raises Unavailable."""
        self._wake(await self._database.write(self._record, report))
        if self._heard is not None and report.asked:
            self._heard(report.row, report.outcome, report.detail)

    async def conclude(self, word: Later) -> bool:
        """Takes a provider's later word; False: no message waits for it. Raises Unavailable."""
        rows, wake = await self._database.write(self._conclude, word)
        self._wake(wake)
        if self._heard is not None:
            for row in rows:
                self._heard(row, word.outcome, word.detail, later=True)
        return bool(rows)

    def _claim(self, connection: Connection, wishes: Sequence[Asked]) -> Sequence[list[Letter]]:
        now = self._database.now()
        clerk = Clerk(connection, self._world.view, self._sender, now)
        return [self._letters(connection, clerk, asked, now) for asked in wishes]

    def _letters(self, connection: Connection, clerk: Clerk, asked: Asked, now: Instant) -> list[Letter]:
        channel = self._channels.get(asked.via)
        paced = channel is not None and channel.spacing > 0
        rows = outbox.claim(connection, asked.via, asked.free, now, asked.resting(now), paced=paced)
        return clerk.letters(gather(connection, rows, now, merges=channel is None or channel.merges), channel)

    def _record(self, connection: Connection, reports: Sequence[Report]) -> Sequence[Wake]:
        return outcomes.record(connection, self._world.view, self._database.now(), reports)

    def _conclude(self, connection: Connection, words: Sequence[Later]) -> Sequence[tuple[Sequence[Claimed], Wake]]:
        return outcomes.conclude(connection, self._world.view, self._database.now(), words)
