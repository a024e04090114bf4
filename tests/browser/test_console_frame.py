"""The frame around every page: it lives, it fits, it shuts nobody out, and it says when it no longer lives."""

from pathlib import Path

import pytest

from tests.browser.stage import Device, console


@pytest.mark.parametrize("device", ["desk", "phone", "tiny"])
@pytest.mark.parametrize("dark", [False, True])
async def test_the_frame_fits_and_axe_finds_nothing_serious(
    sqlite_url: str, tmp_path: Path, device: Device, dark: bool
) -> None:
    async with console(sqlite_url, tmp_path, device=device, dark=dark, path="/system") as one:
        for path in ("/system", "/system/access", "/system/audit", "/system/outbox", "/docs"):
            await one.goto(path)
            assert await one.fits(), path
            assert await one.wrongs() == [], path


async def test_what_happens_elsewhere_is_seen_without_touching_the_page(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path="/system") as one:
        assert await one.page.locator("#health").count() == 1
        await one.page.evaluate("document.querySelector('#health').dataset.mark = 'old'")
        await one.fire()
        await one.page.locator("#health[data-mark]").wait_for(state="detached")


async def test_a_form_is_sent_without_leaving_the_page_and_says_what_came_of_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with console(sqlite_url, tmp_path, path="/system/access") as one:
        page = one.page
        await page.get_by_label("What it is for").fill("the wall")
        await page.get_by_role("button", name="Make the token").click()
        await one.seen("It is shown this once")
        await one.goto("/system/access")
        await page.evaluate("window.here = true")
        await page.get_by_role("button", name="Revoke the wall").click()
        await one.seen("it opens nothing any more")
        assert await page.evaluate("window.here"), "the page was not left"
        await page.get_by_text("1 that ended").wait_for()


async def test_the_same_forms_work_without_scripts(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path="/system/access", scripts=False) as one:
        page = one.page
        await page.get_by_label("What it is for").fill("the wall")
        await page.get_by_role("button", name="Make the token").click()
        await one.seen("It is shown this once")
        await page.get_by_role("button", name="Revoke the wall").click()
        await one.seen("it opens nothing any more")


async def test_a_mistake_is_shown_beside_the_field_with_what_was_written(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path="/system/access") as one:
        name = one.page.get_by_label("What it is for")
        await name.fill("   ")
        await one.page.get_by_role("button", name="Make the token").click()
        await one.seen("Say what the token is for")


async def test_who_sits_there_is_said_once_and_kept(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path="/system", scripts=False) as one:
        page = one.page
        await page.locator("details.who summary").click()
        await page.get_by_label("You act here as").select_option("alice")
        await page.get_by_role("button", name="Set").click()
        await one.seen("You act as alice here.")
        await one.goto("/system/access")
        assert await page.locator("details.who .name").inner_text() == "alice"
        assert await page.get_by_text("You act as alice here.").count() == 0, "said once"


async def test_a_line_that_is_cut_is_told_and_mended(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path="/system") as one:
        page = one.page
        await one.cut()
        await page.get_by_text("Not live since").wait_for(timeout=20_000)
        await page.context.set_offline(False)
        await page.locator("#line:empty").wait_for(state="attached", timeout=40_000)


async def test_by_keyboard_alone_the_content_is_one_step_away(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path="/system") as one:
        await one.page.keyboard.press("Tab")
        assert await one.page.evaluate("document.activeElement.className") == "skip"
        await one.page.keyboard.press("Enter")
        assert await one.page.evaluate("document.activeElement.id") == "main"
