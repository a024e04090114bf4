"""One incident in a real browser: by thumb on a small phone, by keyboard, by a screen reader's order, with and without
scripts; and hostile text in it.
"""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.stage import Device, console

NAMES = ["Opened", "Level 1", "Now: nobody has answered", "If nobody answers: Level 1", "If nobody answers: Level 2"]


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_person_acknowledges_and_sees_that_it_holds(sqlite_url: str, tmp_path: Path, scripts: bool) -> None:
    async with console(sqlite_url, tmp_path, device="phone", scripts=scripts, path=None) as one:
        await one.fire()
        page = await one.open("/incidents/1")
        if scripts:
            await page.evaluate("window.here = true")
        await page.get_by_role("button", name="Acknowledge", exact=True).tap()
        await one.seen("the paging stops")
        await expect(page.locator("#head")).to_contain_text("has it")
        await expect(page.locator("#ladder")).to_contain_text("The acknowledgement lapses")
        await expect(page.get_by_role("button", name="Acknowledge", exact=True)).to_have_count(0)
        assert (await one.house.get("incidents/1"))["status"] == "acknowledged"
        if scripts:
            assert await page.evaluate("window.here"), "the page was not left"
        await page.get_by_role("button", name="Undo").tap()
        await expect(page.get_by_role("button", name="Acknowledge", exact=True)).to_have_count(1)
        assert (await one.house.get("incidents/1"))["status"] == "triggered"


async def unfold(page: Page) -> None:
    """The rarer acts; where another look at the page came between, they may be open still."""
    if await page.locator("#more-acts").get_attribute("open") is None:
        await page.get_by_text("Snooze, reassign, escalate to a level").click()


@pytest.mark.parametrize("scripts", [True, False])
async def test_snooze_reassign_escalate_resolve_and_a_note_by_their_forms(
    sqlite_url: str, tmp_path: Path, scripts: bool
) -> None:
    async with console(sqlite_url, tmp_path, scripts=scripts, path=None) as one:
        await one.fire()
        page = await one.open("/incidents/1")
        await unfold(page)
        await page.get_by_label("Snooze for").select_option("2h")
        await page.get_by_role("textbox", name="Why").fill("waiting for storage")
        await page.get_by_role("button", name="Snooze", exact=True).click()
        await one.seen("nobody is paged before")
        await expect(page.locator("#notes-list")).to_contain_text("waiting for storage")
        await unfold(page)
        await page.get_by_label("Page instead").select_option("person:bob")
        await page.get_by_role("button", name="Reassign", exact=True).click()
        await one.seen("Reassigned to bob")
        await expect(page.locator("#ladder").get_by_role("heading", name="Reassigned").first).to_be_visible()
        await unfold(page)
        await page.get_by_label("Escalate to", exact=True).select_option("2")
        await page.get_by_role("button", name="Escalate", exact=True).click()
        await one.seen("Escalated to level 2")
        await page.get_by_label("Add a note").fill("the *log* is full")
        await page.get_by_role("button", name="Add the note").click()
        await expect(page.locator("#notes-list em")).to_have_text("log")
        await page.get_by_role("button", name="Resolve", exact=True).click()
        await one.seen("it closes when its alerts stop")


async def test_the_ladder_reads_in_order_from_the_past_to_what_comes(sqlite_url: str, tmp_path: Path) -> None:
    # Nobody listens there: messages are tried again and again, so the levels keep their times.
    async with console(sqlite_url, tmp_path, hook="http://127.0.0.1:9/", path=None) as one:
        await one.fire()
        page = await one.open("/incidents/1")
        ladder = page.get_by_role("region", name="The ladder")
        heads = await ladder.get_by_role("list").first.get_by_role("heading", level=3).all_text_contents()
        assert heads[: len(NAMES)] == NAMES
        assert await ladder.get_by_text("what failed is tried again").count() == 1
        spoken = await ladder.aria_snapshot()
        places = [spoken.index(name) for name in ("Level 1", "Now: nobody has answered", "If nobody answers: Level 2")]
        assert places == sorted(places)
        assert "listitem" in spoken
        assert 'link "bob"' in spoken
        titles = await page.get_by_role("heading", level=2).all_text_contents()
        assert titles.index("The ladder") < titles.index("Alerts") < titles.index("Timeline") < titles.index("Notes")


