"""Why was I paged: one incident, explained."""

import asyncio
from collections.abc import Collection
from functools import partial
from typing import Any, NamedTuple

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from escalator.core.alert import Labels
from escalator.core.book import Book
from escalator.engine.explaining import explain, walked
from escalator.engine.lifecycle import NotFound
from escalator.engine.revisions import book_of
from escalator.store import alerts, listing, revisions
from escalator.web.access import AnyNeeds, Reader
from escalator.web.contacts import masked
from escalator.web.incidents import Id
from escalator.web.needs import Needs
from escalator.web.shapes import Json, described, problems

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"], responses=problems(404))

MOST = 5000
"""Notifications that are looked at, the first of the incident."""
OLDER = 4
"""Revisions of the policies that are compiled for one answer, beside the live one."""


class Explanation(BaseModel):
    """Why somebody was paged, or was not."""

    incident: str
    title: str
    revision: int
    readable: bool = Field(description="Whether that revision of the policies can still be read.")
    route: dict[str, Any] = Field(description="The route that took it, and up to five that nearly did.")
    policy: dict[str, Any]
    labels: dict[str, str] = Field(description="Of its first alert.")
    pages: list[dict[str, Any]] = Field(description="Each page and each skipped level: told, not told, and why.")
    complete: bool = Field(description="false: it has more messages than are looked at; later pages tell of none.")
    not_reached: list[dict[str, Any]] = Field(description="Levels of its policy that were not due, and why.")
    story: list[dict[str, Any]] = Field(description="The rest of the timeline.")


@router.get("/{incident_id}/explanation", responses=described(Explanation))
async def show_explanation(needs: AnyNeeds, grant: Reader, incident_id: Id) -> Json:
    """The matched route and the near misses, and at each page who was told by what, who was not, and why."""
    return Json(await explained(needs, incident_id))


async def explained(needs: Needs, incident_id: int) -> dict[str, Any]:
    """For doors and pages; raises NotFound."""
    return await account(needs, await gathered(needs, incident_id))


class Gathered(NamedTuple):
    """What an explanation is made of."""

    incident: dict[str, Any]
    labels: Labels | None
    """Of the alert that opened it."""
    timeline: list[dict[str, Any]]
    notifications: list[dict[str, Any]]
    complete: bool
    """Whether these are all messages."""


async def gathered(needs: Needs, incident_id: int, most: int = MOST, *, newest: bool = False) -> Gathered:
    """In one read; raises NotFound. `newest`: where there are too many messages, the last ones."""

    def query(connection: Connection) -> Gathered:
        incident = listing.incident(connection, incident_id, needs.incident_url)
        if incident is None:
            raise NotFound(incident_id)
        told, more = listing.notifications(connection, incident=incident_id, limit=most, cursor=None, newest=newest)
        labels = alerts.first_labels(connection, incident_id)
        shown = [masked(needs.revisions.book, each) for each in told]
        return Gathered(incident, labels, listing.timeline(connection, incident_id), shown, more is None)

    return await needs.database.read(query)


async def account(needs: Needs, found: Gathered) -> dict[str, Any]:
    """The explanation of what was gathered."""
    books = await _books(needs, walked(found.incident, found.timeline))
    why = explain(found.incident, found.labels, books, found.timeline, found.notifications)
    return {**why, "complete": found.complete}


async def _books(needs: Needs, wanted: Collection[int]) -> dict[int, Book]:
    """Those that can be read, the newest first. Compiling takes a while: other requests are answered meanwhile."""
    live = needs.revisions.book
    found = {live.revision: live}
    for number in sorted(set(wanted) - {live.revision}, reverse=True)[:OLDER]:
        revision = await needs.database.read(partial(revisions.load, number=number))
        book = await asyncio.to_thread(book_of, revision, revision.admitted_at) if revision else None
        found |= {number: book} if book else {}
    return found
