"""On call in Chromium: a drag across the calendar makes an override, with a mouse and with a finger; so do links and a
form without scripts; and everything fits a small phone.
"""

from pathlib import Path
from typing import Any

import pytest

from escalator.core.instant import DAY, HOUR, Instant
from escalator.core.oncall import Override
from escalator.web.pages.oncall.days import Week, today, week_of
from tests.browser.stage import Console, Device, console

BERLIN = "Europe/Berlin"
PATHS = (
    "/oncall", "/oncall/primary?view=month", "/oncall/primary?view=week", "/people", "/people/alice",
)  # fmt: skip


def next_week(one: Console) -> Week:
    now = one.house.house.database.now()
    return week_of(today(BERLIN, now + 7 * DAY), BERLIN).weeks[0]


def calendar(week: Week) -> str:
    return f"/oncall/primary?view=week&from={week.days[0].date}"


async def made(one: Console) -> Override:
    """The one override that there is by now."""
    found: tuple[Override, ...] = await one.house.until(one.house.house.windows.overrides)
    (override,) = found
    return override


async def points(one: Console, week: Week, *instants: Instant) -> list[tuple[float, float]]:
    """Where these instants are on the screen, in the row of who is on call."""
    svg = one.page.locator(".strip .scroll > svg").first
    await svg.scroll_into_view_if_needed()
    box: Any = await svg.bounding_box()
    y = box["y"] + box["height"] - 20
    return [(box["x"] + box["width"] * (each - week.since) / (week.until - week.since), y) for each in instants]


async def drag(one: Console, week: Week, start: Instant, end: Instant) -> None:
    (x, y), (to, _) = await points(one, week, start, end)
    mouse = one.page.mouse
    await mouse.move(x, y)
    await mouse.down()
    await mouse.move((x + to) / 2, y, steps=4)
    await mouse.move(to, y, steps=4)
    await mouse.up()


