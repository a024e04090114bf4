"""A whole house in this process: real database, real channels, real sinks on loopback, and the doors on top."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from escalator.app.house import House, Plan
from escalator.app.serving import doors
from escalator.channels.registry import build
from escalator.channels.wiring import Wiring
from escalator.core.instant import SECOND, Span
from escalator.store.clock import Local
from escalator.store.db import Database
from escalator.web import build as build_doors
from tests.web.asgi import Answer, Client

PATIENCE = 20.0
"""Seconds: generous, for a loaded machine; a test that passes does not wait for it."""


class Shifted:
    """The real clock, which a test can push forward."""

    def __init__(self) -> None:
        self._real = Local().now
        self.by: Span = 0

    def __call__(self) -> int:
        return self._real() + self.by


def policies(people: str, rules: str = "", levels: str = "[{notify: [{person: alice}]}]") -> str:
    """The shortest policy: everything pages through `page`."""
    page = f"{{storm: off, levels: {levels}}}"
    return f"version: 1\npeople: {{{people}}}\n{rules}\npolicies: {{page: {page}}}\ncatch_all: page\n"


class Live:
    """What a test speaks to."""

    def __init__(self, house: House, clock: Shifted) -> None:
        self.house = house
        self.clock = clock
        self.start_sending: Callable[[], None] = house.delivery.start
        self.door = Client(build_doors(doors(house, open_mode=True)))

    async def fire(self, name: str = "DiskFull", *, resolved: bool = False, **labels: str) -> Answer:
        named = {"alertname": name, "severity": "critical", **labels}
        ends = {"endsAt": "2026-01-01T00:10:00Z"} if resolved else {}
        status = "resolved" if resolved else "firing"
        alert = {"labels": named, "status": status, "startsAt": "2026-01-01T00:00:00Z", **ends}
        return await self.door.post("/integrations/alertmanager", json={"version": "4", "alerts": [alert]})

    async def get(self, path: str) -> Any:
        return (await self.door.get(f"/api/v1/{path}")).json()

    async def notifications(self, incident: int = 1) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get(f"incidents/{incident}/notifications"))["items"]
        return sorted(found, key=lambda each: int(each["id"]))

    async def states(self, incident: int = 1) -> list[tuple[str, str, str]]:
        return [(n["channel"], n["kind"], n["state"]) for n in await self.notifications(incident)]

    async def until(self, question: Callable[[], Any]) -> Any:
        """Asks until the answer is truthy; the answer."""
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = question()
                answer = await answer if asyncio.iscoroutine(answer) or isinstance(answer, Awaitable) else answer
                if answer:
                    return answer
                await asyncio.sleep(0.02)


@asynccontextmanager
async def live(
    url: str,
    folder: Path,
    text: str,
    hook: str = "",
    *,
    sending: bool = True,
    secrets: Mapping[str, str] | None = None,
    **wiring: Any,
) -> AsyncIterator[Live]:
    """One replica at work. `hook`: where `secret:HOOK` leads; `secrets`: where others (`secret:ALICE`) do. Not
    `sending`: nothing leaves before `start_sending`.
    """
    folder.mkdir(exist_ok=True)
    (folder / "main.yaml").write_text(text)
    clock = Shifted()
    settings = Wiring(public_url="http://localhost:8080", outbound_allow=["127.0.0.0/8"], **wiring)
    database = await Database.open(url, clock=clock)
    plan = Plan(
        policies=folder,
        public_url="http://localhost:8080",
        channels=build(settings),
        resolve=lambda a: {HOOK: hook, **(secrets or {})}.get(a, a),
        version="0",
    )
    house = House(database, plan)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(house.stop, 0.2)
        one = Live(house, clock)
        if not sending:
            one.start_sending, house.delivery.start = house.delivery.start, lambda: None  # type: ignore[method-assign]
        await house.start()
        yield one


async def open_link(client: Client, url: str, **fields: str) -> Answer:
    """Opens a link as a browser does, fills the form in, and submits it with the cookie."""
    path = urlsplit(url).path
    page = await client.get(path)
    cookies = [next(iter(SimpleCookie(line).items())) for line in page.headers.getlist("set-cookie")]
    proof = re.search(r'name="proof" value="([^"]+)"', page.text)
    form = urlencode({"proof": proof.group(1) if proof else "", **fields}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for name, morsel in cookies:
        headers["cookie"] = f"{name}={morsel.value}"
    return await client.post(path, body=form, headers=headers)


def bodies(received: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(each) for each in received]


HOOK = "secret:HOOK"
"""The address that `live` fills in with its `hook`."""

LATER = 31 * SECOND
"""Longer than a lease."""
