"""Silences in Chromium: made after a look at what they would hide, extended, ended, taken back; with scripts and
without.
"""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from escalator.core.alert import Matcher, Silence
from escalator.core.instant import DAY, HOUR, rfc3339
from tests.browser.stage import Console, Device, console

LONG = "x" * 120
HOSTILE = '<img src=x onerror="document.title=1">'


async def silences(one: Console) -> list[Silence]:
    return list(await one.house.house.windows.silences())


async def a_silence(one: Console, *matchers: Matcher, after: int = 0, why: str = "moving") -> Silence:
    begins = one.house.clock() + after
    wanted = matchers or (Matcher("alertname", "=", "DiskFull"),)
    return await one.house.house.windows.silence(wanted, begins, begins + 2 * HOUR, "bob", why)


async def silenced(one: Console) -> bool:
    lines = (await one.house.get("incidents/1/timeline"))["items"]
    return [line["event"] for line in lines if line["event"] in ("silenced", "unsilenced")][-1:] == ["silenced"]


@pytest.mark.parametrize("scripts", [True, False])
async def test_made_after_a_look_at_what_it_would_hide_and_taken_back(
    sqlite_url: str, tmp_path: Path, scripts: bool
) -> None:
    async with console(sqlite_url, tmp_path, scripts=scripts, path=None) as one:
        await one.fire("DiskFull", host="a")
        await one.fire("NetDown", host="b")
        page = await one.open("/silences")
        await page.get_by_role("link", name="New silence").first.click()
        await page.get_by_label("Which alerts").fill("alertname=DiskFull\nhost=~a|b")
        await page.get_by_label("For how long").select_option("4 hours")
        await page.get_by_role("button", name="See what it would hide").click()
        # The reason is missing: what it would hide is shown all the same, and the field says what it wants.
        await expect(page.get_by_label("Why (others will ask)")).to_have_attribute("aria-invalid", "true")
        await expect(page.locator("#preview")).to_contain_text("1 alert that fires now, in 1 open incident.")
        assert await silences(one) == []
        await page.get_by_label("Why (others will ask)").fill("new disks")
        await page.get_by_role("button", name="Look again").click()
        await expect(page).to_have_url(re.compile(r"matchers=.*new\+disks"))
        await page.get_by_role("button", name="Make this silence").click()
        await one.seen("Silence made until")
        [made] = await silences(one)
        assert (made.reason, len(made.matchers), made.ends_at - made.starts_at) == ("new disks", 2, 4 * HOUR)
        assert await silenced(one)
        await page.get_by_role("button", name="Undo").click()
        await one.seen("what it hid pages again")
        assert await silences(one) == []
        assert not await silenced(one)


async def test_one_made_elsewhere_appears_by_itself(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path="/silences") as one:
        await one.house.until(lambda: one.feed.listeners)
        asked = {"matchers": ["alertname=DiskFull"], "for": "2h", "reason": "made by a program"}
        answer = await one.house.door.post("/api/v1/silences", json=asked)
        assert answer.status == 201, answer.text
        await one.seen("made by a program")


@pytest.mark.parametrize("scripts", [True, False])
async def test_extended_ended_and_both_taken_back(sqlite_url: str, tmp_path: Path, scripts: bool) -> None:
    async with console(sqlite_url, tmp_path, scripts=scripts, path=None) as one:
        await one.fire("DiskFull")
        made = await a_silence(one)
        page = await one.open(f"/silences/{made.id}")
        await page.get_by_role("button", name="+ 4 h").click()
        await one.seen("Silenced until")
        [longer] = await silences(one)
        assert abs(longer.ends_at - made.ends_at - 4 * HOUR) < 1_000_000
        await page.get_by_role("button", name="Undo").click()
        await expect(page.locator("#said")).to_contain_text("Silenced until")
        await one.house.until(lambda: _ends_near(one, made.ends_at))
        await page.get_by_role("button", name="End now").click()
        await one.seen("what it hid pages again")
        assert not await silenced(one)
        await page.get_by_role("button", name="Undo").click()
        await one.house.until(lambda: _ends_near(one, made.ends_at))
        assert await silenced(one)


async def _ends_near(one: Console, at: int) -> bool:
    found = await silences(one)
    return len(found) == 1 and abs(found[0].ends_at - at) < 1_000_000


async def test_an_exact_end_and_a_mistake_beside_its_field(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path=None) as one:
        made = await a_silence(one)
        page = await one.open(f"/silences/{made.id}")
        end = page.locator("input[name=until]:not([type=hidden])")
        await end.fill("2020-01-01T00:00")
        await page.get_by_role("button", name="Set the end").click()
        await one.seen("It would be over already")
        day = rfc3339(one.house.clock() + 2 * DAY)[:10]
        await end.fill(f"{day}T09:00")
        await page.get_by_role("button", name="Set the end").click()
        await one.seen("Silenced until")
        [now] = await silences(one)
        assert rfc3339(now.ends_at) == f"{day}T09:00:00Z"


async def test_from_the_list_with_the_thumb_alone(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, device="phone", path=None) as one:
        await one.fire("DiskFull")
        made = await a_silence(one)
        page = await one.open("/silences")
        await page.get_by_role("button", name="+ 1 h").tap()
        await one.seen("Silenced until")
        await one.house.until(lambda: _ends_near(one, made.ends_at + HOUR))
        await page.get_by_role("button", name="End now").tap()
        await one.seen("what it hid pages again")
        await expect(page.locator("#silences")).to_contain_text("Over for less than a week")


async def test_it_can_be_shared_and_found(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path=None) as one:
        await a_silence(one, Matcher("service", "=", "ledger"))
        await a_silence(one, Matcher("service", "=", "search"), after=DAY, why="reindex")
        page = await one.open("/silences")
        await page.get_by_text("Filter", exact=True).click()
        await page.get_by_label("Words").fill("reindex")
        await page.get_by_role("button", name="Show", exact=True).click()
        await expect(page.locator("#silences")).to_contain_text("service=search")
        await expect(page.locator("#silences")).not_to_contain_text("service=ledger")
        assert "q=reindex" in page.url


@pytest.mark.parametrize("device", ["desk", "phone", "tiny"])
@pytest.mark.parametrize("dark", [False, True])
async def test_everything_fits_and_axe_finds_nothing_serious(
    sqlite_url: str, tmp_path: Path, device: Device, dark: bool
) -> None:
    async with console(sqlite_url, tmp_path, device=device, dark=dark, path=None) as one:
        await one.fire("DiskFull", host=LONG)
        await one.fire("DiskFull", host=HOSTILE)
        made = await a_silence(one, Matcher("host", "=", LONG), why=f"{HOSTILE} {LONG}")
        await a_silence(one, Matcher("host", "=", HOSTILE), after=DAY)
        preview = f"/silences/new?matchers=host%3D{LONG}&for=2h&reason={LONG}"
        wrong = "/silences/new?matchers=nothing&for=ever"
        page = await one.open("/silences")
        for path in ("/silences", f"/silences/{made.id}", preview, wrong, "/silences/calendar?view=month"):
            await one.goto(path)
            assert await one.fits(), path
            assert await one.wrongs() == [], path
            assert await page.title() != "1", "a stranger's words ran"
