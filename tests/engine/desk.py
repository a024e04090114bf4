"""One replica without its doors and channels: intake and lifecycle on a real database, under a clock set by hand."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from escalator.core.alert import Alert, fingerprint_of
from escalator.core.book import Book
from escalator.core.episodes import State
from escalator.core.instant import DAY, SECOND, Instant, Span
from escalator.core.oncall import Contact, Person
from escalator.core.policy import Level, Policy, Target, Timing
from escalator.engine.intake import Delivery, Intake
from escalator.engine.lifecycle import Lifecycle
from escalator.engine.revisions import load_book
from escalator.engine.wakes import Wake
from escalator.engine.world import Reach, World
from escalator.store import incidents
from escalator.store.db import Database
from tests.engine.corpus import AFTER


class Hand:
    """A clock that stands still until it is moved."""

    def __init__(self, now: Instant = AFTER) -> None:
        self.now = now

    def __call__(self) -> Instant:
        return self.now


def book(**more: Any) -> Book:
    """Level 1 pages alice by e-mail at once and waits a day."""
    return Book(
        policies={"page": Policy("page", (Level((Target("person", "alice"),), escalate_after=DAY),))},
        catch_all="page",
        people={"alice": Person("alice", (Contact("email", "alice@example.com"),))},
        **{"timing": Timing(group_wait=0), **more},
    )


class Seen(NamedTuple):
    """One incident as a test compares it."""

    group: tuple[str, str]
    open: bool
    firing: int
    pages: int


class Known(NamedTuple):
    """One alert as a test compares it."""

    fingerprint: str
    state: State
    episodes: int
    first_start: Instant
    last_start: Instant
    ends_at: Instant | None
    incident: int


class Desk:
    """What a test speaks to."""

    def __init__(self, database: Database, clock: Hand, policies: Book) -> None:
        self.database = database
        self.clock = clock
        self.wakes: list[Wake] = []
        self.counted: list[tuple[str, int, int]] = []
        self.world = World(policies, Reach(lambda via, address: True, str), load_book)
        self.intake = Intake(database, self.world, self.wakes.append, lambda *count: self.counted.append(count))
        self.lifecycle = Lifecycle(database, self.world, self.wakes.append)

    async def pass_time(self, span: Span) -> None:
        """Time passes, and everything that it makes due happens."""
        self.clock.now += span
        while due := await self.database.read(lambda c: incidents.due(c, self.clock.now, 100)):
            for id in due:
                await self.lifecycle.run_due(id)

    async def incidents(self) -> list[Seen]:
        return await self.database.read(_incidents)

    async def alerts(self) -> list[Known]:
        return await self.database.read(_alerts)

    async def one(self, query: str) -> Any:
        """The first value of a query."""
        return await self.database.read(lambda connection: connection.execute(text(query)).scalar())


@asynccontextmanager
async def desk(url: str, policies: Book | None = None, clock: Hand | None = None) -> AsyncIterator[Desk]:
    clock = clock or Hand()
    database = await Database.open(url, clock=clock)
    try:
        yield Desk(database, clock, policies or book())
    finally:
        await database.close()


def alert(now: Instant = AFTER, *, firing: bool = True, ago: Span = SECOND, **labels: str) -> Alert:
    """One that began (and, unless it fires, ended) a while ago."""
    named = {"alertname": "DiskFull", **labels}
    ends_at = None if firing else now
    return Alert("alertmanager", fingerprint_of(named), named, {"summary": "full"}, firing, now - ago, ends_at)


def delivery_of(*alerts: Alert, truncated: int = 0, group: str = "") -> Delivery:
    return Delivery("alertmanager", alerts, truncated, group)


def _incidents(connection: Connection) -> list[Seen]:
    query = (
        "SELECT labels, status, firing, (SELECT COUNT(*) FROM outbox o WHERE o.incident_id = i.id AND kind = 'page') "
        "FROM incident i ORDER BY id"
    )
    rows = connection.execute(text(query)).fetchall()
    labels = [json.loads(row[0]) for row in rows]
    groups = [(each.get("alertname", ""), each.get("service", "")) for each in labels]
    return [Seen(g, row[1] != "resolved", row[2], row[3]) for g, row in zip(groups, rows, strict=True)]


def _alerts(connection: Connection) -> list[Known]:
    query = (
        "SELECT MIN(e.fingerprint), a.state, COUNT(e.id), a.first_start, a.last_start, a.ends_at, a.incident_id "
        "FROM alert a JOIN episode e ON e.alert_key = a.key "
        "GROUP BY a.key, a.state, a.first_start, a.last_start, a.ends_at, a.incident_id ORDER BY 1"
    )
    return [Known(row[0], State(row[1]), *row[2:]) for row in connection.execute(text(query)).fetchall()]
