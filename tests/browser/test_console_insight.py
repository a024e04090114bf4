"""Insight in a browser: charts have names, tables open by keyboard, exports arrive, and a narrow phone holds it all."""

import csv
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from escalator.core.instant import DAY, HOUR, MINUTE, SECOND
from escalator.store.tables import EpisodeRow, TimelineRow
from tests.browser.stage import Console, Device, console
from tests.store.seeds import put, put_incident, put_notification
from tests.store.test_listing import seed

LONG = "VeryLongAlertNameWithoutAnySpaceInIt" * 5
CHARTS = 6


def fill(connection: Connection, now: int) -> None:
    """Ten weeks: one alert that passes by itself, one that people take, and one with a name too long for any screen."""
    for number in range(1, 91):
        name = ("Flicker", "Flicker", "Disk", LONG)[number % 4]
        at, person = now - number * 18 * HOUR, ("alice", "bob", "alice")[number % 3]
        put_incident(
            connection, number + 1000, status="resolved", policy="page", route="catch_all", severity=2, opened_at=at,
            resolved_at=at + (90 * SECOND if name == "Flicker" else HOUR), firing=0,
            labels=json.dumps({"alertname": name, "service": f"svc{number % 3}"}),
        )  # fmt: skip
        put(
            connection, EpisodeRow, id=number + 1000, incident_id=number + 1000, alert_key=number, source="am",
            fingerprint=f"{number:016x}", labels=json.dumps({"alertname": name}), annotations="{}", starts_at=at,
            generator_url="http://prometheus/graph?g0.expr=up+%3D%3D+0",
        )  # fmt: skip
        put_notification(
            connection, number, number + 1000, person=person, sent_at=at, created_at=at, receipt=f"{number}"
        )
        if name == "Disk":
            line = {"event": "acknowledged", "reason": "acknowledged by bob", "by": "bob"}
            put(connection, TimelineRow, incident_id=number + 1000, at=at + number * MINUTE, **line)


@asynccontextmanager
async def insight(url: str, folder: Path, query: str = "", **options: Any) -> AsyncIterator[Console]:
    async with console(url, folder, path=None, **options) as one:
        database = one.house.house.database
        await seed(database, lambda connection: fill(connection, database.now()))
        await one.open(f"/insight{query}")
        yield one


@pytest.mark.parametrize("device", ["desk", "phone", "tiny"])
@pytest.mark.parametrize("dark", [False, True])
async def test_it_fits_shut_and_open_and_axe_finds_nothing_serious(
    sqlite_url: str, tmp_path: Path, device: Device, dark: bool
) -> None:
    async with insight(sqlite_url, tmp_path, "?days=90", device=device, dark=dark) as one:
        assert await one.fits()
        assert await one.wrongs() == []
        await one.page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
        assert await one.fits()
        assert await one.wrongs() == []


async def test_an_empty_house_says_so_and_fits(sqlite_url: str, tmp_path: Path) -> None:
    async with console(sqlite_url, tmp_path, device="tiny", path="/insight") as one:
        await one.seen("No incident opened in this time, and nobody was paged.")
        assert await one.fits()
        assert await one.wrongs() == []
        assert await one.page.get_by_role("img", name="by week").count() == 0


async def test_every_chart_is_a_picture_with_a_name_and_a_description(sqlite_url: str, tmp_path: Path) -> None:
    async with insight(sqlite_url, tmp_path, "?days=90") as one:
        page = one.page
        assert await page.locator("svg.chart").count() == CHARTS
        for name in (
            "Incidents by week",
            "Pages by week",
            "Interruptions by person",
            "Until acknowledged",
            "Until resolved",
        ):
            await page.get_by_role("img", name=name).first.wait_for()
        descriptions = await page.locator("svg.chart > desc").all_text_contents()
        assert all(descriptions)
        assert len(descriptions) == CHARTS
        assert await page.locator("[style]").count() == 0


async def test_the_table_behind_a_chart_opens_by_keyboard_and_says_what_the_chart_says(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with insight(sqlite_url, tmp_path, "?days=90") as one:
        page = one.page
        behind = page.locator("details", has_text="The table behind it: people").first
        await behind.locator("summary").first.focus()
        await page.keyboard.press("Enter")
        table = behind.get_by_role("table", name="People")
        await table.wait_for()
        rows = await table.get_by_role("row").all_inner_texts()
        assert rows[1].split()[0] == "alice"
        drawn = (
            await page.get_by_role("img", name="Interruptions by person, at night")
            .locator("text.figure")
            .all_text_contents()
        )
        assert drawn[0].split()[0] in rows[1].split()
        await page.keyboard.press("Enter")
        assert not await table.is_visible()


async def test_advice_is_opened_and_has_the_rule_to_paste(sqlite_url: str, tmp_path: Path) -> None:
    async with insight(sqlite_url, tmp_path, "?days=90") as one:
        advice = one.page.locator(".advice", has_text="Let it wait 2m longer").first
        await advice.locator("summary").focus()
        await one.page.keyboard.press("Enter")
        text = await advice.locator("pre").inner_text()
        assert 'alert: "Flicker"' in text
        assert "for: 2m" in text


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_filter_leads_to_an_address_that_can_be_shared(sqlite_url: str, tmp_path: Path, scripts: bool) -> None:
    async with insight(sqlite_url, tmp_path, "?zone=UTC", scripts=scripts) as one:
        page = one.page
        person = page.locator("main select[name=person]")
        await page.get_by_text("Another time, one policy, team, person or service").click()
        await person.select_option("bob")
        await page.get_by_role("button", name="Show").click()
        await page.wait_for_url("**person=bob**")
        await one.goto(page.url.removeprefix(one.base))
        assert await person.input_value() == "bob"
        drawn = page.get_by_role("img", name="Interruptions by person, at night").locator("text")
        assert (await drawn.first.text_content() or "").split()[0] == "bob"
        assert await drawn.count() == 2, "his name and his figures"


async def test_an_export_arrives_as_a_file(sqlite_url: str, tmp_path: Path) -> None:
    async with insight(sqlite_url, tmp_path, "?days=90") as one:
        async with one.page.expect_download() as waiting:
            await one.page.get_by_role("link", name="Noisiest alerts as CSV").click()
        download = await waiting.value
        assert download.suggested_filename.startswith("escalator-alerts-")
        text = Path(await download.path()).read_text("utf-8")
        rows = list(csv.DictReader(StringIO(text)))
        assert {row["alertname"] for row in rows} == {"Flicker", "Disk", LONG}
        assert sum(int(row["incidents"]) for row in rows) == 90


async def test_the_periods_are_links_and_the_one_that_is_shown_says_so(sqlite_url: str, tmp_path: Path) -> None:
    async with insight(sqlite_url, tmp_path) as one:
        page = one.page
        current = page.get_by_role("navigation", name="Period").locator("[aria-current=page]")
        assert await current.inner_text() == "30 days"
        await page.get_by_role("link", name="7 days").click()
        await page.wait_for_url("**days=7")
        assert await current.inner_text() == "7 days"


def test_ten_weeks_are_what_is_filled() -> None:
    assert 90 * 18 * HOUR < 10 * 7 * DAY
