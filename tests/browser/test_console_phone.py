"""The console on a phone: an app of its own, which shows what was seen last where the line is down, says how old that
is, and never shows one person what another saw.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from escalator.core.instant import SECOND
from escalator.web.events import SLACK
from tests.browser.stage import Console, reached
from tests.browser.test_push import COUNT

CONTROLLED = "navigator.serviceWorker.ready.then(() => Boolean(navigator.serviceWorker.controller))"
KEPT = (
    "caches.open('escalator-seen').then((cache) => cache.keys())"
    ".then((all) => all.map((each) => new URL(each.url).pathname))"
)


@pytest.fixture
async def phone(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Console]:
    """With one open incident, the worker at work, and the list and the incident seen through it."""
    async with reached(sqlite_url, tmp_path, device="phone", path=None, timezone_id="Europe/London") as one:
        await one.fire()
        await quiet(one)
        page = await one.open("/")
        await page.wait_for_function(CONTROLLED)
        await see(one, "/incidents/1")
        await see(one, "/")
        yield one


async def quiet(one: Console) -> None:
    """Nothing more happens by itself, and what happened is older than any page: none is fetched, and so kept, anew."""
    await one.house.until(lambda: told(one))
    one.house.clock.by += SLACK + SECOND


async def told(one: Console) -> bool:
    return await one.house.states() == [("webhook", "page", "delivered")]


async def see(one: Console, path: str) -> None:
    """Opens the page, and waits until what was seen now is kept."""
    began = await one.page.evaluate("Date.now()")
    await one.goto(path)
    await one.page.wait_for_function(
        """([path, began]) => caches.match(path, { cacheName: "escalator-seen" })
            .then((kept) => Boolean(kept) && Number(kept.headers.get("x-escalator-seen")) >= began)""",
        arg=[path, began],
    )


async def offline(one: Console, page: Page | None = None) -> None:
    """The line is down for the page and for its worker."""
    await (page or one.page).context.set_offline(True)


async def later(page: Page, minutes: int) -> None:
    """The phone lay there for so long: what was kept is older by that."""
    await page.evaluate(
        """async (span) => {
            const cache = await caches.open("escalator-seen");
            for (const key of await cache.keys()) {
                const old = await cache.match(key), headers = new Headers(old.headers);
                headers.set("x-escalator-seen", String(Number(headers.get("x-escalator-seen")) - span));
                await cache.put(key, new Response(await old.text(), { headers }));
            }
        }""",
        minutes * 60_000,
    )


async def send(page: Page, action: str) -> None:
    """A form, as a browser without scripts sends it."""
    await page.evaluate(
        """(action) => {
            const form = document.createElement("form");
            Object.assign(form, { method: "post", action });
            document.body.append(form);
            HTMLFormElement.prototype.submit.call(form);
        }""",
        action,
    )


async def sign_out(page: Page) -> None:
    await send(page, "/sign-out")
    await page.wait_for_url("**/sign-in")


async def test_it_can_be_installed_and_opens_with_what_burns(phone: Console) -> None:
    session = await phone.page.context.new_cdp_session(phone.page)
    found = await session.send("Page.getAppManifest")
    assert (found["url"], found["errors"]) == (f"{phone.base}/app.webmanifest", [])
    manifest = json.loads(found["data"])
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    assert {each.get("purpose", "any") for each in manifest["icons"]} == {"any", "maskable"}
    errors = (await session.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    # The one thing that is said of every private window, as a test's is.
    assert [each["errorId"] for each in errors if each["errorId"] != "in-incognito"] == []
    for icon in manifest["icons"]:
        answer = await phone.page.request.get(phone.base + icon["src"])
        assert answer.status == 200, icon


async def test_offline_the_list_shows_what_was_seen_last_and_how_old_it_is(phone: Console) -> None:
    page = phone.page
    await offline(phone)
    await later(page, 14)
    await page.reload()
    said = await page.inner_text("#offline")
    assert "14 minutes ago." in said
    assert said.startswith("As of ")
    assert "You are offline." in said
    assert "DiskFull" in await page.inner_text("main")
    assert await page.evaluate("getComputedStyle(document.body).fontFamily !== ''")
    loaded = await page.evaluate("[...document.styleSheets].every((each) => each.cssRules.length > 0)")
    assert loaded, "the style was kept too"
    assert await phone.fits()
    assert await phone.wrongs() == []


async def test_offline_the_clocks_of_a_page_go_on_and_no_countdown_starts_again(phone: Console) -> None:
    page = phone.page
    before = await page.evaluate("document.body.dataset.now")
    await offline(phone)
    await page.wait_for_timeout(2100)
    await page.goto(f"{phone.base}/incidents/1")
    assert "DiskFull" in await page.inner_text("h1")
    after = await page.evaluate("document.body.dataset.now")
    assert after > before, "the page reckons with the time that passed since"


async def test_the_age_grows_while_one_looks(phone: Console) -> None:
    page = phone.page
    await offline(phone)
    await later(page, 3)
    await page.reload()
    assert "3 minutes ago." in await page.inner_text("#offline")
    await page.evaluate("(line) => { line.dataset.seen -= 600000; }", await page.query_selector("#offline-age"))
    await page.wait_for_selector("text=13 minutes ago.", timeout=8000)


async def test_when_the_line_is_back_the_page_is_fresh_again(phone: Console) -> None:
    page = phone.page
    await offline(phone)
    await page.reload()
    await page.wait_for_selector("#offline")
    await phone.fire("NewTrouble")
    await page.context.set_offline(False)
    await page.wait_for_selector("#offline", state="detached")
    await phone.seen("NewTrouble")


async def test_a_page_that_was_never_seen_says_so_and_leads_to_those_that_were(phone: Console) -> None:
    page = phone.page
    await offline(phone)
    await page.goto(f"{phone.base}/system")
    assert await page.inner_text("h1") == "You are offline"
    await page.click("text=Incident 1")
    await page.wait_for_selector("#offline")
    assert "DiskFull" in await page.inner_text("h1")


async def test_what_is_pressed_offline_is_not_done_and_the_page_says_so(phone: Console) -> None:
    page = phone.page
    await page.goto(f"{phone.base}/incidents/1")
    await offline(phone)
    await page.get_by_role("button", name="Acknowledge").first.click()
    await phone.seen("Nothing was sent: Escalator cannot be reached from here.")
    assert (await phone.house.get("incidents/1"))["status"] == "triggered"


async def test_a_form_that_is_sent_plainly_offline_is_not_done_either(phone: Console) -> None:
    page = phone.page
    await offline(phone)
    await send(page, "/incidents/1")
    await phone.seen("Nothing was sent, and nothing was changed.")


async def test_a_service_that_is_gone_is_told_from_a_phone_that_is_offline(phone: Console) -> None:
    page = phone.page
    worker = page.context.service_workers[0]
    await worker.evaluate("() => { self.fetch = () => Promise.reject(new TypeError('gone')); }")
    await page.reload()
    assert "Escalator cannot be reached." in await page.inner_text("#offline")


async def test_signing_out_forgets_what_was_seen_and_keeps_the_worker_that_is_pushed_to(phone: Console) -> None:
    page = phone.page
    assert set(await page.evaluate(KEPT)) == {"/", "/incidents/1"}
    await sign_out(page)
    await page.wait_for_function(f"{KEPT}.then((all) => all.length === 0)")
    assert await page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 1
    assert await page.evaluate(KEPT) == [], "nor is the page kept where one signs in"
    await offline(phone)
    await page.goto(f"{phone.base}/incidents/1")
    assert "DiskFull" not in await page.inner_text("body")


async def test_an_answer_that_comes_after_signing_out_is_not_kept(phone: Console) -> None:
    page = phone.page
    worker = page.context.service_workers[0]
    await worker.evaluate(
        """() => {
            const fetched = self.fetch, learnt = self.learn;
            self.fetch = async (request) => {
                const answer = await fetched(request);
                if (request.mode !== "navigate") await new Promise((go) => { self.arrive = go; });
                return answer;
            };
            self.learn = async (...all) => { await learnt(...all); self.done = true; };
        }"""
    )
    await page.evaluate("() => { fetch('/').catch(() => undefined); }")
    await phone.house.until(lambda: worker.evaluate("Boolean(self.arrive)"))
    await sign_out(page)
    await worker.evaluate("self.done = false; self.arrive()")
    await phone.house.until(lambda: worker.evaluate("self.done"))
    assert await page.evaluate(KEPT) == []


async def test_whoever_sits_there_next_is_not_shown_what_another_saw(phone: Console) -> None:
    page = phone.page
    await page.context.add_cookies([{"name": "escalator_me", "value": "bob", "url": phone.base}])
    await page.goto(f"{phone.base}/")
    await page.wait_for_function(f"{KEPT}.then((all) => all.length === 1)")
    await offline(phone)
    await page.goto(f"{phone.base}/incidents/1")
    assert await page.inner_text("h1") == "You are offline"
    assert "DiskFull" not in await page.inner_text("body")


async def test_only_the_list_and_incidents_are_kept(phone: Console) -> None:
    for path in ("/system", "/system/access", "/sign-in/nothing", "/docs"):
        await phone.goto(path)
    kept: list[str] = await phone.page.evaluate(KEPT)
    assert "/system/access" not in kept
    assert not [path for path in kept if path.startswith("/sign-in")]


async def test_a_sentence_that_is_said_once_is_not_kept_and_what_another_saw_is_gone_with_it(phone: Console) -> None:
    page = phone.page
    await page.locator("details.who summary").click()
    await page.get_by_label("You act here as").select_option("alice")
    await page.get_by_role("button", name="Set").click()
    await phone.seen("You act as alice here.")
    await page.wait_for_function(f"{KEPT}.then((all) => all.length === 0)")


async def test_a_push_opens_the_incident_and_where_it_is_open_already_brings_it_to_the_front(phone: Console) -> None:
    page = phone.page
    await page.context.grant_permissions(["notifications"], origin=phone.base)
    worker: Any = page.context.service_workers[0]
    told = {"title": "CRITICAL #1 DiskFull", "kind": "page", "url": f"{phone.base}/incidents/1"}
    await worker.evaluate(COUNT)
    await worker.evaluate(
        """() => {
            Object.defineProperty(Notification, "maxActions", { value: 2, configurable: true });
            self.clients.openWindow = async (url) => { self.went = url; };
            WindowClient.prototype.focus = async function () { self.front = this.url; return this; };
        }"""
    )
    press = """async (told) => {
        const notification = { data: told, close() {} };
        const event = new ExtendableEvent("notificationclick");
        Object.assign(event, { notification, action: "" });
        self.dispatchEvent(event);
    }"""
    await worker.evaluate(press, told)
    await phone.house.until(lambda: worker.evaluate("self.went"))
    await page.goto(await worker.evaluate("self.went"))
    assert "DiskFull" in await page.inner_text("h1")
    await worker.evaluate(press, told)
    await phone.house.until(lambda: worker.evaluate("self.front"))
    assert await worker.evaluate("self.front") == told["url"]


async def test_what_was_shown_is_a_day_old_at_most_in_words_that_say_so(phone: Console) -> None:
    page = phone.page
    await offline(phone)
    await later(page, 26 * 60 + 5)
    await page.reload()
    assert "26 hours 5 minutes ago." in await page.inner_text("#offline")


async def test_a_line_that_hangs_is_waited_for_some_seconds_and_no_longer(phone: Console) -> None:
    page = phone.page
    worker = page.context.service_workers[0]
    await worker.evaluate(
        """() => {
            const wait = self.setTimeout;
            self.waited = 0;
            self.setTimeout = (act, span) => { self.waited = span; return wait(act, 20); };
            self.fetch = () => new Promise(() => {});
        }"""
    )
    await page.reload()
    assert "Escalator cannot be reached." in await page.inner_text("#offline")
    assert await worker.evaluate("self.waited") == 8000
