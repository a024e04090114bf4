"""Push in a real Chromium: the page registers its worker, and the worker shows a page and acknowledges it.

No push service can be reached from a test, so two things are ours: what `subscribe` returns, and the delivery of what
our own push service took, through the browser's debugging protocol. Chromium gives no way to press a notification: the
event of the press is made in the worker.
"""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Worker, async_playwright
from uvicorn import Server

from escalator.app.serving import doors
from escalator.web import build
from escalator.web.server import configuration
from tests import absent
from tests.engine.live import Live, live, policies
from tests.vendors.push import Browser, PushService, push_service

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE: Any = {"width": 390, "height": 844}
PEOPLE = "alice: {contacts: {push: browser}}, bob: {contacts: {push: browser}}"
SUBSCRIBE = """
PushManager.prototype.subscribe = async function (options) {
  const key = new Uint8Array(options.applicationServerKey);
  if (key.length !== 65 || key[0] !== 4 || !options.userVisibleOnly) throw new Error("no key of ours");
  const plain = (text) => atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const raw = (text) => Uint8Array.from(plain(text), (letter) => letter.charCodeAt(0)).buffer;
  const keys = %s;
  return { endpoint: %s, getKey: (name) => raw(keys[name]) };
};
"""

COUNT = """() => {
  const show = self.registration.showNotification.bind(self.registration);
  self.shows = 0;
  self.registration.showNotification = (...words) => show(...words).then(() => { self.shows += 1; });
}"""
"""Chromium forgets a notification about which it is asked while it is still being shown: so nobody asks too early."""


@asynccontextmanager
async def served(house: Live) -> AsyncIterator[str]:
    """The doors of a house by real HTTP."""
    config = configuration(build(doors(house.house, open_mode=True)), "127.0.0.1", 0)
    config.lifespan = "off"
    server = Server(config)
    running = asyncio.ensure_future(server._serve())
    await house.until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def chromium(folder: Path, origin: str) -> AsyncIterator[BrowserContext]:
    # A profile on disk: a private window has no push.
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            folder, executable_path=absent.need("chromium"), headless=True, args=FLAGS, viewport=PHONE,
            permissions=["notifications"],
        )  # fmt: skip
        try:
            await context.grant_permissions(["notifications"], origin=origin)
            yield context
        finally:
            await context.close()


class Night:
    """A house, a push service, and alice's phone with the page open."""

    def __init__(self, house: Live, service: PushService, context: BrowserContext, base: str) -> None:
        self.house = house
        self.service = service
        self.context = context
        self.base = base
        self.page: Page

    async def open(self, browser: Browser | None = None) -> Page:
        """`browser`: what subscribing yields; None: Chromium's own answer."""
        self.page = await self.context.new_page()
        if browser is not None:
            await self.page.add_init_script(SUBSCRIBE % (json.dumps(browser.keys), json.dumps(browser.endpoint)))
        made = (await self.house.door.post("/api/v1/people/alice/devices/link", json={})).json()
        await self.page.goto(self.base + made["url"].removeprefix("http://localhost:8080"))
        return self.page

    async def deliver(self, payload: dict[str, Any]) -> None:
        """As the browser does when its push service brings a message."""
        await (await self.worker()).evaluate(COUNT)
        session = await self.context.new_cdp_session(self.page)
        found: list[dict[str, Any]] = []
        session.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
        await session.send("ServiceWorker.enable")
        await self.house.until(lambda: found)
        told = {"origin": self.base, "registrationId": found[0]["registrationId"], "data": json.dumps(payload)}
        await session.send("ServiceWorker.deliverPushMessage", told)

    async def shown(self, number: int) -> list[dict[str, Any]]:
        """What stands on the screen once so many were shown."""
        worker = await self.worker()
        await self.house.until(lambda: worker.evaluate(f"self.shows >= {number}"))
        found: list[dict[str, Any]] = await self.page.evaluate(
            """async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((each) => ({
                title: each.title, body: each.body, tag: each.tag, requireInteraction: each.requireInteraction,
                icon: each.icon,
                actions: each.actions.map((one) => [one.action, one.title]),
            }))"""
        )
        return found

    async def delivered(self) -> bool:
        """Whether the ledger says that the page was shown."""
        return await self.house.states() == [("push", "page", "delivered")]

    async def worker(self) -> Worker:
        await self.house.until(lambda: self.context.service_workers)
        return self.context.service_workers[0]

    async def press(self, action: str = "") -> None:
        """Presses a button, or the notification itself."""
        await (await self.worker()).evaluate(
            """async (action) => {
                const [notification] = await self.registration.getNotifications();
                self.dispatchEvent(new NotificationEvent("notificationclick", { notification, action }));
            }""",
            action,
        )

    async def opened(self, *, buttons: int) -> str:
        """What the worker opens when the notification itself is pressed, in a browser that shows so many buttons."""
        worker = await self.worker()
        await worker.evaluate(
            """(buttons) => {
                Object.defineProperty(Notification, "maxActions", { value: buttons, configurable: true });
                self.clients.openWindow = async (url) => { self.went = url; };
                self.went = "";
            }""",
            buttons,
        )
        await self.press()
        await self.house.until(lambda: worker.evaluate("self.went"))
        found: str = await worker.evaluate("self.went")
        return found


