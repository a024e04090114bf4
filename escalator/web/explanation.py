"""Why was I paged: one incident, explained."""

from functools import partial
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from escalator.core.book import Book
from escalator.engine.explaining import explain
from escalator.engine.revisions import load_book
from escalator.store import alerts, listing
from escalator.web.access import AnyNeeds, Reader
from escalator.web.contacts import masked
from escalator.web.incidents import Id, shown
from escalator.web.needs import Needs
from escalator.web.shapes import Json, described, problems

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"], responses=problems(404))

MOST = 1000
"""Notifications that are looked at."""


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
    story: list[dict[str, Any]] = Field(description="The rest of the timeline.")


@router.get("/{incident_id}/explanation", responses=described(Explanation))
async def show_explanation(needs: AnyNeeds, grant: Reader, incident_id: Id) -> Json:
    """The matched route and the near misses, and at each page who was told by what, who was not, and why."""
    return Json(await explained(needs, incident_id))


async def explained(needs: Needs, incident_id: int) -> dict[str, Any]:
    """For doors and pages; raises NotFound."""
    incident = await shown(needs, incident_id)
    labels = await needs.database.read(partial(alerts.first_labels, incident_id=incident_id))
    book = await needs.database.read(partial(_book, needs.revisions.book, incident["revision"]))
    timeline = await needs.database.read(partial(listing.timeline, id=incident_id))
    query = partial(listing.notifications, incident=incident_id, limit=MOST, cursor=None)
    notifications, _ = await needs.database.read(query)
    told = [masked(needs.revisions.book, each) for each in notifications]
    return explain(incident, labels, book, timeline, told)


def _book(live: Book, revision: int, connection: Connection) -> Book | None:
    """The policies that the incident walks."""
    return live if revision == live.revision else load_book(connection, revision)
