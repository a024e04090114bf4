"""The page on which a person makes this browser one of their devices, its script, and the service worker.

The only page with a script: nothing else can ask a browser for push. It is our own file, and may speak to us alone.
The link's signature is all the proof there is; opening the page changes nothing.
"""

from pathlib import Path

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import HTMLResponse, Response

from escalator.channels.desk import Busy, Incoming
from escalator.store.db import Unavailable
from escalator.web.access import AnyNeeds, Public
from escalator.web.devices import shown
from escalator.web.fields import Body, plain
from escalator.web.needs import Needs
from escalator.web.pages.looks import POLICY, page
from escalator.web.problems import Problem
from escalator.web.shapes import Json

router = APIRouter(include_in_schema=False)

_STATIC = Path(__file__).parent / "static"
_SCRIPTS = {name: (_STATIC / name).read_bytes() for name in ("push.js", "worker.js")}
_POLICY = f"{POLICY}; script-src 'self'; connect-src 'self'; worker-src 'self'"
# A worker lives under the policy that came with it, not under its page's.
_WORKER_POLICY = "default-src 'none'; connect-src 'self'"
_OVER = "This link is over or was not copied whole: make a new one with escalator device link."


class Subscription(Body):
    """What the browser's push manager gave."""

    endpoint: str = Field(max_length=2000)
    p256dh: str = Field(max_length=200)
    auth: str = Field(max_length=200)
    label: str = Field("", max_length=200)


@router.get("/devices/push.js")
async def script(grant: Public) -> Response:
    """What the page does."""
    return Response(_SCRIPTS["push.js"], media_type="text/javascript")


@router.get("/worker.js")
async def worker(grant: Public) -> Response:
    """What shows notifications, and answers when one is pressed."""
    headers = {"service-worker-allowed": "/", "content-security-policy": _WORKER_POLICY}
    return Response(_SCRIPTS["worker.js"], headers=headers, media_type="text/javascript")


@router.get("/devices/{token}")
@router.head("/devices/{token}")
async def show_devices(needs: AnyNeeds, grant: Public, token: str) -> HTMLResponse:
    """Whose device this would become, and which there are."""
    try:
        person = await _whose(needs, token)
        devices = await needs.devices.listed(person) if person else []
        key = await _key(needs)
    except (Unavailable, Busy):
        lines = ["Nothing was changed. Try again in a few seconds."]
        return page("message.html", 503, {"retry-after": "5"}, title="The database cannot be reached", lines=lines)
    if person is None:
        lines = [
            "It is over (links live for an hour), or was not copied whole.",
            "Make a new one: escalator device link.",
        ]
        return page("message.html", 404, title="This link leads nowhere", lines=lines)
    told = [shown(each) for each in devices]
    return page("devices.html", headers={"content-security-policy": _POLICY}, person=person, devices=told, key=key)


@router.post("/devices/{token}")
async def register_device(needs: AnyNeeds, grant: Public, token: str, body: Subscription) -> Json:
    """This browser takes the person's pages from now on."""
    person = await _proved(needs, token)
    label = " ".join(plain(body.label).split())[:80] or "a browser"
    id = await needs.devices.register(person, body.endpoint, body.p256dh, body.auth, label)
    return Json({"id": id, "person": person, "label": label}, 201)


@router.delete("/devices/{token}/{id}", status_code=204)
async def forget_own(needs: AnyNeeds, grant: Public, token: str, id: str) -> Response:
    """One of the person's devices takes nothing more."""
    person = await _proved(needs, token)
    if not await needs.devices.forget(person, id, person):
        raise Problem(404, f"{person} has no device {id!r}: it was forgotten already.")
    return Response(status_code=204)


async def _proved(needs: Needs, token: str) -> str:
    """The person of a link; raises Problem."""
    person = await _whose(needs, token)
    if person is None:
        raise Problem(404, _OVER)
    return person


async def _whose(needs: Needs, token: str) -> str | None:
    """None also for somebody who left the policies since."""
    person = await needs.devices.whose(token)
    return person if person in needs.revisions.book.people else None


async def _key(needs: Needs) -> str | None:
    """The house's public key; None where there is no push, as in the sandbox."""
    door = needs.doors.get("push")
    if door is None:
        return None
    return (await door.receive(Incoming("key", "", {}, b"", "GET"), needs.desk)).body.decode()
