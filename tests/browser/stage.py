"""The console in Debian's Chromium, as people have it: at a desk, on a phone, by light, dark, with scripts or none.

`console(url, folder, …)` serves a real house in this process and opens a browser on it. Whatever the page's policy
refuses, and whatever a script throws, fails the test at its end.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from aiohttp import web
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, async_playwright

from escalator.app.serving import doors
from escalator.web import build
from escalator.web.events import Feed
from escalator.web.server import DoorServer, configuration
from tests import absent
from tests.browser.test_push import FLAGS
from tests.engine.live import Live, live, policies
from tests.vendors.served import served as sink

DESK: Any = {"viewport": {"width": 1280, "height": 900}}
PHONE: Any = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
TINY: Any = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}
DEVICES: dict[str, Any] = {"desk": DESK, "phone": PHONE, "tiny": TINY}
Device = Literal["desk", "phone", "tiny"]
GRAVE = ("serious", "critical")

PEOPLE = "alice: {contacts: {webhook: 'secret:HOOK'}}, bob: {contacts: {webhook: 'secret:HOOK'}}"
RULES = """schedules:
  primary: {timezone: Europe/Berlin, layers: [{people: [alice, bob], every: 1w, starts: 2026-01-05T09:00}]}"""
LEVELS = "[{notify: [{schedule: primary}], escalate_after: 5m}, {notify: [{person: bob}], escalate_after: 10m}]"
TEXT = policies(PEOPLE, RULES, LEVELS)


class Wrong(NamedTuple):
    """What axe found."""

    rule: str
    impact: str
    where: str


class Console:
    """One browser on one house."""

    def __init__(self, house: Live, browser: Browser, base: str, feed: Feed, options: dict[str, Any]) -> None:
        self.house = house
        self.base = base
        self.feed = feed
        self.complaints: list[str] = []
        self._browser = browser
        self._options = options
        self.page: Page

    async def open(self, path: str = "/", **options: Any) -> Page:
        """A page in a context of its own: nobody shares cookies."""
        context = await self._browser.new_context(**(self._options | options))
        self.page = page = await context.new_page()
        page.on("console", lambda said: self._hear(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await self.goto(path)
        return page

    async def goto(self, path: str) -> None:
        await self.page.goto(self.base + path)

    async def fire(self, name: str = "DiskFull", **labels: str) -> None:
        await self.house.fire(name, **labels)

    async def cut(self) -> None:
        """The line goes down, also for who listens already."""
        await self.house.until(lambda: self.feed.listeners)
        await self.page.context.set_offline(True)
        for listener in tuple(self.feed.listeners):
            listener.put_nowait(None)

    async def seen(self, text: str) -> Locator:
        """Waits for these words."""
        found = self.page.get_by_text(text).first
        await found.wait_for()
        return found

    async def fits(self) -> bool:
        """Whether nothing has to be scrolled sideways but boxes of their own."""
        width: int = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return width <= 0

    async def wrongs(self) -> list[Wrong]:
        """What axe-core holds against the page, that is serious or worse."""
        found = await Axe().run(self.page)
        return [
            Wrong(each["id"], each["impact"], node["html"][:200])
            for each in found.response["violations"]
            if each["impact"] in GRAVE
            for node in each["nodes"]
        ]

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)


@asynccontextmanager
async def served(house: Live) -> AsyncIterator[tuple[str, Feed]]:
    """The doors by real HTTP: where, and who listens there. At the end it lets go of them, as `serve` does."""
    needs = doors(house.house, open_mode=True)
    gate = build(needs)
    config = configuration(gate, "127.0.0.1", 0)
    config.lifespan = "off"
    server = DoorServer(config, needs.stopping)
    running = asyncio.ensure_future(server._serve())
    await house.until(lambda: server.started)
    try:
        feed = gate.app.state.feed  # type: ignore[attr-defined]
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", feed
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def console(
    url: str,
    folder: Path,
    *,
    device: Device = "desk",
    scripts: bool = True,
    dark: bool = False,
    text: str = TEXT,
    path: str | None = "/",
    hook: str = "",
    **options: Any,
) -> AsyncIterator[Console]:
    """`url`: the database's; `path`: what is opened at once, None: nothing; `hook`: who takes what people are sent."""
    chromium = absent.need("chromium")
    chosen = (
        DEVICES[device]
        | {"java_script_enabled": scripts, "color_scheme": "dark" if dark else "light", "reduced_motion": "reduce"}
        | options
    )
    async with (
        live(url, folder / "policies", text, hook) as house,
        served(house) as (base, feed),
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            one = Console(house, browser, base, feed, chosen)
            if path is not None:
                await one.open(path)
            yield one
            assert one.complaints == []
        finally:
            await browser.close()


@asynccontextmanager
async def reached(url: str, folder: Path, **options: Any) -> AsyncIterator[Console]:
    """The stage, with somebody who takes what is sent: a hook that refuses opens an incident of its own."""

    async def take(request: web.Request) -> web.Response:
        return web.Response()

    hook = web.Application()
    hook.router.add_post("/", take)
    async with sink(hook) as where, console(url, folder, hook=f"http://{where}/", **options) as one:
        yield one
