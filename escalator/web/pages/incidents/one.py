"""The page of one incident: what it is, who was told and who will be, and what a person does with it.

Law: shows what the store has and what the rules foresee; acts through the lifecycle alone. Opening it changes nothing.
"""

from functools import partial
from typing import Any, Final, NamedTuple

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import HTMLResponse, Response

from escalator.core.book import Book
from escalator.core.effects import Refused
from escalator.core.incident import Incident
from escalator.core.instant import Instant
from escalator.core.reopening import AT_LEAST
from escalator.engine.lifecycle import NotFound
from escalator.store import incidents, listing
from escalator.web.access import AnyNeeds
from escalator.web.explanation import Gathered, account, explained, gathered
from escalator.web.incidents import Id
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageReader, PageResponder, Visitor
from escalator.web.pages.forms import Form, back, form_of
from escalator.web.pages.frame import console
from escalator.web.pages.incidents import doing, notes
from escalator.web.pages.incidents.acts import Outcome, Task, taken_back
from escalator.web.pages.incidents.alerts import alerts_of
from escalator.web.pages.incidents.changes import Changes, changes
from escalator.web.pages.incidents.future import outlook
from escalator.web.pages.incidents.ladder import ladder
from escalator.web.pages.incidents.similar import Like, alikes, summary
from escalator.web.problems import Problem

router = APIRouter(include_in_schema=False)

ALERTS: Final = 40
"""Alerts on the page; it must load on a bad line."""
MESSAGES: Final = 400
"""Notifications that are read for it, the last; of them `SHOWN` stand in the list."""
SHOWN: Final = 40
PAGES: Final = 100
"""Pages that are explained one by one, the last."""
LINES: Final = 80
"""Lines of the timeline."""


class Beside(NamedTuple):
    """What stands beside an incident."""

    incident: Incident | None

    alerts: list[dict[str, Any]]
    more: bool
    """Whether there are more alerts."""
    alikes: list[Like]
    changes: Changes


@router.get("/incidents/{incident_id}")
@router.head("/incidents/{incident_id}")
async def show(needs: AnyNeeds, visitor: PageReader, request: Request, incident_id: Id) -> HTMLResponse:
    """One incident with everything that is known of it."""
    return await _shown(needs, visitor, request, incident_id)


@router.get("/incidents/{incident_id}/why")
@router.head("/incidents/{incident_id}/why")
async def why(needs: AnyNeeds, visitor: PageReader, request: Request, incident_id: Id) -> HTMLResponse:
    """Why somebody was paged, or was not: page by page."""
    try:
        found = await explained(needs, incident_id)
    except NotFound:
        return _nowhere(needs, visitor, request, incident_id)
    return console(request, needs, visitor, "incidents/why.html", at="incidents", why=found, most=PAGES)


@router.post("/incidents/{incident_id}/act")
async def act(needs: AnyNeeds, visitor: PageResponder, request: Request, incident_id: Id) -> Response:
    """Acknowledge, snooze, escalate, reassign, resolve, take back, note; then the page again."""
    form, path = await form_of(request), f"/incidents/{incident_id}"
    try:
        event = doing.act_of(form, visitor.name, needs.revisions.book, needs.database.now())
    except Problem as problem:
        return await _shown(needs, visitor, request, incident_id, Asked(form, problem))
    before = await needs.database.read(partial(listing.incident, id=incident_id, url=needs.incident_url))
    try:
        incident = await needs.lifecycle.act(incident_id, event)
    except NotFound:
        return _nowhere(needs, visitor, request, incident_id)
    except Refused as refused:
        return back(request, path, f"Nothing was changed: {refused}.", tone="warn", form=form)
    outcome = Outcome(Task(form.text("act"), incident_id, event), before, incident)
    return back(request, path, doing.said(event, incident), undo=_undo(path, outcome, visitor.name), form=form)


