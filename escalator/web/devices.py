"""Devices by JSON: the link that a person opens on one, the list, and forgetting. The page behind the link is in
`pages.devices`.

A link is asked for by its person, or by an admin in that place: whoever opens it gets that person's pages.
"""

from datetime import datetime
from urllib.parse import urlsplit

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from escalator.core.instant import Instant, rfc3339
from escalator.engine.keys import Grant
from escalator.store.contacts import Device as Kept
from escalator.web.access import AnyNeeds, Reader, Responder, actor
from escalator.web.needs import Needs
from escalator.web.people import known_person
from escalator.web.problems import Problem
from escalator.web.shapes import Items, Json, described, problems

router = APIRouter(prefix="/api/v1/people/{person}/devices", tags=["people"], responses=problems())


class Device(BaseModel):
    """A browser that takes push messages."""

    id: str
    label: str
    service: str = Field(description="The host of its push service.")


class DeviceLink(BaseModel):
    """Where a person registers the browser in which it is opened."""

    url: str
    expires_at: datetime


@router.get("", responses=described(Items[Device]) | problems(404))
async def list_devices(needs: AnyNeeds, grant: Reader, person: str) -> Json:
    """A person's devices, the oldest first."""
    known_person(needs, person)
    return Json({"items": [shown(each) for each in await needs.devices.listed(person)]})


@router.post("/link", responses=described(DeviceLink) | problems(403, 404))
async def link_device(needs: AnyNeeds, grant: Responder, person: str) -> Json:
    """A link, good for an hour, to open in the browser that shall take the pages."""
    owned_devices(needs, grant, person)
    url, ends = await link_for(needs, person)
    return Json({"url": url, "expires_at": rfc3339(ends)})


@router.delete("/{id}", status_code=204, responses=problems(403, 404))
async def forget_device(needs: AnyNeeds, grant: Responder, person: str, id: str) -> Response:
    """Sends nothing more to it."""
    owned_devices(needs, grant, person)
    if not await needs.devices.forget(person, id, actor(grant, None)):
        raise Problem(404, f"{person} has no device {id!r}. GET /api/v1/people/{person}/devices lists them.")
    return Response(status_code=204)


async def link_for(needs: Needs, person: str) -> tuple[str, Instant]:
    """(the address to open on the device, until when it is good)."""
    token, ends = await needs.devices.link(person)
    return f"{needs.public_url.rstrip('/')}/devices/{token}", ends


def shown(device: Kept) -> dict[str, str]:
    """Without what would let others send to it."""
    return {"id": device.id, "label": device.label, "service": urlsplit(device.endpoint).hostname or ""}


def owned_devices(needs: Needs, grant: Grant, person: str) -> None:
    """Raises Problem: 404 for whom there is not, 403 for who is another."""
    known_person(needs, person)
    if grant.person != person and "admin" not in grant.scopes:
        raise Problem(
            403, f"Only {person} can register devices for {person}: use a token made for that person "
            f"(escalator token create NAME --scope ack --person {person}), or an admin's."
        )  # fmt: skip
