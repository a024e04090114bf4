"""`GET /api/v1/events`: which incidents changed, and that the house did, as server-sent events.

The store is asked every BEAT for all listeners together, and only while there are any; what another replica did is
seen the same way. Every change of an incident has a line in the timeline; every other act (a silence, an override, a
swap, policies, a contact) has one in the audit log. Lines commit out of the order of their numbers, so each look goes
back over the last ones and compares.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from functools import partial

import structlog
from fastapi import APIRouter
from sqlalchemy import Connection, func, select
from starlette.requests import Request
from starlette.responses import StreamingResponse

from escalator.core.instant import SECOND, Instant, Span
from escalator.store import audit, bulk
from escalator.store.db import Unavailable
from escalator.store.tables import IncidentRow, TimelineRow
from escalator.web.access import AnyNeeds, Reader
from escalator.web.needs import Database, Needs
from escalator.web.problems import Problem
from escalator.web.shapes import problems

router = APIRouter(prefix="/api/v1", tags=["incidents"], responses=problems())

SLACK: Span = SECOND
"""Lines commit a little after the instant that they tell of."""
BEAT = 0.4
"""Seconds between two looks: what somebody does elsewhere is on every screen within one second."""
QUIET = 15.0
"""Seconds after which a comment shows proxies that the line lives."""
OVERLAP = 1000
"""Lines of the timeline looked at again each time."""
ACTS = 50
"""Lines of the audit log looked at again each time."""
HOUSE = 0
"""Stands where an incident's number would: something else than an incident changed."""
MOST_LISTENERS = 200
BACKLOG = 1000
"""Events that wait for one slow listener before it is cut off: it lists again when it comes back."""

INCIDENT, TIMELINE = bulk.table_of(IncidentRow), bulk.table_of(TimelineRow)

EVENTS = 'Events `incident`: `{"id", "version"}`; `house`, `{}`: an act of the audit log.'

log = structlog.get_logger("escalator.events")

Versions = dict[int, int]


class Feed:
    """Changes of incidents for everybody who listens."""

    def __init__(self, database: Database, beat: float = BEAT) -> None:
        self.database = database
        self.beat = beat
        self.listeners: set[asyncio.Queue[tuple[int, int] | None]] = set()
        self._watch: asyncio.Task[None] | None = None

    def join(self) -> asyncio.Queue[tuple[int, int] | None]:
        """A queue of (id, version); None says that the listener was too slow."""
        queue: asyncio.Queue[tuple[int, int] | None] = asyncio.Queue(BACKLOG)
        self.listeners.add(queue)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._follow())
        return queue

    def leave(self, queue: asyncio.Queue[tuple[int, int] | None]) -> None:
        self.listeners.discard(queue)
        if not self.listeners and self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _follow(self) -> None:
        seen: Versions | None = None
        while True:
            try:
                now = await self.database.read(recent)
            except Unavailable:
                log.warning("events wait for the database")
            else:
                for id, version in changes(seen, now):
                    self._publish(id, version)
                seen = now
            await asyncio.sleep(self.beat)

    def _publish(self, id: int, version: int) -> None:
        for queue in tuple(self.listeners):
            if queue.qsize() >= BACKLOG - 1:
                queue.put_nowait(None)
                self.listeners.discard(queue)
            else:
                queue.put_nowait((id, version))


def recent(connection: Connection) -> Versions:
    """Versions of the incidents in the newest lines of the timeline."""
    newest = connection.execute(select(func.max(TIMELINE.c.id))).scalar() or 0
    touched = select(TIMELINE.c.incident_id).where(TIMELINE.c.id > newest - OVERLAP)
    rows = connection.execute(select(INCIDENT.c.id, INCIDENT.c.version).where(INCIDENT.c.id.in_(touched)))
    return {row.id: row.version for row in rows} | {HOUSE: acts(connection)}


def acts(connection: Connection, since: Instant = 0) -> int:
    """Another number than before whenever somebody did what the audit log tells of, 0 where nobody did since then. It
    changes too when seals push an old act out of the last lines: a look too many.
    """
    columns = (audit.table.c.id, audit.table.c.at, audit.table.c.act)
    last = connection.execute(select(*columns).order_by(audit.table.c.id.desc()).limit(ACTS))
    return sum(row.id for row in last if row.at >= since and row.act not in audit.BY_ITSELF)


def missed(connection: Connection, since: Instant) -> list[tuple[int, int]]:
    """What changed since then, as far as a page must know: one incident at most, and the house."""
    incident, act = newest(connection, since), acts(connection, since)
    return ([] if incident is None else [incident]) + ([(HOUSE, act)] if act else [])


def newest(connection: Connection, since: Instant) -> tuple[int, int] | None:
    """(id, version) of the incident that changed last, where that was since then."""
    query = select(TIMELINE.c.incident_id, TIMELINE.c.at).order_by(TIMELINE.c.id.desc()).limit(1)
    line = connection.execute(query).first()
    if line is None or line.at < since:
        return None
    found = connection.execute(select(INCIDENT.c.id, INCIDENT.c.version).where(INCIDENT.c.id == line.incident_id))
    row = found.first()
    return None if row is None else (row.id, row.version)


def changes(seen: Mapping[int, int] | None, now: Mapping[int, int]) -> list[tuple[int, int]]:
    """What is new since the last look; nothing at the first."""
    if seen is None:
        return []
    return sorted((id, version) for id, version in now.items() if seen.get(id) != version)


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": EVENTS}},
)
async def follow_events(needs: AnyNeeds, grant: Reader, request: Request) -> StreamingResponse:
    """Incidents as they change. After a break list them again: nothing is replayed."""
    return streamed(request, needs)


def streamed(request: Request, needs: Needs, since: Instant | None = None) -> StreamingResponse:
    """For doors and pages. `since`: when the listener last looked; what changed after that is told at once. Raises
    Problem 503.
    """
    feed: Feed = request.app.state.feed
    if len(feed.listeners) >= MOST_LISTENERS:
        raise Problem(503, "Too many listeners; try again later.", headers={"retry-after": "30"})
    return StreamingResponse(_stream(feed, needs, since), media_type="text/event-stream")


async def _stream(feed: Feed, needs: Needs, since: Instant | None) -> AsyncIterator[bytes]:
    queue = feed.join()
    stopping = asyncio.create_task(needs.stopping.wait())
    try:
        yield b"retry: 3000\n\n"
        for change in () if since is None else await needs.database.read(partial(missed, since=since - SLACK)):
            yield _event(*change)
        while not stopping.done():
            arriving = asyncio.create_task(queue.get())
            await asyncio.wait({arriving, stopping}, timeout=QUIET, return_when=asyncio.FIRST_COMPLETED)
            if not arriving.done():
                arriving.cancel()
                yield b": still here\n\n"
            elif (arrived := arriving.result()) is None:
                return
            else:
                yield _event(*arrived)
    finally:
        feed.leave(queue)
        stopping.cancel()
        with suppress(asyncio.CancelledError):
            await stopping


def _event(id: int, version: int) -> bytes:
    if id == HOUSE:
        return b"event: house\ndata: {}\n\n"
    return b'event: incident\ndata: {"id":"%d","version":%d}\n\n' % (id, version)
