"""Alerts, notifications and the live policies, for programs. Reads only."""

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from escalator.core.book import Book
from escalator.core.instant import spoken
from escalator.core.policy import Level, Policy, Route
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


@router.get("/policies", responses=described(shapes.Policies))
async def show_policies(needs: AnyNeeds, grant: Reader) -> Json:
    """The policies that are live, their revision, and why something newer on disk is not."""
    book: Book = needs.revisions.book
    return Json(
        {
            "revision": book.revision,
            "digest": book.digest,
            "problem": needs.revisions.problem(),
            "catch_all": book.catch_all,
            "policies": [_policy(each) for each in book.policies.values()],
            "routes": [_route(each) for each in book.routes],
        }
    )


def _policy(policy: Policy) -> dict[str, Any]:
    return {"name": policy.name, "urgency": policy.urgency, "levels": [_level(each) for each in policy.levels]}


def _level(level: Level) -> dict[str, Any]:
    return {
        "notify": [{target.kind: target.name} for target in level.targets],
        "escalate_after": spoken(level.escalate_after),
        "attempts": level.attempts,
        "where": level.where,
    }


def _route(route: Route) -> dict[str, Any]:
    return {
        "name": route.name,
        "match": [str(matcher) for matcher in route.match],
        "policies": {severity.name.lower(): policy for severity, policy in route.policies.items()},
        "drop": route.drop,
        "where": route.where,
    }
