"""What this process tells of itself for all to see, and what it knows of the whole: channels, queue, replicas."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from escalator.core.circuit import Circuit
from escalator.core.instant import DAY, MINUTE, Instant, Span
from escalator.core.spread import Spread, spread
from escalator.engine.world import World
from escalator.store import health
from escalator.store.db import Database
from escalator.store.health import Act, Replica, Tried, Waiting

DEAD_AFTER: Span = MINUTE
"""A replica beats every 15 s."""
LOOKED_BACK: Span = DAY
GOOD = frozenset({"sent", "delivered"})
"""Outcomes of an attempt that reached the provider."""


class ChannelHealth(NamedTuple):
    """One way out, over the last day."""

    via: str
    attempts: int
    good: int
    took: Spread
    """Of one attempt, from our side to the provider's answer."""
    failed_at: Instant | None
    why: str
    """Of the newest failure."""
    circuits: tuple[tuple[str, Circuit], ...]
    """By provider, those that are open in this process."""
    waiting: Waiting | None


class Health(NamedTuple):
    channels: tuple[ChannelHealth, ...]
    replicas: tuple[Replica, ...]
    size: int
    """Bytes of the database."""


Circuits = Callable[[], Mapping[str, Mapping[str, Circuit]]]


class Vitals:
    """One per process."""

    def __init__(
        self, database: Database, world: World, vias: Sequence[str], circuits: Circuits, *, writer: str, version: str
    ) -> None:
        self._database = database
        self._world = world
        self._vias = vias
        self._circuits = circuits
        self._writer = writer
        self._version = version
        self._started_at = database.now()

    async def beat(self) -> None:
        """Every 15 s: this process lives."""
        now, revision = self._database.now(), self._world.book.revision
        mine = Replica(self._writer, self._version, revision, self._started_at, now)
        await self._database.write(_beat, mine)

    async def read(self) -> Health:
        """Raises Unavailable."""
        now = self._database.now()

        def query(connection: Connection) -> tuple[list[Tried], list[Waiting], list[Replica], int]:
            return (
                health.tried(connection, now - LOOKED_BACK),
                health.waiting(connection, now),
                health.replicas(connection),
                health.size(connection),
            )

        tried, waiting, replicas, size = await self._database.read(query)
        return Health(self._channels(tried, waiting), tuple(replicas), size)

    async def acts(self, *, act: str | None, before: int | None, limit: int) -> list[Act]:
        """Entries of the audit, the newest first; raises Unavailable."""
        return await self._database.read(lambda c: health.acts(c, act=act, before=before, limit=limit))

    def _channels(self, tried: Sequence[Tried], waiting: Sequence[Waiting]) -> tuple[ChannelHealth, ...]:
        by_via: dict[str, list[Tried]] = {via: [] for via in self._vias}
        for each in tried:
            by_via.setdefault(each.via, []).append(each)
        queues = {each.via: each for each in waiting}
        circuits = self._circuits()
        return tuple(_channel(via, by_via[via], queues.get(via), circuits.get(via, {})) for via in by_via)


def _channel(
    via: str, tried: Sequence[Tried], waiting: Waiting | None, circuits: Mapping[str, Circuit]
) -> ChannelHealth:
    failure = next((each for each in tried if each.outcome not in GOOD), None)
    return ChannelHealth(
        via, len(tried), sum(each.outcome in GOOD for each in tried), spread(each.took for each in tried),
        failure.at if failure else None, failure.detail if failure else "",
        tuple((name, each) for name, each in sorted(circuits.items()) if each.opened_at is not None), waiting,
    )  # fmt: skip


def _beat(connection: Connection, beats: Sequence[Replica]) -> list[None]:
    health.beat(connection, beats)
    health.forget(connection, max(each.seen_at for each in beats) - DAY)
    return [None] * len(beats)
