"""Incidents for programs: list, show, and what a person does with one: reads the store, acts through the lifecycle."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from escalator.core import events
from escalator.core.alert import SEVERITIES
from escalator.core.instant import DAY, Instant
from escalator.engine.lifecycle import NotFound
from escalator.store import listing
from escalator.web import shapes
from escalator.web.access import AnyNeeds, Reader, Responder, actor
from escalator.web.contacts import masked
from escalator.web.fields import Body, Name, Text, end_of, instant_at, matchers_of, targets_of
from escalator.web.needs import Needs
from escalator.web.paging import page_of
from escalator.web.problems import Problem
from escalator.web.shapes import Json, described, problems

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"], responses=problems(404))

Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
LONGEST_SNOOZE = DAY


class Asked(BaseModel):
    """Which incidents; a misspelt parameter is an error, not silence."""

    model_config = ConfigDict(extra="forbid")

    status: list[shapes.Status] = Field([], description="Repeatable.")
    severity: list[shapes.Severity] = Field([], description="Repeatable.")
    urgency: Literal["high", "low"] | None = None
    policy: str | None = None
    person: str | None = Field(None, description="Who was told of it, or acknowledged it.")
    match: list[str] = Field([], description="On the labels of its alerts: label=value, !=, =~ or !~. Repeatable.")
    since: AwareDatetime | None = Field(None, description="Opened at or after.")
    until: AwareDatetime | None = Field(None, description="Opened before.")
    q: str | None = Field(None, description="Part of the title.", max_length=500)
    sort: Literal["-opened_at", "opened_at", "-severity", "due_at", "urgency"] = "-opened_at"
    limit: int = Field(100, ge=1, le=1000)
    cursor: str | None = None

    def filter(self) -> listing.Filter:
        """As the store takes it; raises Problem 400 for a matcher that cannot be read."""
        return listing.Filter(
            status=tuple(self.status),
            severity=tuple(SEVERITIES[name] for name in self.severity),
            urgency=self.urgency,
            policy=self.policy,
            person=self.person,
            matchers=matchers_of(self.match),
            since=_instant(self.since),
            until=_instant(self.until),
            text=self.q,
        )


class Rest(BaseModel):
    """Which part of a long list."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(1000, ge=1, le=1000)
    cursor: str | None = None


class Verb(Body):
    """Who acts (where the token names nobody), and why."""

    by: Name | None = None
    note: Text = ""


class Snooze(Verb):
    until: AwareDatetime | None = None
    span: str | None = Field(None, alias="for", description="`30m`, `1h30m`; at most 24 hours.")


class Escalate(Verb):
    level: int | None = Field(None, ge=1, le=1000, description="The next one where not said.")


class Reassign(Verb):
    to: list[str | dict[str, str]] = Field(
        min_length=1,
        max_length=100,
        description='`"person:alice"` or `{"person": "alice"}`; also schedule, team, channel.',
    )


class Note(Body):
    text: Annotated[Text, Field(min_length=1)]
    by: Name | None = None


@router.get("", responses=described(shapes.Page[shapes.Incident]) | problems(400))
async def list_incidents(needs: AnyNeeds, grant: Reader, asked: Annotated[Asked, Query()]) -> Json:
    """Incidents that fit every filter, newest first; the cursor stays right while incidents arrive.

    With regular expressions a page may be short before the end: `next` alone says whether there is more.
    """
    query = partial(
        listing.incidents,
        where=asked.filter(),
        sort=asked.sort,
        limit=asked.limit,
        cursor=asked.cursor,
        url=needs.incident_url,
    )
    return Json(await page_of(needs, query))


@router.get("/{incident_id}", responses=described(shapes.Incident))
async def show_incident(needs: AnyNeeds, grant: Reader, incident_id: Id) -> Json:
    """One incident."""
    return Json(await shown(needs, incident_id))


@router.get("/{incident_id}/timeline", responses=described(shapes.Items[shapes.Entry]))
async def list_timeline(needs: AnyNeeds, grant: Reader, incident_id: Id) -> Json:
    """Its whole story, with a reason for each line."""
    await shown(needs, incident_id)
    return Json({"items": await needs.database.read(partial(listing.timeline, id=incident_id))})


@router.get("/{incident_id}/notifications", responses=described(shapes.Page[shapes.Notification]) | problems(400))
async def list_notifications(needs: AnyNeeds, grant: Reader, incident_id: Id, rest: Annotated[Rest, Query()]) -> Json:
    """Who was told, how, when, and what came of every attempt."""
    await shown(needs, incident_id)
    query = partial(listing.notifications, incident=incident_id, limit=rest.limit, cursor=rest.cursor)
    return Json(await page_of(needs, query, partial(masked, needs.revisions.book)))