def _undo(path: str, outcome: Outcome, by: str) -> tuple[str, dict[str, str]] | None:
    """The form that brings it back to what it was, where that can be: nobody takes back what another has done."""
    found = taken_back([outcome], by)
    return (f"{path}/act", {"act": found[0].partition(":")[0]}) if found else None


class Asked(NamedTuple):
    """A form that could not be read: what was written, and what is wrong of it."""

    form: Form
    problem: Problem

    @property
    def wrong(self) -> dict[str, str]:
        return {self.problem.more.get("field", "act"): self.problem.detail}


async def _shown(needs: Needs, visitor: Visitor, request: Request, id: int, asked: Asked | None = None) -> HTMLResponse:
    """The page, as a whole."""
    try:
        found = await gathered(needs, id, MESSAGES, newest=True)
    except NotFound:
        return _nowhere(needs, visitor, request, id)
    explanation = await account(needs, found)
    beside = await needs.database.read(lambda connection: _beside(connection, id))
    coming = await outlook(needs, id)
    return console(
        request, needs, visitor, "incidents/one.html", at="incidents",
        status=asked.problem.status_code if asked else 200,
        why=explanation, ladder=ladder(explanation, coming.foresight), unforeseen=coming.problem,
        wrote=asked.form.fields if asked else {}, wrong=asked.wrong if asked else {},
        choices=choices(needs.revisions.book, found.incident["policy"]),
        can_reopen=_can_reopen(beside.incident, needs.revisions.book, needs.database.now()),
        **_told(found), **_around(beside, needs.revisions.book),
    )  # fmt: skip


def _told(found: Gathered) -> dict[str, Any]:
    """What was written down of it, the newest first."""
    return {
        "incident": found.incident,
        "messages": found.notifications[-SHOWN:][::-1],
        "more_messages": len(found.notifications) > SHOWN or not found.complete,
        "timeline": found.timeline[-LINES:][::-1],
        "more_lines": max(0, len(found.timeline) - LINES),
        "notes": notes.notes_of(found.timeline),
    }


def _around(beside: Beside, book: Book) -> dict[str, Any]:
    return {
        "alerts": alerts_of(beside.alerts, book),
        "more_alerts": beside.more,
        "alikes": beside.alikes,
        "likeness": summary([each for each in beside.alikes if each.same]),
        "changes": beside.changes,
    }


def _beside(connection: Connection, id: int) -> Beside:
    incident = incidents.peek(connection, id)
    alerts, more = listing.alerts(connection, incident=id, limit=ALERTS, cursor=None)
    alerts.sort(key=lambda alert: alert["status"] == "resolved")
    if incident is None:
        return Beside(None, alerts, more is not None, [], Changes((), (), ()))
    near = changes(connection, incident, alerts)
    return Beside(incident, alerts, more is not None, alikes(connection, incident), near)


def _can_reopen(incident: Incident | None, book: Book, now: Instant) -> bool:
    """Whether there is still time to take a resolve back; the rules have the last word."""
    if incident is None or incident.resolved_at is None:
        return False
    route = book.route_named(incident.route)
    window = max((route.timing if route else book.timing).reopen_window, AT_LEAST)
    return incident.resolved_at >= now - window


def choices(book: Book, policy: str) -> dict[str, Any]:
    """What the forms offer: spans, the levels of its policy, and whom it may be reassigned to."""
    found = book.policy_named(policy)
    levels = [
        (number, ", ".join(map(str, level.targets))) for number, level in enumerate(found.levels if found else (), 1)
    ]
    kinds = {"person": book.people, "schedule": book.schedules, "team": book.teams, "channel": book.channels}
    return {"spans": doing.SPANS, "levels": levels, "targets": {kind: sorted(names) for kind, names in kinds.items()}}


def _nowhere(needs: Needs, visitor: Visitor, request: Request, id: int) -> HTMLResponse:
    return console(request, needs, visitor, "incidents/none.html", at="incidents", status=404, id=id)
