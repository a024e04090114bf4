"""Replicas that look at policies, on one database: no clock runs, each looks when it is told to."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from escalator.engine.origins import Origin
from escalator.engine.revisions import NOBODY, Prove, Revisions, load_book, nothing_proved
from escalator.engine.world import Reach, World
from escalator.store import audit
from escalator.store.db import Database
from escalator.store.revisions import Waiting

PAGE = """\
version: 1
people: {ana: {contacts: {email: ana@example.com}}}
policies: {page: {levels: [{notify: [{person: ana}], escalate_after: 5m}]}}
catch_all: page
"""
FASTER = PAGE.replace("5m", "3m")
SLOWER = PAGE.replace("5m", "9m")
BROKEN = PAGE.replace("person: ana", "person: anna")


class Replica:
    """One process's part that runs policies."""

    def __init__(self, database: Database, origin: Origin, name: str, prove: Prove = nothing_proved) -> None:
        self.database = database
        self.origin = origin
        self.world = World(NOBODY, Reach(lambda via, address: True, str), load_book)
        self.gauge: tuple[int, str | None] = (0, None)
        self.revisions = Revisions(
            database, self.world, origin, lambda _: None, name, lambda *live: setattr(self, "gauge", live), prove
        )

    @property
    def live(self) -> int:
        return self.world.book.revision

    @property
    def problem(self) -> str:
        return self.revisions.problem() or ""

    async def pulls(self) -> int:
        await self.revisions.pull()
        return self.live

    async def looks(self) -> int:
        await self.revisions.look()
        return self.live

    async def waiting(self) -> Waiting | None:
        return (await self.revisions.situation()).waiting

    async def settled(self) -> None:
        """Until every nudge has had its pull."""
        for task in list(self.revisions._nudges):
            await task

    async def audited(self, act: str) -> list[tuple[str, str]]:
        """(by, detail) of each entry."""
        found: list[Any] = await self.database.read(
            lambda c: list(c.execute(audit.table.select().where(audit.table.c.act == act).order_by(audit.table.c.id)))
        )
        return [(row.by, row.detail) for row in found]


@asynccontextmanager
async def replicas(url: str, *made: Callable[[Database], Replica]) -> AsyncIterator[list[Replica]]:
    """Each on a database of its own opening, as processes are."""
    opened = [await Database.open(url) for _ in made]
    running = [make(database) for make, database in zip(made, opened, strict=True)]
    try:
        yield running
    finally:
        for replica in running:
            await replica.revisions.stop()
            await replica.database.close()