@router.get("/{incident_id}/alerts", responses=described(shapes.Page[shapes.Alert]) | problems(400))
async def list_alerts(needs: AnyNeeds, grant: Reader, incident_id: Id, rest: Annotated[Rest, Query()]) -> Json:
    """Its alerts."""
    await shown(needs, incident_id)
    return Json(
        await page_of(needs, partial(listing.alerts, incident=incident_id, limit=rest.limit, cursor=rest.cursor))
    )


ACTS = described(shapes.Incident) | problems(409)


@router.post("/{incident_id}/acknowledge", responses=ACTS)
async def acknowledge(needs: AnyNeeds, grant: Responder, incident_id: Id, body: Verb | None = None) -> Json:
    """Somebody has it: the paging stops. A second time changes nothing and is no error."""
    verb = body or Verb()
    return await _act(needs, incident_id, events.Acknowledged(actor(grant, verb.by), verb.note))


@router.post("/{incident_id}/unacknowledge", responses=ACTS)
async def unacknowledge(needs: AnyNeeds, grant: Responder, incident_id: Id, body: Verb | None = None) -> Json:
    """Takes an acknowledgement back: the paging starts again."""
    verb = body or Verb()
    return await _act(needs, incident_id, events.Unacknowledged(actor(grant, verb.by), verb.note))


@router.post("/{incident_id}/snooze", responses=ACTS)
async def snooze(needs: AnyNeeds, grant: Responder, incident_id: Id, body: Snooze) -> Json:
    """Nobody is paged until the time is over; at most 24 hours."""
    now = needs.database.now()
    until = end_of(body.until, body.span, now, now)
    if until > now + LONGEST_SNOOZE:
        raise Problem(422, "A snooze lasts at most 24 hours; for longer, make a silence.")
    return await _act(needs, incident_id, events.Snoozed(actor(grant, body.by), until, body.note))


@router.post("/{incident_id}/escalate", responses=ACTS)
async def escalate(needs: AnyNeeds, grant: Responder, incident_id: Id, body: Escalate | None = None) -> Json:
    """Pages the next level now, or the one named."""
    verb = body or Escalate()
    return await _act(needs, incident_id, events.Escalated(actor(grant, verb.by), verb.level, verb.note))


@router.post("/{incident_id}/reassign", responses=ACTS)
async def reassign(needs: AnyNeeds, grant: Responder, incident_id: Id, body: Reassign) -> Json:
    """Pages these instead of the policy's levels."""
    targets = targets_of(body.to, needs.revisions.book)
    return await _act(needs, incident_id, events.Reassigned(actor(grant, body.by), targets, body.note))


@router.post("/{incident_id}/resolve", responses=ACTS)
async def resolve(needs: AnyNeeds, grant: Responder, incident_id: Id, body: Verb | None = None) -> Json:
    """Closes it by hand; normally its alerts close it when they stop."""
    verb = body or Verb()
    return await _act(needs, incident_id, events.Resolved(actor(grant, verb.by), verb.note))


@router.post("/{incident_id}/reopen", responses=ACTS)
async def reopen(needs: AnyNeeds, grant: Responder, incident_id: Id, body: Verb | None = None) -> Json:
    """Takes a resolve back: it is theirs who takes it back if they held it before, else level 1 is paged.

    Within the reopen window (at least 10 minutes), while no other incident of its group is open.
    """
    verb = body or Verb()
    return await _act(needs, incident_id, events.Reopened(actor(grant, verb.by), verb.note))


@router.post("/{incident_id}/notes", responses=ACTS)
async def note(needs: AnyNeeds, grant: Responder, incident_id: Id, body: Note) -> Json:
    """Writes a line into the timeline."""
    return await _act(needs, incident_id, events.Noted(actor(grant, body.by), body.text))


async def shown(needs: Needs, incident_id: int) -> dict[str, Any]:
    """The incident as doors show it; raises NotFound."""
    found = await needs.database.read(partial(listing.incident, id=incident_id, url=needs.incident_url))
    if found is None:
        raise NotFound(incident_id)
    return found


async def _act(needs: Needs, incident_id: int, event: events.Event) -> Json:
    await needs.lifecycle.act(incident_id, event)
    return Json(await shown(needs, incident_id))


def _instant(moment: datetime | None) -> Instant | None:
    return None if moment is None else instant_at(moment)
