"""Alerts and notifications, for programs. Reads only."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from escalator.store import listing
from escalator.web import shapes
from escalator.web.access import AnyNeeds, Reader
from escalator.web.contacts import masked
from escalator.web.fields import matchers_of
from escalator.web.paging import page_of
from escalator.web.shapes import Json, described, problems

router = APIRouter(prefix="/api/v1", tags=["reading"], responses=problems())


class Paged(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=1000)
    cursor: str | None = None


class AskedAlerts(Paged):
    status: list[Literal["firing", "resolved", "unconfirmed"]] = Field([], description="Repeatable.")
    match: list[str] = Field([], description="On labels: `label=value`, `!=`, `=~`, `!~`. Repeatable.")
    incident: int | None = Field(None, ge=1, le=2**63 - 1)


class AskedNotifications(Paged):
    incident: int | None = Field(None, ge=1, le=2**63 - 1)
    person: str | None = Field(None, max_length=200, description="Only what was meant for this person.")


@router.get("/alerts", responses=described(shapes.Page[shapes.Alert]) | problems(400))
async def list_alerts(needs: AnyNeeds, grant: Reader, asked: Annotated[AskedAlerts, Query()]) -> Json:
    """Alerts as their senders reported them, with the incident each belongs to."""
    query = partial(
        listing.alerts,
        incident=asked.incident,
        status=tuple(asked.status),
        matchers=matchers_of(asked.match),
        limit=asked.limit,
        cursor=asked.cursor,
    )
    return Json(await page_of(needs, query))


@router.get("/notifications", responses=described(shapes.Page[shapes.Notification]) | problems(400))
async def list_notifications(needs: AnyNeeds, grant: Reader, asked: Annotated[AskedNotifications, Query()]) -> Json:
    """Every message to every contact, with each attempt to send it."""
    query = partial(
        listing.notifications,
        incident=asked.incident,
        person=asked.person,
        limit=asked.limit,
        cursor=asked.cursor,
    )
    return Json(await page_of(needs, query, partial(masked, needs.revisions.book)))
