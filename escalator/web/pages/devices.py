"""The page on which a person makes this browser one of their devices, and its script.

The only page with a script: nothing else can ask a browser for push. It is our own file, and may speak to us alone.
The link's signature is all the proof there is; opening the page changes nothing.
"""

from pathlib import Path

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import HTMLResponse, Response

from escalator.channels.desk import Busy, Incoming
from escalator.core.instant import MINUTE
from escalator.store.db import Unavailable
from escalator.web.access import AnyNeeds, Public
from escalator.web.devices import shown
from escalator.web.fields import Body, plain
from escalator.web.needs import Needs
from escalator.web.pages.looks import POLICY, page
from escalator.web.problems import Problem
from escalator.web.shapes import Json
from escalator.web.tally import Tally

router = APIRouter(include_in_schema=False)

_STATIC = Path(__file__).parent / "static"
_FILES = {name: (_STATIC / name).read_bytes() for name in ("push.js", "icon.png", "app.webmanifest")}
_POLICY = f"{POLICY}; script-src 'self'; connect-src 'self'; img-src 'self'; worker-src 'self'; manifest-src 'self'"
_OVER = "This link is over or was not copied whole: make a new one with escalator device link."


def trials() -> Tally:
    """Tests by person: each one makes us call whatever addresses the person's browsers gave."""
    return Tally(6, MINUTE)


class Subscription(Body):
    """What the browser's push manager gave."""

    endpoint: str = Field(max_length=2000)
    p256dh: str = Field(max_length=200)
    auth: str = Field(max_length=200)
    label: str = Field("", max_length=200)


@router.get("/devices/push.js")
async def script(grant: Public) -> Response:
    """What the page does."""
    return Response(_FILES["push.js"], media_type="text/javascript")


@router.get("/devices/icon.png")
async def icon(grant: Public) -> Response:
    """On the notification, and on a home screen."""
    return Response(_FILES["icon.png"], headers={"cache-control": "max-age=86400"}, media_type="image/png")


@router.get("/devices/app.webmanifest")
async def manifest(grant: Public) -> Response:
    """Makes the page an app of its own on the home screen: iPhones take push for nothing else. It says no start_url, so
    that the app opens with the link with which it was put there.
    """
    return Response(_FILES["app.webmanifest"], media_type="application/manifest+json")


@router.get("/devices/{token}")
@router.head("/devices/{token}")
async def show_devices(needs: AnyNeeds, grant: Public, token: str) -> HTMLResponse:
    """Whose device this would become, and which there are."""
    try:
        person = await _whose(needs, token)
        devices = await needs.devices.listed(person) if person else []
        used = await needs.devices.used(token)
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
    headers, told = {"content-security-policy": _POLICY}, [shown(each) for each in devices]
    return page("devices.html", headers=headers, person=person, devices=told, key=key, used=used)


@router.post("/devices/{token}")
async def register_device(needs: AnyNeeds, grant: Public, token: str, body: Subscription) -> Json:
    """This browser takes the person's pages from now on."""
    person = await _proved(needs, token)
    label = " ".join(plain(body.label).split())[:80] or "a browser"
    id = await needs.devices.register(token, person, body.endpoint, body.p256dh, body.auth, label)
    return Json({"id": id, "person": person, "label": label}, 201)


@router.post("/devices/{token}/test")
async def test_devices(needs: AnyNeeds, grant: Public, request: Request, token: str) -> Json:
    """A notification to each of the person's devices, so that they see that it arrives."""
    person = await _proved(needs, token)
    now, trials = needs.database.now(), request.app.state.trials
    if trials.full(person, now):
        raise Problem(429, "Enough tests for now: wait a minute.", headers={"retry-after": "60"})
    trials.add(person, now)
    return Json({"text": f"Sent: {await needs.devices.test(person)}"})


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