async def test_a_drag_across_the_calendar_makes_an_override(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path=None) as one:
        week = next_week(one)
        page = await one.open(calendar(week))
        tuesday = week.days[1].starts_at
        # A quarter of an hour off either way: it is half hours that are chosen.
        await drag(one, week, tuesday + 8 * HOUR + HOUR // 4, tuesday + 17 * HOUR + HOUR // 4)
        assert page.url.endswith(calendar(week)), "the shift under the pointer was not pressed"
        assert await page.locator("input[name=from]").input_value() == f"{week.days[1].date}T08:00"
        assert await page.locator("input[name=until]").input_value() == f"{week.days[1].date}T17:30"
        # What is to be said next has the focus: the keyboard goes on from there.
        assert await page.evaluate("document.activeElement.name") == "person"
        await page.get_by_label("Who takes it").select_option("bob")
        await page.get_by_label("Why").fill("dentist")
        await page.keyboard.press("Enter")
        await one.seen("bob is on call for primary")
        override = await made(one)
        assert override[:5] == ("primary", "bob", tuesday + 8 * HOUR, tuesday + 17 * HOUR + HOUR // 2, "dentist")
        await page.locator("svg .mark.override").wait_for()
        await page.locator("#said").get_by_role("button", name="Undo").click()
        await one.seen("is ended")
        assert await one.house.house.windows.overrides() == ()


async def test_escape_gives_a_drag_up_and_a_press_is_still_a_press(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path=None) as one:
        week = next_week(one)
        page = await one.open(calendar(week))
        await drag(one, week, week.days[2].starts_at, week.days[3].starts_at)
        assert await page.locator(".chosen").count() == 1
        await page.keyboard.press("Escape")
        assert await page.locator(".chosen").count() == 0
        ((x, y),) = await points(one, week, week.days[4].starts_at)
        await page.mouse.click(x, y)
        await page.wait_for_url("**#change")
        assert await page.locator("input[name=from]").input_value() == f"{week.days[0].date}T09:00"


async def test_a_finger_scrolls_until_it_is_told_to_choose(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, device="phone", path=None) as one:
        week = next_week(one)
        page = await one.open(calendar(week))
        session = await page.context.new_cdp_session(page)

        async def swipe() -> None:
            (x, y), (to, _) = await points(one, week, week.days[0].starts_at + 6 * HOUR, week.days[1].starts_at)
            for kind, at in (("touchStart", x), ("touchMove", (x + to) / 2), ("touchMove", to), ("touchEnd", None)):
                touches = [] if at is None else [{"x": at, "y": y}]
                await session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

        await swipe()
        assert await page.locator("input[name=from]").input_value() == ""
        button = page.get_by_role("button", name="Choose a time on the calendar")
        await button.tap()
        assert await button.get_attribute("aria-pressed") == "true"
        await page.locator(".strip .scroll").evaluate("each => { each.scrollLeft = 0; }")
        await swipe()
        assert await page.locator("input[name=from]").input_value() == f"{week.days[0].date}T06:00"
        assert await button.get_attribute("aria-pressed") == "false"


async def test_without_scripts_a_shift_is_tapped_and_the_form_sent(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path=None, scripts=False) as one:
        week = next_week(one)
        page = await one.open(calendar(week))
        assert not await page.get_by_role("button", name="Choose a time").is_visible()
        await page.locator(".agenda").get_by_role("link", name="Change").last.click()
        assert "#change" in page.url
        start = await page.locator("input[name=from]").input_value()
        assert start.startswith(f"{week.days[0].date}T09:00")
        await page.locator("input[name=until]").fill(f"{week.days[0].date}T12:00")
        await page.get_by_label("Who takes it").select_option("bob")
        await page.get_by_role("button", name="Make the override").click()
        await one.seen("bob is on call for primary")
        assert (await made(one))[1:4] == ("bob", week.since + 9 * HOUR, week.since + 12 * HOUR)
        await page.get_by_role("button", name="End it").click()
        await one.seen("is ended")
        assert await one.house.house.windows.overrides() == ()


async def test_who_is_on_call_now_changes_by_itself(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path="/oncall") as one:
        await one.house.until(lambda: one.feed.listeners)
        (seat,) = (await one.house.get("oncall"))["items"]
        (other,) = {"alice", "bob"} - {seat["person"]}
        asked = {"schedule": "primary", "person": other, "for": "2h", "reason": "dentist"}
        assert (await one.house.door.post("/api/v1/overrides", json=asked)).status == 201
        await one.page.locator("#seats .big").get_by_text(other).wait_for()


async def test_without_scripts_a_swap_is_asked_and_accepted(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path=None, scripts=False) as one:
        week = next_week(one)
        page = await one.open(calendar(week))
        await page.locator(".agenda").get_by_role("link", name="Change").last.click()
        await page.get_by_role("button", name="Ask for a swap").click()
        await one.seen("Anybody on the schedule is asked. Nothing changes until somebody accepts.")
        assert await page.locator("svg .mark.swap.asked").count() == 1
        await page.get_by_role("button", name="Accept").click()
        await one.seen("has the shift now.")
        override = await made(one)
        assert override.reason.startswith("swap with ")


async def test_a_mistake_is_shown_beside_its_field_without_leaving_the_page(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path="/oncall/primary") as one:
        await one.page.get_by_role("button", name="Make the override").click()
        await one.seen("Say who takes it.")
        assert await one.page.evaluate("document.activeElement.name") == "person"
        await one.seen("Say when it ends")
        assert await one.page.get_by_role("button", name="Choose a time on the calendar").is_visible()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("device", ["desk", "tiny"])
async def test_everything_fits_and_axe_finds_nothing_serious(
    sqlite_url: str, tmp_path: Path, device: Device, dark: bool
) -> None:
    async with console(sqlite_url, tmp_path, device=device, dark=dark, path=None) as one:
        await one.open("/oncall")
        now = one.house.house.database.now()
        await one.house.house.windows.override("primary", "bob", now + DAY, now + 2 * DAY, "alice", "dentist " * 20)
        await one.house.house.swaps.ask("primary", *await _shift(one, now), by="alice")
        for path in PATHS:
            await one.goto(path)
            assert await one.fits(), path
            assert await one.wrongs() == [], path


async def _shift(one: Console, now: Instant) -> tuple[Any, ...]:
    """Somebody's time to come: who, whom they ask, from when to when."""
    from escalator.core.oncall import shifts

    schedule = one.house.house.world.book.schedules["primary"]
    overrides = await one.house.house.windows.overrides()
    start, end, person = shifts(schedule, overrides, now + 3 * DAY, now + 20 * DAY)[1]
    return person, None, start, end


async def test_on_a_phone_the_list_comes_first_and_the_calendar_scrolls_in_its_own_box(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with console(sqlite_url, tmp_path, device="tiny", path="/oncall/primary?view=week") as one:
        agenda, strip = one.page.locator(".agenda"), one.page.locator(".strip .scroll").first
        above: Any = await agenda.bounding_box()
        below: Any = await strip.bounding_box()
        assert above["y"] + above["height"] <= below["y"]
        assert await strip.evaluate("each => each.scrollWidth > each.clientWidth")
        # It opens where the present is.
        present: Any = await one.page.locator(".present").bounding_box()
        box: Any = await strip.bounding_box()
        assert box["x"] <= present["x"] <= box["x"] + box["width"]
        assert await one.fits()


async def test_a_test_goes_out_by_every_contact_and_is_ended(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path="/people/alice") as one:
        page = one.page
        await page.get_by_label("Yes, send the test now").check()
        await page.get_by_role("button", name="Test alice's contacts").click()
        await one.seen("The test is on its way")
        await one.seen("What became of it")
        (row,) = await one.house.notifications(1)
        assert (row["person"], row["channel"], row["kind"]) == ("alice", "webhook", "page")
        await page.get_by_role("button", name="End the test").click()
        await one.seen("The test is over.")
        assert (await one.house.get("incidents/1"))["status"] == "resolved"


async def test_a_feed_and_a_device_link_are_shown_once(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path="/people/alice") as one:
        page = one.page
        await page.get_by_role("button", name="Make a calendar feed").click()
        secret = await page.get_by_label("This address is shown once").input_value()
        await page.get_by_role("link", name="I have it: back").click()
        assert secret not in await page.content()
        feed = await page.request.get(one.base + secret.removeprefix("http://localhost:8080"))
        assert (feed.status, "BEGIN:VCALENDAR" in await feed.text()) == (200, True)
        await page.get_by_role("button", name="Revoke feed").click()
        await one.seen("The feed is revoked")
        assert (await page.request.get(one.base + secret.removeprefix("http://localhost:8080"))).status == 404
        await page.get_by_role("button", name="Make a device link").click()
        link = await page.get_by_label("This address is shown once").input_value()
        await page.goto(one.base + link.removeprefix("http://localhost:8080"))
        await one.seen("alice")
