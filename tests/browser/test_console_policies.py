"""The policies in a real browser: an alert is tried, promises are proved by the real child, nothing is cut off."""

from pathlib import Path

import pytest

from tests.browser.stage import TEXT, Device, console

PATHS = ("/policies", "/policies/named/page", "/policies/routes", "/policies/guarantees", "/policies/changes",
         "/policies/files/main.yaml", "/policies/codes/E220")  # fmt: skip


@pytest.mark.parametrize(("device", "dark"), [("desk", False), ("phone", True), ("tiny", False)])
async def test_every_page_of_the_policies_fits_and_shuts_nobody_out(
    sqlite_url: str, tmp_path: Path, device: Device, dark: bool
) -> None:
    async with console(sqlite_url, tmp_path, device=device, dark=dark, path="/policies") as one:
        for path in PATHS:
            await one.goto(path)
            # A page that asks again by itself is looked at once it has its answer.
            await one.page.get_by_text("Being proved …").wait_for(state="hidden", timeout=60_000)
            assert await one.fits(), path
            assert await one.wrongs() == [], path


@pytest.mark.parametrize("scripts", [True, False])
async def test_an_alert_is_tried_and_its_answer_has_an_address(sqlite_url: str, tmp_path: Path, scripts: bool) -> None:
    async with console(sqlite_url, tmp_path, scripts=scripts, path="/policies/routes") as one:
        page = one.page
        await page.get_by_label("Its labels").fill("alertname=DiskFull\nseverity=critical")
        await page.get_by_role("button", name="Where would it go?").click()
        await page.get_by_role("heading", name="It would go by catch_all to policy page").wait_for()
        assert "labels=alertname%3DDiskFull" in page.url
        assert await page.locator(".drawn svg").count() == 1
        await page.get_by_text("The same as a list").click()
        await page.locator("#as-list").get_by_text("+5m").wait_for()


async def test_promises_are_proved_while_one_waits(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path="/policies/guarantees") as one:
        await one.page.get_by_text("different nights were walked").wait_for(timeout=60_000)


async def test_an_alert_that_fires_already_begins_where_its_incident_stands(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, path=None) as one:
        await one.fire("DiskFull", team="db")
        await one.open("/policies/routes?labels=alertname%3DDiskFull%0Aseverity%3Dcritical%0Ateam%3Ddb")
        await one.page.get_by_text("It fires already, in").wait_for()
        await one.page.get_by_role("link", name="incident 1").click()
        await one.page.get_by_role("heading", name="DiskFull").first.wait_for()


@pytest.mark.parametrize("scripts", [True, False])
async def test_an_error_of_what_waits_is_shown_at_its_line_and_its_code_explained(
    sqlite_url: str, tmp_path: Path, scripts: bool
) -> None:
    async with console(sqlite_url, tmp_path, device="tiny", scripts=scripts, path=None) as one:
        (tmp_path / "policies" / "main.yaml").write_text(TEXT.replace("person: bob", "person: bbo"))
        await one.house.house.revisions.look()
        await one.open("/policies")
        assert "bbo" in await one.page.locator(".findings li.meant").first.inner_text()
        assert (await one.fits(), await one.wrongs() if scripts else []) == (True, [])
        await one.page.locator(".findings a").first.click()
        await one.page.get_by_role("heading", name="Right").wait_for()
