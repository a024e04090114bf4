"""The page of one incident on a whole house, on both databases: what it foresees, its lanes then do."""

from pathlib import Path
from typing import Any

from escalator.core.instant import MINUTE, SECOND
from escalator.rehearsal.foresight import foresee
from tests.engine.live import Live, live, policies
from tests.web.pages.browser import Browser

PEOPLE = "alice: {contacts: {email: alice@example.com}}, bob: {contacts: {email: bob@example.com}}"
LEVELS = "[{notify: [{person: alice}], escalate_after: 5m}, {notify: [{person: bob}], escalate_after: 7m}]"
TEXT = policies(PEOPLE, levels=LEVELS)
MAIL = {"smtp_url": "smtp://127.0.0.1:9", "email_from": "escalator@example.com"}
"""Nothing listens there: each message is tried again and again, and is on its way for as long as it takes."""


async def test_what_the_page_foresees_the_house_does_at_that_instant(database_url: str, tmp_path: Path) -> None:
    async with live(database_url, tmp_path / "p", TEXT, sending=False, **MAIL) as one:
        await one.fire()
        await one.until(one.notifications)
        alone = await one.house.standings.alone(1)
        assert alone is not None
        found = foresee(one.house.world.book, alone)
        second = next(step for step in found.steps if step.event == "paged" and step.level == 2)
        assert [call.person for call in second.calls] == ["bob"]
        page = (await Browser(one.door).get("/incidents/1")).text
        assert page.index("Level 1") < page.index("Now: nobody has answered") < page.index("Level 2")
        one.clock.by += second.at - alone.at - 2 * SECOND
        await one.house.ticker.tick()
        assert len(await one.notifications()) == 1
        one.clock.by += 3 * SECOND
        rows = await one.until(lambda: _second(one))
        assert [(row["person"], row["level"], row["round"]) for row in rows[1:]] == [("bob", 2, second.round)]


async def _second(one: Live) -> list[dict[str, Any]] | None:
    await one.house.ticker.tick()
    rows = await one.notifications()
    return rows if len(rows) > 1 else None


async def test_a_form_of_the_page_acknowledges_and_the_page_then_foresees_the_lapse(
    database_url: str, tmp_path: Path
) -> None:
    async with live(database_url, tmp_path / "p", TEXT, sending=False, **MAIL) as one:
        await one.fire()
        await one.until(one.notifications)
        browser = Browser(one.door)
        page = (await browser.submit("/incidents/1/act", {"act": "acknowledge", "note": "**mine**"})).text
        assert (await one.get("incidents/1"))["status"] == "acknowledged"
        assert "The acknowledgement lapses" in page
        assert "<strong>mine</strong>" in page
        await browser.submit("/incidents/1/act", {"act": "note", "text": "the log is full"})
        assert [line["reason"] for line in (await one.get("incidents/1/timeline"))["items"]][-1] == "the log is full"
        await browser.submit("/incidents/1/act", {"act": "snooze", "for": "30m"})
        snoozed = await one.get("incidents/1")
        assert snoozed["status"] == "snoozed"
        await browser.submit("/incidents/1/act", {"act": "escalate", "level": "2"})
        assert (await one.get("incidents/1"))["level"] == 2
        await browser.submit("/incidents/1/act", {"act": "reassign", "to": "person:alice"})
        page = (await browser.submit("/incidents/1/act", {"act": "resolve"})).text
        assert "it closes when its alerts stop" in page
        await one.fire(resolved=True)
        await one.until(lambda: _over(one))
        page = (await browser.get("/incidents/1")).text
        assert "nothing is left to do" in page
        assert 'value="reopen"' in page
        page = (await browser.submit("/incidents/1/act", {"act": "reopen"})).text
        assert "Open again" in page
        assert (await one.get("incidents/1"))["status"] != "resolved"


async def test_after_a_while_a_resolve_is_not_offered_to_be_taken_back(database_url: str, tmp_path: Path) -> None:
    async with live(database_url, tmp_path / "p", TEXT, sending=False, **MAIL) as one:
        await one.fire()
        await one.fire(resolved=True)
        await one.until(lambda: _over(one))
        one.clock.by += 11 * MINUTE
        browser = Browser(one.door)
        assert 'value="reopen"' not in (await browser.get("/incidents/1")).text
        page = (await browser.submit("/incidents/1/act", {"act": "reopen"})).text
        assert "Nothing was changed: it was resolved more than" in page


async def test_what_was_like_it_says_who_took_it_and_how_it_ended(database_url: str, tmp_path: Path) -> None:
    async with live(database_url, tmp_path / "p", TEXT, sending=False, **MAIL) as one:
        await one.fire()
        browser = Browser(one.door)
        await browser.submit("/incidents/1/act", {"act": "acknowledge"})
        await browser.submit("/incidents/1/act", {"act": "note", "text": "grew the volume"})
        await one.fire(resolved=True)
        await one.until(lambda: _over(one))
        one.clock.by += 20 * MINUTE
        await one.fire(instance="db-2")
        incidents = (await one.get("incidents"))["items"]
        assert len(incidents) == 2
        page = (await browser.get(f"/incidents/{incidents[0]['id']}")).text
        assert "grew the volume" in page
        assert "anonymous took it" in page
        assert "The source resolved it" in page


async def _over(one: Live) -> bool:
    return bool((await one.get("incidents/1"))["status"] == "resolved")
