"""Every page of the console, in the filled house: with scripts and without, on a desk, on a phone and on a small one,
by light and in the dark. It answers, fits, shuts nobody out, and nothing that the page's policy refuses is tried.
"""

from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from pictures.filled import filled
from tests import absent
from tests.browser import everywhere
from tests.browser.everywhere import FOCUS, LOOK, SMALL, STOPS, Place, grave
from tests.browser.stage import DESK, PHONE, TINY
from tests.browser.test_push import FLAGS

PLACES = everywhere.places()
Light = Literal["light", "dark"]
MOST_STOPS = 600
"""Presses of Tab after which a page has no end."""


class Visit:
    """One window that goes from page to page."""

    def __init__(self, page: Page, base: str, light: Light) -> None:
        self.page = page
        self.base = base
        self.light = light
        self.complaints: list[str] = []
        page.on("console", lambda said: self._hear(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def to(self, place: Place) -> list[str]:
        """Goes there; what is wrong with the page."""
        self.complaints.clear()
        answer = await self.page.goto(self.base + place.url)
        assert answer is not None
        # A page that asks again by itself is looked at once it has its answer.
        await self.page.get_by_text("Being proved …").wait_for(state="hidden", timeout=60_000)
        wrong = [] if answer.status == place.status else [f"answers {answer.status}"]
        return wrong + await self.page.evaluate(LOOK)

    async def axe(self) -> list[str]:
        return grave((await Axe().run(self.page)).response)

    async def pale(self, **media: Any) -> list[str]:
        """What cannot be read by the other light: of all that axe asks, only the colours change with it."""
        await self.page.emulate_media(**media)
        found = await Axe().run(self.page, options={"runOnly": ["color-contrast"]})
        await self.page.emulate_media(color_scheme=self.light, contrast="no-preference")
        return grave(found.response)

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)


class Windows:
    """All the windows in which each page is looked at."""

    def __init__(self, browser: Browser, base: str) -> None:
        self._browser = browser
        self._base = base
        self._open: dict[str, Visit] = {}

    async def window(self, name: str, **options: Any) -> Visit:
        """One of its kind stays open: a browser's window costs more than a page."""
        if name not in self._open:
            context = await self._browser.new_context(**options)
            self._open[name] = Visit(await context.new_page(), self._base, options.get("color_scheme", "light"))
        return self._open[name]


@pytest.fixture(scope="module")
async def windows() -> AsyncIterator[Windows]:
    chromium = absent.need("chromium")
    async with filled() as house, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield Windows(browser, house.base)
        await browser.close()


def test_every_page_is_found_and_those_left_out_are_still_there() -> None:
    paths = everywhere.doors()
    assert "/" in paths
    assert "/incidents/{incident_id}" in paths
    assert everywhere.unknown() == [], "these pages need an example in tests/browser/everywhere.py"
    assert everywhere.NOT_HTML.keys() <= set(paths)
    assert everywhere.REFUSED.keys() <= set(paths)
    assert everywhere.EXAMPLES.keys() <= set(paths)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.path)
async def test_at_a_desk_by_light_axe_finds_nothing_serious_and_the_keyboard_shows_where_it_is(
    windows: Windows, place: Place
) -> None:
    visit = await windows.window("desk", **DESK, color_scheme="light", reduced_motion="reduce")
    assert await visit.to(place) == []
    assert await visit.axe() == []
    assert await visit.pale(color_scheme="dark") == []
    assert await visit.pale(contrast="more") == []
    await visit.page.keyboard.press("Tab")
    assert await visit.page.evaluate(FOCUS) == [], "the focus cannot be seen on these"
    assert visit.complaints == []


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.path)
async def test_on_a_phone_in_the_dark_axe_finds_nothing_serious_and_a_finger_hits_each_control(
    windows: Windows, place: Place
) -> None:
    visit = await windows.window("phone", **PHONE, color_scheme="dark", reduced_motion="reduce")
    assert await visit.to(place) == []
    assert await visit.axe() == []
    assert await visit.pale(color_scheme="light") == []
    assert await visit.page.evaluate(SMALL) == [], "these are too small for a finger"
    assert visit.complaints == []


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.path)
async def test_without_scripts_it_fits_the_smallest_phone(windows: Windows, place: Place) -> None:
    visit = await windows.window("tiny", **TINY, java_script_enabled=False)
    assert await visit.to(place) == []
    assert visit.complaints == []


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.path)
async def test_with_scripts_it_fits_the_smallest_phone_and_what_shows_is_what_shows_without(
    windows: Windows, place: Place
) -> None:
    visit = await windows.window("tiny with scripts", **TINY, color_scheme="light")
    assert await visit.to(place) == []
    plain = await windows.window("tiny", **TINY, java_script_enabled=False)
    await plain.to(place)
    assert await _headings(visit.page) == await _headings(plain.page)


async def _headings(page: Page) -> list[str]:
    texts: list[str] = await page.locator("h1, h2").all_inner_texts()
    return texts


async def test_each_page_has_a_title_of_its_own(windows: Windows) -> None:
    visit = await windows.window("tiny", **TINY, java_script_enabled=False)
    titles: dict[str, str] = {}
    for place in PLACES:
        await visit.to(place)
        title = await visit.page.title()
        assert title not in titles, f"{place.url} and {titles[title]} are both called {title!r}"
        titles[title] = place.url


async def test_the_skip_link_comes_first_and_leads_past_the_head(windows: Windows) -> None:
    visit = await windows.window("desk", **DESK, color_scheme="light", reduced_motion="reduce")
    await visit.page.goto(f"{visit.base}/system")
    await visit.page.keyboard.press("Tab")
    assert await visit.page.evaluate("document.activeElement.className") == "skip"
    await visit.page.keyboard.press("Enter")
    assert await visit.page.evaluate("document.activeElement.id") == "main"
    await visit.page.keyboard.press("Tab")
    assert await visit.page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.path)
async def test_the_keyboard_goes_through_each_page_in_the_order_in_which_it_is_read(
    windows: Windows, place: Place
) -> None:
    visit = await windows.window("desk", **DESK, color_scheme="light", reduced_motion="reduce")
    await visit.to(place)
    order: list[str] = await visit.page.evaluate(STOPS)
    field = await visit.page.evaluate("document.activeElement.dataset.stop")
    left = order if field is None else order[int(field) + 1 :]
    assert left
    assert await walked(visit.page, left[-1]) == left


async def walked(page: Page, last: str) -> list[str]:
    """The numbered controls that Tab comes to, as far as `last`. Of a date's parts each is a stop of its own, and a box
    that scrolls is one where nothing in it is.
    """
    met: list[str] = []
    for _ in range(MOST_STOPS):
        await page.keyboard.press("Tab")
        stop = await page.evaluate("document.activeElement.dataset.stop")
        if stop is not None and met[-1:] != [stop]:
            met.append(stop)
        if stop == last:
            break
    return met
