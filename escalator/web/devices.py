"""Devices by JSON: the link that a person opens on one, the list, and forgetting. The page behind the link is in
`pages.devices`.

A link is asked for by its person, or by an admin in that place: whoever opens it gets that person's pages.
"""

from datetime import datetime
from urllib.parse import urlsplit

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from escalator.core.instant import rfc3339
from escalator.engine.keys import Grant
from escalator.store.contacts import Device as Kept
from escalator.web.access import AnyNeeds, Reader, Responder, actor
from escalator.web.needs import Needs
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
    _known(needs, person)
    return Json({"items": [shown(each) for each in await needs.devices.listed(person)]})


@router.post("/link", responses=described(DeviceLink) | problems(403, 404))
async def link_device(needs: AnyNeeds, grant: Responder, person: str) -> Json:
    """A link, good for an hour, to open in the browser that shall take the pages."""
    _owned(needs, grant, person)
    token, ends = await needs.devices.link(person)
    return Json({"url": f"{needs.public_url.rstrip('/')}/devices/{token}", "expires_at": rfc3339(ends)})


@router.delete("/{id}", status_code=204, responses=problems(403, 404))
async def forget_device(needs: AnyNeeds, grant: Responder, person: str, id: str) -> Response:
    """Sends nothing more to it."""
    _owned(needs, grant, person)
    if not await needs.devices.forget(person, id, actor(grant, None)):
        raise Problem(404, f"{person} has no device {id!r}. GET /api/v1/people/{person}/devices lists them.")
    return Response(status_code=204)


def shown(device: Kept) -> dict[str, str]:
    """Without what would let others send to it."""
    return {"id": device.id, "label": device.label, "service": urlsplit(device.endpoint).hostname or ""}


def _known(needs: Needs, person: str) -> None:
    people = needs.revisions.book.people
    if person not in people:
        names = ", ".join(sorted(people)[:50]) or "nobody"
        raise Problem(404, f"The policies know no person {person!r}; there are: {names}.")


def _owned(needs: Needs, grant: Grant, person: str) -> None:
    _known(needs, person)
    if grant.person != person and "admin" not in grant.scopes:
        raise Problem(
            403, f"Only {person} can register devices for {person}: use a token made for that person "
            f"(escalator token create NAME --scope ack --person {person}), or an admin's."
        )  # fmt: skip
