"""A thousand pages over mixed channels while one of them hangs: the others do not notice.

Both nights are one run on one machine, so that its noise is in both.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import quantiles

import pytest
from aiohttp import web

from escalator.store.schema import ensure
from tests.channels.smtp import Post, post_office
from tests.channels.test_webhook import endpoint
from tests.engine.live import Live, live
from tests.vendors.twilio import SENDER, SID, TOKEN, twilio

EACH = 250
"""Incidents; each is told by four ways."""
PATIENCE = 0.5
"""Seconds by which the delay of the others may grow."""
POLICIES = """\
version: 1
people:
  ann: {contacts: {email: ann@example.com}}
  ben: {contacts: {sms: "secret:BEN"}}
channels:
  well: {webhook: "secret:WELL"}
  ill: {webhook: "secret:ILL"}
policies:
  page:
    storm: off
    levels: [{notify: [{person: ann}, {person: ben}, {channel: well}, {channel: ill}]}]
catch_all: page
"""


class Night:
    """One thousand pages, and when each arrived."""

    def __init__(self, house: Live, arrived: dict[str, list[float]]) -> None:
        self.house = house
        self.arrived = arrived

    async def fire(self) -> dict[str, list[float]]:
        """By way, the delay of each page in seconds, from the request that brought its alert."""
        fired = [0.0] * EACH

        async def one(number: int) -> None:
            fired[number] = time.monotonic()
            await self.house.fire(f"Disk{number}")

        for start in range(0, EACH, 25):
            await asyncio.gather(*(one(number) for number in range(start, start + 25)))
        ways = [way for way in self.arrived if way != "ill"]
        await self.house.until(lambda: all(len(self.arrived[way]) >= EACH for way in ways))
        return {way: [b - a for a, b in zip(sorted(fired), sorted(self.arrived[way]), strict=True)] for way in ways}


@asynccontextmanager
async def night(url: str, folder: Path, *, hangs: bool) -> AsyncIterator[Night]:
    arrived: dict[str, list[float]] = {way: [] for way in ("email", "sms", "well", "ill")}
    release = asyncio.Event()

    def at(way: str) -> None:
        arrived[way].append(time.monotonic())

    async def well(request: web.Request) -> web.Response:
        at("well")
        return web.Response()

    async def ill(request: web.Request) -> web.Response:
        at("ill")
        if hangs:
            await release.wait()
        return web.Response()

    async with AsyncExitStack() as stack:
        post = Post()
        port = await stack.enter_async_context(post_office(post))
        network, base = await stack.enter_async_context(twilio())
        _, well_url = await stack.enter_async_context(endpoint(well))
        _, ill_url = await stack.enter_async_context(endpoint(ill))
        secrets = {"secret:BEN": "+15551230001", "secret:WELL": well_url, "secret:ILL": ill_url}
        house = await stack.enter_async_context(
            live(
                url, folder, POLICIES, secrets=secrets, smtp_url=f"smtp://127.0.0.1:{port}?tls=none",
                email_from="escalator@example.com", twilio_account_sid=SID, twilio_auth_token=TOKEN,
                twilio_from=SENDER, twilio_api_url=base,
            )
        )  # fmt: skip
        stack.callback(release.set)
        post.mails = _Noted(lambda: at("email"))  # type: ignore[assignment]  # a list that says when it grows
        network.messages = _Noted(lambda: at("sms"))  # type: ignore[assignment]
        yield Night(house, arrived)


class _Noted(list[object]):
    def __init__(self, grew: object) -> None:
        super().__init__()
        self._grew = grew

    def append(self, each: object) -> None:
        super().append(each)
        self._grew()  # type: ignore[operator]

    def insert(self, place: object, each: object) -> None:  # type: ignore[override]
        super().insert(int(str(place)), each)
        self._grew()  # type: ignore[operator]


def p99(delays: list[float]) -> float:
    return quantiles(delays, n=100)[98]


ROUNDS = 3
"""A machine that is busy with something else delays a round; a channel that delays others delays every one."""


@pytest.mark.slow
async def test_a_thousand_pages_while_one_channel_hangs(tmp_path: Path) -> None:
    grown: dict[str, float] = {}
    for number in range(ROUNDS):
        calm = await one_night(tmp_path / f"calm{number}", hangs=False)
        ill = await one_night(tmp_path / f"ill{number}", hangs=True)
        grown = {way: p99(delays) - p99(calm[way]) for way, delays in ill.items()}
        if max(grown.values()) <= PATIENCE:
            return
    raise AssertionError(f"p99 of the others grew by {grown} s in each of {ROUNDS} rounds")


async def one_night(folder: Path, *, hangs: bool) -> dict[str, list[float]]:
    folder.mkdir()
    url = f"sqlite+aiosqlite:///{folder}/escalator.db"
    await ensure(url)
    async with night(url, folder / "policies", hangs=hangs) as one:
        delays = await one.fire()
        if hangs:
            assert 0 < len(one.arrived["ill"]) <= 48, "no more than its share of the senders"
        return delays
