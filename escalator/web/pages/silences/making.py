"""A new silence in two steps: a form whose answer can be shared and shows what it would hide; then it is made.

Law: a GET makes nothing. What is made goes through the engine like every silence, by the rules of the API.
"""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import HTMLResponse, Response

from escalator.core.alert import Silence
from escalator.core.instant import rfc3339
from escalator.core.mutes import Mute
from escalator.store import alerts, incidents
from escalator.web.access import AnyNeeds
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageReader, PageResponder, Visitor
from escalator.web.pages.forms import back, form_of
from escalator.web.pages.frame import console
from escalator.web.pages.silences.asking import BEFORE, Asked, Wanted, asked_of
from escalator.web.pages.silences.reach import now_of, preview
from escalator.web.pages.silences.words import SPANS, known_zone, lines_of, moment, own_zone, written, zones

router = APIRouter(include_in_schema=False)

USUAL = "2h"


@router.get("/silences/new")
@router.head("/silences/new")
async def new(needs: AnyNeeds, visitor: PageReader, request: Request) -> HTMLResponse:
    """The form; with matchers in the address also what they would hide now."""
    given = request.query_params
    zone = known_zone(given.get("zone", ""), own_zone(needs.revisions.book, visitor))
    if "matchers" not in given:
        return await _shown(request, needs, visitor, Asked(await _begun(needs, given.get), zone), None)
    asked = asked_of(lambda name: given.get(name, ""), zone)
    return await _shown(request, needs, visitor, asked, asked.wanted(needs.database.now()))


@router.post("/silences")
async def make(needs: AnyNeeds, visitor: PageResponder, request: Request) -> Response:
    """Makes it; where a field is wrong the form comes back with what was written."""
    form = await form_of(request)
    zone = known_zone(form.text("zone"), own_zone(needs.revisions.book, visitor))
    asked = asked_of(lambda name: form.fields.get(name, [""])[0], zone)
    wanted = asked.wanted(needs.database.now())
    if wanted is None:
        return await _shown(request, needs, visitor, asked, None, status=422)
    made = await needs.windows.silence(wanted.matchers, wanted.starts_at, wanted.ends_at, visitor.name, wanted.reason)
    text = f"Silence made until {moment(made.ends_at, zone)}."
    return back(request, f"/silences/{made.id}", text, undo=(f"/silences/{made.id}/end", {}))


async def _shown(
    request: Request, needs: Needs, visitor: Visitor, asked: Asked, wanted: Wanted | None, *, status: int = 200
) -> HTMLResponse:
    """The form, what is wrong with it, and what the matchers would hide, where they can be read."""
    seen = None
    if asked.matchers is not None:
        now = await now_of(needs)
        mute = wanted.mute() if wanted else Mute(Silence(BEFORE, asked.matchers, now.at, now.at + 1, "", ""))
        seen = await preview(needs, mute, now)
    words: dict[str, Any] = {
        "asked": asked, "wanted": wanted, "preview": seen, "spans": SPANS,
        "zones": list(dict.fromkeys([asked.zone, *zones(needs.revisions.book, visitor)])),
        "starts_at": rfc3339(wanted.starts_at) if wanted else None,
        "ends_at": rfc3339(wanted.ends_at) if wanted else None,
    }  # fmt: skip
    return console(request, needs, visitor, "silences/new.html", at="silences", status=status, **words)


async def _begun(needs: Needs, given: Any) -> dict[str, str]:
    """What the form begins with: the labels of an incident, another silence again, or nothing."""
    fields = {"for": USUAL, "incident": given("incident", "")}
    if fields["incident"].isascii() and fields["incident"].isdigit():
        fields["matchers"] = await needs.database.read(partial(_of_incident, id=int(fields["incident"][:18])))
    again = await needs.windows.silence_made(given("again", "")) if given("again", "") else None
    if again is not None:
        fields |= {"matchers": "\n".join(map(written, again.matchers)), "reason": again.reason}
    return fields


def _of_incident(connection: Connection, id: int) -> str:
    """Its group labels; where it has none, those of its first alert."""
    incident = incidents.peek(connection, id)
    if incident is None:
        return ""
    return lines_of(incident.labels or alerts.first_labels(connection, id) or {})
