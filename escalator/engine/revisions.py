"""Loads, admits and applies policy revisions. Admission is application: every replica runs the newest admitted one.

What changed on disk is admitted when it compiles; what does not is refused, shown, and the last good revision runs on.
Content that was admitted before is never admitted again from a disk that is behind.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import structlog
from sqlalchemy import Connection

from escalator.core import events
from escalator.core.book import Book
from escalator.core.policy import Policy
from escalator.engine.lifecycle import Unit, Wake, shared
from escalator.engine.world import World
from escalator.language import compile_book, digest, load_sources, render
from escalator.store import alerts, audit, incidents, revisions
from escalator.store.db import Database
from escalator.store.revisions import Revision

log = structlog.get_logger()

CHUNK = 200
"""Open incidents moved to a new revision in one transaction."""

NOBODY = Book(policies={"catch_all": Policy("catch_all", levels=())}, catch_all="catch_all")
"""Stands in while no policy was ever admitted: every incident is desperate, and the last resort is told."""


class Admission(NamedTuple):
    """What this disk offers."""

    digest: str
    sources: dict[str, str]
    deliberate: bool
    """This disk held the newest revision and changed since: an older content is a wish, not a lag."""


def book_of(revision: Revision, now: int) -> Book | None:
    """The compiled Book of an admitted revision; None where today's language cannot read it.

    Checks of its meaning were made when it was admitted; stricter ones of a later version must not stop it.
    """
    return compile_book(revision.sources, revision.number, now).parsed


def load_book(connection: Connection, number: int) -> Book | None:
    """For a World: the Book that an incident of another revision walks."""
    found = revisions.load(connection, number)
    return book_of(found, found.admitted_at) if found else None


class Revisions:
    """One per process."""

    def __init__(
        self, database: Database, world: World, path: Path, wake: Callable[[Wake], None], writer: str,
        changed: Callable[[int, str | None], None],
    ) -> None:  # fmt: skip
        self._database = database
        self._world = world
        self._path = path
        self._wake = wake
        self._writer = writer
        self._changed = changed
        self._seen: str | None = None
        """Digest of what the disk held when it was last considered to its end."""
        self._in_step: int | None = None
        """The newest revision that the disk held, whatever it held since."""
        self._problem: str | None = None

    @property
    def book(self) -> Book:
        """The newest admitted revision."""
        return self._world.book

    def problem(self) -> str | None:
        """Why what is on disk is not what runs; None when it is."""
        return self._problem

    async def look(self) -> None:
        """Takes over what others admitted, then offers what is on disk; raises Unavailable."""
        newest = await self._database.read(revisions.newest_number)
        if newest != self._world.book.revision:
            await self._adopt(newest)
        await self._offer()

    async def move(self) -> None:
        """Moves open incidents to the live revision, a chunk at a time."""
        number = self._world.book.revision
        while ids := await self._database.read(lambda c: incidents.behind(c, number, CHUNK)):
            for wake in await asyncio.gather(*(self._database.write(self._move, id) for id in ids)):
                self._wake(wake)

    # --- what others admitted -----------------------------------------------------------------------------------

    async def _adopt(self, number: int) -> None:
        found = await self._database.read(lambda c: revisions.load(c, number))
        if found is None:
            return
        book = await asyncio.to_thread(book_of, found, self._database.now())
        if book is None:
            self._say(f"revision {number} was admitted elsewhere, and this version of Escalator cannot read it")
            return
        self._world.adopt(book)
        log.info("policy revision live", revision=number, digest=found.digest[:12])
        self._changed(number, self._problem)

    # --- what is on disk ----------------------------------------------------------------------------------------

    async def _offer(self) -> None:
        try:
            sources = await asyncio.to_thread(load_sources, self._path)
        except (OSError, ValueError) as error:
            self._seen = None
            self._say(f"{self._path}: {error}")
            return
        content = digest(sources)
        if content != self._seen:
            await self._consider(content, sources)
            # Not before: what the database could not take is offered again at the next look.
            self._seen = content

    async def _consider(self, content: str, sources: dict[str, str]) -> None:
        if content == self._world.book.digest:
            self._in_step = self._world.book.revision
            self._say(None)
            return
        compiled = await asyncio.to_thread(compile_book, sources, 0, self._database.now())
        if compiled.book is None and (compiled.parsed is None or self._world.book.revision):
            self._say(render(compiled.diagnostics, sources))
            return
        # A first start has no last good revision to run instead: it runs what parses, and says so.
        trouble = None if compiled.book else render(compiled.diagnostics, sources)
        await self._admit(Admission(content, sources, self._in_step == self._world.book.revision), trouble)

    async def _admit(self, admission: Admission, trouble: str | None) -> None:
        number = await self._database.write(self._write, admission)
        if number is None:
            self._say(
                "the policies on this disk were admitted before and something newer is live: they are not run again"
            )
            return
        self._say(trouble)
        self._in_step = number
        await self._adopt(number)

    def _write(self, connection: Connection, items: Sequence[Admission]) -> Sequence[int | None]:
        return [self._write_one(connection, item) for item in items]

    def _write_one(self, connection: Connection, item: Admission) -> int | None:
        newest = revisions.newest_number(connection)
        known = revisions.known(connection, item.digest)
        if known == newest and known:
            return newest
        if known is not None and not item.deliberate:
            return None
        now = self._database.now()
        number = revisions.admit(connection, newest, item.digest, item.sources, self._writer, now)
        audit.append(
            connection, self._writer, now, self._writer, "policy.admit", {"revision": number, "digest": item.digest}
        )
        return number

    def _say(self, problem: str | None) -> None:
        if problem and problem != self._problem:
            log.error("policies refused", problem=problem)
        self._problem = problem
        self._changed(self._world.book.revision, problem)

    # --- open incidents -----------------------------------------------------------------------------------------

    def _move(self, connection: Connection, ids: Sequence[int]) -> Sequence[Wake]:
        unit = Unit(connection, self._world.view, self._database.now())
        book = unit.world.book
        unit.meet(i for i in incidents.load(connection, ids).values() if i.open and i.revision < book.revision)
        for id, incident in list(unit.incidents.items()):
            route = None if incident.policy in book.policies else self._route(connection, id, book)
            unit.advance(id, events.PolicyChanged(book.revision, route))
            unit.run_due(id)
        return shared(unit.flush(), len(ids))

    def _route(self, connection: Connection, id: int, book: Book) -> str:
        labels = next(iter(alerts.labels_of(connection, id)), {})
        return book.route(book.filled(labels)).name
