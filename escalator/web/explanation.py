"""Why was I paged: one incident, explained."""

import asyncio
from collections.abc import Collection
from functools import partial
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from escalator.core.book import Book
from escalator.engine.explaining import explain, walked
from escalator.engine.revisions import book_of
from escalator.store import alerts, listing, revisions
from escalator.web.access import AnyNeeds, Reader
from escalator.web.contacts import masked
from escalator.web.incidents import Id, shown
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
    incident = await shown(needs, incident_id)
    labels = await needs.database.read(partial(alerts.first_labels, incident_id=incident_id))
    timeline = await needs.database.read(partial(listing.timeline, id=incident_id))
    query = partial(listing.notifications, incident=incident_id, limit=MOST, cursor=None)
    notifications, more = await needs.database.read(query)
    told = [masked(needs.revisions.book, each) for each in notifications]
    books = await _books(needs, walked(incident, timeline))
    return {**explain(incident, labels, books, timeline, told), "complete": more is None}


async def _books(needs: Needs, wanted: Collection[int]) -> dict[int, Book]:
    """Those that can be read, the newest first. Compiling takes a while: other requests are answered meanwhile."""
    live = needs.revisions.book
    found = {live.revision: live}
    for number in sorted(set(wanted) - {live.revision}, reverse=True)[:OLDER]:
        revision = await needs.database.read(partial(revisions.load, number=number))
        book = await asyncio.to_thread(book_of, revision, revision.admitted_at) if revision else None
        found |= {number: book} if book else {}
    return found
