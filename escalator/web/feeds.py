"""Calendar feeds: their tokens, and the door at which a token in the path is enough, because calendars have no other
way. It opens one feed, for reading.
"""

import asyncio
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from escalator.core.instant import DAY
from escalator.engine.keys import Grant
from escalator.store.feeds import Feed
from escalator.web import shapes
from escalator.web import shapes_oncall as rota
from escalator.web.access import AnyNeeds, Public, Reader, Responder, actor
from escalator.web.calendar import BESIDE, PAST, Shown, Written, written
from escalator.web.fields import Body, Name
from escalator.web.needs import Needs
from escalator.web.problems import Problem
from escalator.web.shapes import Json, described, problems

router = APIRouter(tags=["windows"])

CALENDAR = "text/calendar"
_CALENDARS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The calendar.", "content": {CALENDAR: {}}},
    304: {"description": "It is what If-None-Match names."},
    **{status: said for status, said in problems(404, 429).items() if status not in (401, 403)},
}


class NewFeed(Body):
    """Whose shifts, or of what."""

    of: Name = Field(description="`alice`, `boardroom`; `person:alice`, `schedule:alice` where both have the name.")
    by: Name | None = None


@router.get("/api/v1/feeds", responses=problems() | described(shapes.Items[rota.Feed]))
async def list_feeds(needs: AnyNeeds, grant: Reader) -> Json:
    """Feeds that are not revoked, without their tokens."""
    return Json({"items": await needs.feeds.listed()})


@router.post("/api/v1/feeds", status_code=201, responses=problems() | described(rota.NewFeed, 201))
async def create_feed(needs: AnyNeeds, grant: Responder, body: NewFeed) -> Json:
    """Makes the address of a feed; it is shown once, now."""
    shown = _meant(needs, body.of)
    owned(grant, shown.kind, shown.name)
    id, url = await new_feed(needs, shown, actor(grant, body.by))
    return Json({"id": id, "url": url, "kind": shown.kind, "name": shown.name}, 201)


@router.delete("/api/v1/feeds/{id}", status_code=204, responses=problems(404))
async def revoke_feed(needs: AnyNeeds, grant: Responder, id: str, by: str | None = None) -> Response:
    """Ends a feed now."""
    await revoke(needs, grant, id, actor(grant, by))
    return Response(status_code=204)


async def revoke(needs: Needs, grant: Grant, id: str, by: str) -> None:
    """Raises Problem: 404 where there is no such feed, 403 for another person's."""
    found = next((each for each in await needs.feeds.listed() if each["id"] == id), None)
    if found is not None:
        owned(grant, found["kind"], found["name"])
    if found is None or not await needs.feeds.revoke(id, by):
        raise Problem(404, f"There is no feed {id!r}. GET /api/v1/feeds lists them.")


@router.get("/calendars/{token}/{name}", response_class=Response, responses=_CALENDARS)
@router.head("/calendars/{token}/{name}", include_in_schema=False)
async def read_feed(needs: AnyNeeds, grant: Public, request: Request, token: str, name: str) -> Response:
    """Shifts of the last 30 days and the next 180, as iCalendar. The name is for people: the token decides."""
    made = await _written(needs, await _found(needs, request, token))
    headers = {"etag": made.etag, "cache-control": "private, max-age=900"}
    asked = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if made.etag in asked or "*" in asked:
        return Response(status_code=304, headers=headers)
    return Response(made.body, media_type=f"{CALENDAR}; charset=utf-8", headers=headers)


async def feeds_of(needs: Needs, kind: str, name: str) -> list[dict[str, Any]]:
    """Those of one person or schedule that are not revoked."""
    return [each for each in await needs.feeds.listed() if (each["kind"], each["name"]) == (kind, name)]


async def new_feed(needs: Needs, shown: Shown, by: str) -> tuple[str, str]:
    """(id, the address to subscribe to): it is known this once."""
    id, token = await needs.feeds.create(shown.kind, shown.name, by)
    return id, f"{needs.public_url.rstrip('/')}/calendars/{token}/{quote(shown.name, safe='')}.ics"


async def _found(needs: Needs, request: Request, token: str) -> Feed:
    client = request.client.host if request.client else ""
    now, unknown = needs.database.now(), request.app.state.guesses
    if unknown.full(client, now):
        raise Problem(429, "Too many unknown links from this address.", headers={"retry-after": "60"})
    found = await needs.feeds.find(token)
    if found is None:
        unknown.add(client, now)
        raise Problem(404, "This calendar is unknown or revoked: escalator oncall feed makes another.")
    return found


async def _written(needs: Needs, feed: Feed) -> Written:
    """A person or schedule that the policies no longer know has an empty calendar, so that old shifts go away."""
    shown, day = Shown(feed.kind, feed.name), needs.database.now() // DAY
    known = needs.revisions.book.schedules
    schedules = tuple(each for each in known.values() if shown.kind == "person" or each.name == shown.name)
    names = {each.name for each in schedules}
    made = await needs.windows.overrides_since(day * DAY - PAST - BESIDE)
    overrides = tuple(each for each in made if each.schedule in names)
    return await asyncio.to_thread(written, shown, schedules, overrides, day)


def _meant(needs: Needs, text: str) -> Shown:
    book = needs.revisions.book
    kind, colon, name = text.partition(":")
    kinds = {"person": book.people, "schedule": book.schedules}
    if colon and kind in kinds and name in kinds[kind]:
        return Shown(kind, name)
    found = [kind for kind, names in kinds.items() if text in names]
    if len(found) == 1:
        return Shown(found[0], text)
    if found:
        raise Problem(422, f"{text!r} is a person and a schedule: write person:{text} or schedule:{text}.")
    raise Problem(422, f"The policies know neither a person nor a schedule {text!r}.")


def owned(grant: Grant, kind: str, name: str) -> None:
    """A person's calendar is that person's affair; raises Problem 403."""
    if kind == "person" and grant.person != name and "admin" not in grant.scopes:
        raise Problem(
            403, f"Only {name} may do that: use a token made for that person "
            f"(escalator token create NAME --scope ack --person {name}), or an admin's."
        )  # fmt: skip