@pytest.fixture
async def night(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Night]:
    absent.need("chromium")
    async with (
        push_service() as service,
        live(sqlite_url, tmp_path / "policies", policies(PEOPLE)) as house,
        served(house) as base,
        chromium(tmp_path / "profile", base) as context,
    ):
        yield Night(house, service, context, base)


async def test_the_page_registers_the_worker_and_waits_for_a_push_service_before_it_registers_anything(
    night: Night,
) -> None:
    page = await night.open()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    await page.click("#use")
    assert (await night.worker()).url == f"{night.base}/worker.js"
    # Without a push service Chromium refuses or waits, by its version.
    words = "Registering|That did not work"
    assert re.match(words, await page.inner_text("#said"))
    assert [each for each in errors if "Content Security Policy" in each] == []
    assert (await night.house.get("people/alice/devices"))["items"] == []


async def test_the_page_can_be_put_on_a_home_screen(night: Night) -> None:
    page = await night.open()
    session = await night.context.new_cdp_session(page)
    found = await session.send("Page.getAppManifest")
    assert (found["url"], found["errors"]) == (f"{night.base}/devices/app.webmanifest", [])
    manifest = found["manifest"]
    assert (manifest["display"], manifest["scope"]) == ("kStandalone", f"{night.base}/")
    assert manifest["startUrl"] == page.url, "it opens with the link that makes this phone a device"


async def test_a_phone_is_registered_shows_a_page_and_acknowledges_it(night: Night) -> None:
    page = await night.open(night.service.browser("phone"))
    if folder := os.environ.get("ESCALATOR_TEST_PICTURES"):
        await page.screenshot(path=Path(folder) / "device.png")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it fits a phone"
    await page.click("#use")
    await page.wait_for_selector("[data-forget]")
    assert await page.is_hidden("#use"), "the link is used up"
    assert await page.is_visible("#test")
    if folder:
        await page.screenshot(path=Path(folder) / "registered.png")

    await night.house.fire()
    await night.house.until(lambda: night.service.taken)
    await night.deliver(night.service.taken[0].payload)
    [seen] = await night.shown(1)
    assert seen["title"] == "CRITICAL #1 DiskFull"
    assert seen["actions"] == [["acknowledge", "Acknowledge"]]
    assert seen["icon"] == f"{night.base}/devices/icon.png"
    assert (seen["tag"], seen["requireInteraction"]) == (night.service.taken[0].payload["tag"], True)
    await night.house.until(night.delivered)

    await night.press("acknowledge")
    [answer] = await night.shown(2)
    assert answer["body"] == "Acknowledged #1 by alice. Paging has stopped."
    assert answer["actions"] == []
    assert (await night.house.get("incidents/1"))["acknowledged_by"] == "alice"

    await page.click("[data-forget]")
    await page.wait_for_selector("text=None yet")
    assert (await night.house.get("people/alice/devices"))["items"] == []


async def test_a_test_is_sent_from_the_page_and_shown(night: Night) -> None:
    page = await night.open(night.service.browser("phone"))
    await page.click("#use")
    await page.wait_for_selector("#test:visible")
    await page.click("#test")
    await page.wait_for_selector("text=Sent: 1 of 1 devices")
    await night.deliver(night.service.taken[0].payload)
    [seen] = await night.shown(1)
    assert (seen["title"], seen["body"]) == ("Test of Escalator", "Pages for alice arrive on this device.")
    assert seen["actions"] == []


async def test_a_pressed_notification_opens_the_incident_or_where_it_has_no_buttons_the_page_that_acknowledges(
    night: Night,
) -> None:
    page = await night.open(night.service.browser("phone"))
    await page.click("#use")
    await page.wait_for_selector("[data-forget]")
    await night.house.fire()
    await night.house.until(lambda: night.service.taken)
    told = night.service.taken[0].payload
    await night.deliver(told)
    await night.shown(1)
    assert await night.opened(buttons=2) == told["url"]
    await night.deliver(told)
    await night.shown(1)
    where = await night.opened(buttons=0)
    assert where == f"{night.base}/replies/link/{told['token']}"
    await page.goto(where)
    await page.check("input[type=radio]")
    await page.click("text=Acknowledge as alice")
    await page.wait_for_selector("text=Acknowledged by alice")
    assert (await night.house.get("incidents/1"))["acknowledged_by"] == "alice"


async def test_while_escalator_cannot_be_reached_the_notification_says_so_and_keeps_its_button(night: Night) -> None:
    page = await night.open(night.service.browser("phone"))
    await page.click("#use")
    await page.wait_for_selector("[data-forget]")
    await night.house.fire()
    await night.house.until(lambda: night.service.taken)
    await night.deliver(night.service.taken[0].payload)
    await night.shown(1)
    worker = await night.worker()
    await worker.evaluate("() => { self.kept = self.fetch; self.fetch = () => Promise.reject(new TypeError()); }")
    await night.press("acknowledge")
    [answer] = await night.shown(2)
    assert answer["body"].startswith("Not acknowledged: Escalator cannot be reached")
    assert answer["actions"] == [["acknowledge", "Acknowledge"]]
    await worker.evaluate("() => { self.fetch = self.kept; }")
    await night.press("acknowledge")
    [answer] = await night.shown(3)
    assert answer["body"] == "Acknowledged #1 by alice. Paging has stopped."
