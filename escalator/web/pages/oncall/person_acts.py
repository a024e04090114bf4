"""What a person does on their own page: devices, and proofs of contacts.

Law: who may is `web.people`'s and `web.devices`' word, not a new one.
"""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from escalator.core.effects import Refused
from escalator.core.instant import rfc3339
from escalator.web import devices, people
from escalator.web.access import AnyNeeds
from escalator.web.pages.entry import PageResponder
from escalator.web.pages.forms import back, form_of
from escalator.web.pages.oncall.answers import counted, once, person_path
from escalator.web.pages.oncall.person import Ask, shown_person
from escalator.web.problems import Problem

router = APIRouter(include_in_schema=False)


@router.post("/people/{name}/devices/link")
async def link_device(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str) -> HTMLResponse:
    """A link to open in the browser that shall take the pages."""
    devices.owned_devices(needs, visitor.grant, name)
    url, ends = await devices.link_for(needs, name)
    lines = [
        f"Open it on the phone or computer that shall take {name}'s pages. It makes one browser a device of {name}, "
        f"and is good until {rfc3339(ends)}.",
        "Whoever opens it gets those pages: give it to nobody else.",
    ]
    return once(request, needs, visitor, f"A device for {name}", url, lines, person_path(name))


@router.post("/people/{name}/devices/test")
async def test_devices(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str) -> Response:
    """A notification to each device of the person's."""
    devices.owned_devices(needs, visitor.grant, name)
    counted(needs, request, name)
    try:
        said, tone = f"Sent: {await needs.devices.test(name)}", "done"
    except Refused as refused:
        said, tone = f"{refused}", "bad"
    return back(request, f"{person_path(name)}#devices", said, tone=tone)


@router.post("/people/{name}/devices/{id}/forget")
async def forget_device(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str, id: str) -> Response:
    """Sends nothing more to it."""
    devices.owned_devices(needs, visitor.grant, name)
    if not await needs.devices.forget(name, id, visitor.name):
        raise Problem(404, f"{name} has no such device: it was forgotten already.")
    return back(request, f"{person_path(name)}#devices", "The device is forgotten: nothing more is sent to it.")


@router.post("/people/{name}/contacts/{via}/code")
async def send_code(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str, via: str) -> Response:
    """Sends a code there."""
    people.owned_contact(needs, visitor.grant, name, via)
    try:
        await needs.contacts.send_code(name, via, visitor.name)
    except Refused as refused:
        return await shown_person(request, needs, visitor, name, Ask(f"contact-{via}", f"{refused}"), 422)
    said = f"A code is on its way by {via}. It counts for 10 minutes."
    return back(request, f"{person_path(name)}#contacts", said)


@router.post("/people/{name}/contacts/{via}/confirm")
async def confirm_code(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str, via: str) -> Response:
    """The code that arrived proves the contact."""
    people.owned_contact(needs, visitor.grant, name, via)
    form = await form_of(request)
    try:
        await needs.contacts.confirm(name, via, form.text("code")[:20], visitor.name)
    except Refused as refused:
        return await shown_person(request, needs, visitor, name, Ask(f"contact-{via}", f"{refused}"), 422)
    return back(request, f"{person_path(name)}#contacts", f"{name}'s contact by {via} is verified.")
