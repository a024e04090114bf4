"""Loads, admits and applies policy revisions. Admission is application: every replica runs the newest admitted one.

What changed at the origin is admitted when it compiles and keeps its guarantees; what does not is refused, shown, and
the last good revision runs on. Content that was admitted before is never admitted again from a disk that is behind.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

import structlog
from sqlalchemy import Connection

from escalator.core import events
from escalator.core.book import Book
from escalator.core.effects import Refused
from escalator.core.instant import Instant
from escalator.core.policy import Policy
from escalator.engine.admission import Admissions, Refusal, Wanted
from escalator.engine.lifecycle import Unit
from escalator.engine.origins import Offer, Origin, Unusable
from escalator.engine.wakes import Wake, shared
from escalator.engine.world import World
from escalator.language import Diagnostic, compile_book, render
from escalator.store import alerts, answered, incidents, revisions
from escalator.store.db import Database
from escalator.store.revisions import Revision, Waiting

log = structlog.get_logger()

CHUNK = 200
"""Open incidents moved to a new revision in one transaction."""

NOBODY = Book(policies={"catch_all": Policy("catch_all", levels=())}, catch_all="catch_all")
"""Stands in while no policy was ever admitted: every incident is desperate, and the last resort is told."""

Prove = Callable[[Mapping[str, str], Mapping[str, str] | None, Instant], list[str]]
"""Why policies, given as texts, must not follow those that are live: the guarantees that they break from an instant on,
in words; none: they may."""


def nothing_proved(sources: Mapping[str, str], live: Mapping[str, str] | None, now: Instant) -> list[str]:
    """For a house without guarantees."""
    return []


class Judged(NamedTuple):
    """What is to be said of a content."""

    runs: bool
    """At least where nothing better was ever admitted."""
    trouble: str | None
    diagnostics: tuple[Diagnostic, ...] = ()


class Situation(NamedTuple):
    """What runs, and what does not yet."""

    live: Revision | None
    waiting: Waiting | None


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
        self, database: Database, world: World, origin: Origin, wake: Callable[[Wake], None], writer: str,
        changed: Callable[[int, str | None], None], prove: Prove = nothing_proved,
    ) -> None:  # fmt: skip
        self._database = database
        self._world = world
        self._origin = origin
        self._wake = wake
        self._changed = changed
        self._prove = prove
        self._admissions = Admissions(database, writer)
        self._considering = asyncio.Lock()
        self._nudges: set[asyncio.Task[None]] = set()
        self._seen: tuple[str, str | None] | None = None
        """Digest and commit of what the origin held when it was last considered to its end."""
        self._in_step: int | None = None
        """The newest revision that the origin held, whatever it held since."""
        self._problem: str | None = None
        self._pulled_at: Instant = 0
        """What another replica refused since then may be newer than what is held here."""

    @property
    def book(self) -> Book:
        """The newest admitted revision."""
        return self._world.book

    @property
    def origin(self) -> Origin:
        return self._origin

    def problem(self) -> str | None:
        """Why what the origin holds is not what runs; None when it is."""
        return self._problem

    async def situation(self) -> Situation:
        """As every replica tells it; raises Unavailable."""
        number = self._world.book.revision
        found = await self._database.read(lambda c: revisions.heads(c, 1, number + 1))
        return Situation(found[0] if found else None, await self._database.read(revisions.waiting))

    async def start(self) -> None:
        """The first look. Where something was admitted before, nobody waits for a repository far away."""
        await self.follow()
        if not self._world.book.revision:
            await self._fetch()
        elif self._origin.far:
            self.nudge()
        await self.look()

    async def stop(self) -> None:
        """Lets go of what was fetched."""
        for task in self._nudges:
            task.cancel()
        await asyncio.gather(*self._nudges, return_exceptions=True)
        await self._origin.close()

    async def look(self) -> None:
        """Takes over what others admitted, then offers what the origin holds; raises Unavailable."""
        await self.follow()
        async with self._considering:
            await self._offer()

    async def follow(self) -> None:
        """Takes over what others admitted: nothing that is still being considered delays it."""
        newest = await self._database.read(revisions.newest_number)
        if newest > self._world.book.revision:
            await self._adopt(newest)

    async def pull(self) -> None:
        """Looks at the origin afresh, then as `look`."""
        await self._fetch()
        await self.look()
        if self._problem is None and self._in_step == self._world.book.revision:
            await self._admissions.settle(self._pulled_at)

    def nudge(self) -> None:
        """Pulls soon, without being waited for."""
        task = asyncio.ensure_future(self._pull_quietly())
        self._nudges.add(task)
        task.add_done_callback(self._nudges.discard)

    async def told(self, proof: bytes) -> bool:
        """A forge says that something was pushed: pulls soon. False: these very bytes were heard before."""
        name = f"git:{sha256(proof).hexdigest()}"
        now = self._database.now()
        fresh = await self._database.write(lambda c, items: [answered.take(c, name, now) for _ in items], None)
        if fresh:
            self.nudge()
        return bool(fresh)

    async def roll_back(self, number: int, by: str) -> int:
        """Runs an earlier revision's content as a new one; its number. Raises Refused, Unavailable."""
        found = await self._database.read(lambda c: revisions.load(c, number))
        if found is not None and await asyncio.to_thread(book_of, found, self._database.now()) is None:
            raise Refused(f"this version of Escalator cannot read revision {number}")
        made = await self._admissions.roll_back(number, by)
        await self.look()
        return made

    async def move(self) -> None:
        """Moves open incidents to the live revision, a chunk at a time."""
        number = self._world.book.revision
        while ids := await self._database.read(lambda c: incidents.behind(c, number, CHUNK)):
            for wake in await asyncio.gather(*(self._database.write(self._move, id) for id in ids)):
                self._wake(wake)

    async def _fetch(self) -> None:
        now = self._database.now()
        await self._origin.pull()
        self._pulled_at = now

    async def _pull_quietly(self) -> None:
        try:
            await self.pull()
        except Exception as error:  # noqa: BLE001  the next interval pulls again
            log.warning("policies not pulled", error=repr(error))

    # --- what others admitted -----------------------------------------------------------------------------------

    async def _adopt(self, number: int) -> None:
        found = await self._database.read(lambda c: revisions.load(c, number))
        if found is None:
            return
        book = await asyncio.to_thread(book_of, found, self._database.now())
        if book is None:
            self._say(f"revision {number} was admitted elsewhere, and this version of Escalator cannot read it")
            return
        if number <= self._world.book.revision:
            return  # another task was faster
        self._world.adopt(book)
        if found.restores is not None:
            self._seen = None  # what the origin holds is no longer what runs: it is asked why
        log.info("policy revision live", revision=number, digest=found.digest[:12], commit=found.stamp.commit)
        self._changed(number, self._problem)

    # --- what the origin holds ----------------------------------------------------------------------------------

    async def _offer(self) -> None:
        try:
            offer = await self._origin.offer()
        except Unusable as error:
            await self._unusable(error)
            return
        if offer is not None and (offer.digest, offer.stamp.commit) != self._seen:
            await self._consider(offer)
            # Not before: what the database could not take is offered again at the next look.
            self._seen = offer.digest, offer.stamp.commit

    async def _unusable(self, error: Unusable) -> None:
        seen = "", error.stamp.commit
        if error.stamp.commit is not None and self._seen != seen:
            await self._admissions.refuse(Refusal("", error.stamp, str(error)))
        self._seen = seen
        self._say(str(error))

    async def _consider(self, offer: Offer) -> None:
        if offer.digest == self._world.book.digest:
            self._in_step = self._world.book.revision
            await self._admissions.settle(self._pulled_at if self._origin.far else self._database.now())
            self._say(None)
            return
        wanted = Wanted(offer, self._in_step == self._world.book.revision)
        if stale := await self._admissions.stale(wanted):
            self._say(stale)
            return
        live = await self._database.read(lambda c: revisions.load(c, self._world.book.revision))
        before = live.sources if live else None
        judged = await asyncio.to_thread(self._judge, offer.sources, before, self._database.now())
        # A first start has no last good revision to run instead: it runs what parses, and says so.
        if judged.trouble is None or (judged.runs and not self._world.book.revision):
            await self._admit(wanted, judged.trouble)
            return
        found = tuple(each._asdict() for each in judged.diagnostics)
        await self._admissions.refuse(Refusal(offer.digest, offer.stamp, judged.trouble, found))
        self._say(judged.trouble)

    def _judge(self, sources: dict[str, str], live: dict[str, str] | None, now: Instant) -> Judged:
        compiled = compile_book(sources, 0, now)
        if compiled.book is None:
            trouble = render(compiled.diagnostics, sources)
            return Judged(compiled.parsed is not None, trouble, tuple(compiled.diagnostics))
        broken = self._prove(sources, live, now)
        return Judged(True, "\n".join(["a guarantee does not hold:", *broken]) if broken else None)

    async def _admit(self, wanted: Wanted, trouble: str | None) -> None:
        answer = await self._admissions.admit(wanted)
        if isinstance(answer, str):
            self._say(answer)
            return
        self._say(trouble)
        self._in_step = answer
        await self._adopt(answer)

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