@pytest.mark.parametrize("device", ["desk", "phone", "tiny"])
@pytest.mark.parametrize("dark", [False, True])
async def test_it_fits_and_axe_finds_nothing_serious(
    sqlite_url: str, tmp_path: Path, device: Device, dark: bool
) -> None:
    async with console(sqlite_url, tmp_path, device=device, dark=dark, path=None) as one:
        await one.fire()
        await one.house.fire("DiskFull", instance="db-2")
        page = await one.open("/incidents/1")
        await page.locator("details.small, details.more").evaluate_all("all => all.forEach(each => each.open = true)")
        assert await one.fits()
        assert await one.wrongs() == []
        await one.goto("/incidents/1/why")
        assert await one.fits()
        assert await one.wrongs() == []


HOSTILE = {
    "a" * 10_000: "b" * 10_000,
    "rtl": "\u202egnp.exe\u202c \u2067x",
    "script": "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>",
    "blank": "\n" * 200 + "\t" * 200,
}


@pytest.mark.parametrize("device", ["tiny", "desk"])
async def test_hostile_text_neither_runs_nor_breaks_out_of_its_box(
    sqlite_url: str, tmp_path: Path, device: Device
) -> None:
    async with console(sqlite_url, tmp_path, device=device, path=None) as one:
        words = {f"annotation_{number}": text for number, text in enumerate(HOSTILE.values())}
        words |= {
            "summary": "c" * 10_000,
            "runbook_url": "javascript:window.hacked=1",
            "runbook": HOSTILE["script"] * 3,
        }
        alert = {
            "labels": {"alertname": "d" * 3000, **{f"l{n}": text for n, text in enumerate(HOSTILE.values())}},
            "annotations": words, "status": "firing", "startsAt": "2026-01-01T00:00:00Z",
            "generatorURL": "javascript:window.hacked=1",
        }  # fmt: skip
        await one.house.door.post("/integrations/alertmanager", json={"version": "4", "alerts": [alert]})
        note = {"text": "[x](javascript:window.hacked=1)\n\n" + "e" * 5000 + "\n\n" + HOSTILE["script"]}
        assert (await one.house.door.post("/api/v1/incidents/1/notes", json=note)).status == 200
        page = await one.open("/incidents/1")
        await page.locator("details.small, details.more").evaluate_all("all => all.forEach(each => each.open = true)")
        assert await one.fits()
        assert await page.evaluate("window.hacked") is None
        assert await page.locator("a[href^='javascript']").count() == 0
        outside = await page.evaluate(
            """() => [...document.querySelectorAll('.card, .rung, .label, h1, p')].filter((each) => {
                const box = each.getBoundingClientRect();
                return box.width && box.right > innerWidth + 1;
            }).map((each) => each.outerHTML.slice(0, 100))"""
        )
        assert outside == []


async def test_what_happens_elsewhere_is_seen_and_what_was_opened_and_written_stays(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with console(sqlite_url, tmp_path, path=None) as one:
        await one.fire()
        page = await one.open("/incidents/1")
        await page.locator("#next-pass > summary").click()
        await page.locator("#message-list > summary").click()
        await page.get_by_label("Add a note").fill("half a sen")
        await one.house.door.post("/api/v1/incidents/1/notes", json={"text": "from elsewhere", "by": "bob"})
        await expect(page.locator("#notes-list")).to_contain_text("from elsewhere", timeout=3000)
        await expect(page.get_by_label("Add a note")).to_have_value("half a sen")
        assert await page.locator("#next-pass").get_attribute("open") is not None
        assert await page.locator("#message-list").get_attribute("open") is not None
        await one.house.door.post("/api/v1/incidents/1/acknowledge", json={"by": "bob"})
        await expect(page.locator("#head")).to_contain_text("bob has it", timeout=3000)
        await expect(page.get_by_label("Add a note")).to_have_value("half a sen")


async def test_it_is_acknowledged_by_keyboard_alone(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path=None) as one:
        await one.fire()
        page = await one.open("/incidents/1")
        for _ in range(40):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.value") == "acknowledge":
                break
        await page.keyboard.press("Enter")
        await one.seen("the paging stops")


async def test_return_in_a_field_does_nothing_by_accident(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path=None) as one:
        await one.fire()
        page = await one.open("/incidents/1")
        await page.get_by_text("Snooze, reassign, escalate to a level").click()
        for name in ("Snooze for", "Escalate to", "Page instead"):
            await page.get_by_label(name, exact=True).press("Enter")
            await page.keyboard.press("Escape")
        await page.get_by_role("textbox", name="Why").press("Enter")
        assert (await one.house.get("incidents/1"))["status"] == "triggered"
        assert [line["event"] for line in (await one.house.get("incidents/1/timeline"))["items"]].count(
            "escalated"
        ) == 0
