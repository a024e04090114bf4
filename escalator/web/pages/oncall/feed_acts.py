"""Calendar feeds of people and schedules: made, shown once, revoked. Who may is `web.feeds`' word."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from escalator.web import feeds, people
from escalator.web.access import AnyNeeds
from escalator.web.calendar import Shown
from escalator.web.needs import Needs
from escalator.web.oncall import known_schedule
from escalator.web.pages.entry import PageResponder, Visitor
from escalator.web.pages.forms import back
from escalator.web.pages.oncall.answers import once, person_path

router = APIRouter(include_in_schema=False)


@router.post("/people/{name}/feeds")
async def make_feed(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str) -> HTMLResponse:
    """A person's calendar feed: its address is in the answer, and nowhere else."""
    people.known_person(needs, name)
    feeds.owned(visitor.grant, "person", name)
    return await _fed(request, needs, visitor, Shown("person", name), person_path(name))


@router.post("/oncall/{schedule}/feeds")
async def make_schedule_feed(needs: AnyNeeds, visitor: PageResponder, request: Request, schedule: str) -> HTMLResponse:
    """A schedule's."""
    known_schedule(needs, schedule)
    return await _fed(request, needs, visitor, Shown("schedule", schedule), f"/oncall/{quote(schedule, safe='')}")


@router.post("/people/{name}/feeds/{id}/revoke")
async def revoke_feed(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str, id: str) -> Response:
    """Ends a person's feed."""
    await feeds.revoke(needs, visitor.grant, id, visitor.name)
    return back(request, f"{person_path(name)}#feeds", "The feed is revoked: calendars that have it get nothing more.")


@router.post("/oncall/{schedule}/feeds/{id}/revoke")
async def revoke_schedule_feed(
    needs: AnyNeeds, visitor: PageResponder, request: Request, schedule: str, id: str
) -> Response:
    """Ends a schedule's."""
    await feeds.revoke(needs, visitor.grant, id, visitor.name)
    said = "The feed is revoked: calendars that have it get nothing more."
    return back(request, f"/oncall/{quote(schedule, safe='')}#feeds", said)


async def _fed(request: Request, needs: Needs, visitor: Visitor, shown: Shown, leads: str) -> HTMLResponse:
    _, url = await feeds.new_feed(needs, shown, visitor.name)
    lines = [
        "Subscribe to it in Google Calendar, Outlook, Apple Calendar or Thunderbird.",
        f"Whoever has it can read the shifts of {shown.name}, and nothing else. Revoke it when it got lost.",
    ]
    return once(request, needs, visitor, f"A calendar feed of {shown.name}", url, lines, leads)
