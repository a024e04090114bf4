"""The on-call pages on a real house, on both databases: what a form does is in the store, in the audit, and arrives."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text

from escalator.core.instant import DAY, HOUR, Instant
from escalator.web.pages.oncall import words
from tests.channels.smtp import Post, post_office
from tests.engine.live import Live, live
from tests.web.pages.browser import Browser
from tests.web.pages.test_oncall_pages import plain

BERLIN = "Europe/Berlin"
ROTA = """\
version: 1
people:
  alice: {contacts: {email: alice@example.com}, timezone: Europe/Berlin}
  bob: {contacts: {email: bob@example.com}}
schedules:
  primary: {timezone: Europe/Berlin, layers: [{people: [alice], every: 1w, starts: 2026-01-05T09:00}]}
policies: {page: {storm: off, levels: [{notify: [{schedule: primary}]}]}}
catch_all: page
"""


class Place:
    """A house, its post, and a browser on it."""

    def __init__(self, house: Live, post: Post) -> None:
        self.house = house
        self.post = post
        self.browser = Browser(house.door)

    @property
    def now(self) -> Instant:
        return self.house.house.database.now()

    async def audited(self, act: str) -> list[dict[str, object]]:
        query = text("SELECT detail FROM audit WHERE act = :act ORDER BY id")
        rows = await self.house.house.database.read(lambda c: c.execute(query, {"act": act}).all())
        return [json.loads(row[0]) for row in rows]

    async def mails(self, count: int) -> list[str]:
        """Of so many mails, once they are there, to whom and about what."""
        await self.house.until(lambda: len(self.post.mails) >= count)
        return [f"{mail['To']}: {mail['Subject']}" for mail in self.post.mails]

    def times(self, start: Instant, end: Instant) -> dict[str, str]:
        return {"from": words.written(start, BERLIN), "until": words.written(end, BERLIN, end=True)}


@asynccontextmanager
async def place(url: str, folder: Path) -> AsyncIterator[Place]:
    post = Post()
    async with post_office(post) as port:
        mail = {"smtp_url": f"smtp://127.0.0.1:{port}?tls=none", "email_from": "escalator@example.com"}
        async with live(url, folder / "p", ROTA, **mail) as house:
            yield Place(house, post)


async def test_an_override_from_the_form_changes_who_is_paged_at_once(database_url: str, tmp_path: Path) -> None:
    async with place(database_url, tmp_path) as here:
        assert "alice now" in plain(await here.browser.get("/oncall"))
        times = here.times(here.now - HOUR, here.now + DAY)
        page = await here.browser.submit("/oncall/primary/override", {"person": "bob", "reason": "flu", **times})
        assert "bob is on call for primary" in plain(page)
        assert "bob now" in plain(await here.browser.get("/oncall"))
        await here.house.fire()
        assert (await here.mails(1))[0].startswith("bob@example.com: ")
        (made,) = await here.audited("override.create")
        assert (made["person"], made["reason"]) == ("bob", "flu")
        await here.browser.submit(f"/oncall/primary/overrides/{made['id']}/end")
        assert await here.audited("override.delete") == [{"id": made["id"]}]
        assert "alice now" in plain(await here.browser.get("/oncall"))


async def test_a_swap_is_asked_told_accepted_and_then_an_override(database_url: str, tmp_path: Path) -> None:
    async with place(database_url, tmp_path) as here:
        times = here.times(here.now + DAY, here.now + DAY + HOUR)
        page = await here.browser.submit("/oncall/primary/swap", {"person": "bob", **times})
        (asked,) = await here.audited("swap.ask")
        assert (asked["asker"], asked["colleague"]) == ("alice", "bob")
        assert (await here.mails(1))[0].startswith("bob@example.com: ")
        assert await here.house.house.windows.overrides() == ()
        accept = re.search(r'action="(/oncall/primary/swaps/\w+/accept)"', page.text)
        assert accept
        page = await here.browser.submit(accept[1], {"as": "bob"})
        assert "bob has the shift now." in plain(page)
        (override,) = await here.house.house.windows.overrides()
        assert (override.person, override.reason) == ("bob", "swap with alice")
        assert "swap with alice" in plain(page)


async def test_a_swap_of_a_shift_that_is_nobodys_own_is_refused_in_words(database_url: str, tmp_path: Path) -> None:
    async with place(database_url, tmp_path) as here:
        bob = here.browser
        bob.cookies["escalator_me"] = "bob"
        times = here.times(here.now + DAY, here.now + DAY + HOUR)
        answer = await bob.post("/oncall/primary/swap", {"person": "alice", **times})
        assert answer.status == 422
        assert "bob is not on call for primary all that time: alice is from" in plain(answer)


async def test_a_test_arrives_marked_is_shown_ended_and_can_be_sent_again(database_url: str, tmp_path: Path) -> None:
    async with place(database_url, tmp_path) as here:
        for number in (1, 2):
            await here.browser.submit("/people/alice/test", {"sure": "yes"})
            await here.house.until(lambda number=number: _sent(here, number))  # type: ignore[misc]
            page = await here.browser.get("/people/alice")
            assert f"incident {number} What became of it" in plain(page)
            assert "a…@example.com sent taken by the provider" in plain(page)
            assert "alice@example.com" not in page.text
        await here.browser.submit("/people/alice/test/end")
        assert (await here.house.get("incidents/2"))["status"] == "resolved"
        assert "What became of it" not in plain(await here.browser.get("/people/alice"))
        assert {each.partition(":")[0] for each in await here.mails(2)} == {"alice@example.com"}


async def _sent(here: Place, incident: int) -> bool:
    return [state for _, kind, state in await here.house.states(incident) if kind == "page"] == ["sent"]


async def test_a_page_from_a_colleague_is_real_and_counts_in_the_load(database_url: str, tmp_path: Path) -> None:
    async with place(database_url, tmp_path) as here:
        here.browser.cookies["escalator_me"] = "alice"
        await here.browser.submit("/people/bob/page", {"sure": "yes", "text": "the lake is on fire"})
        assert (await here.mails(1))[0].startswith("bob@example.com: ")
        assert (await here.house.get("incidents/1"))["severity"] == "critical"
        again = await here.browser.post("/people/bob/page", {"sure": "yes"})
        assert (again.status, "incident 1. End it before" in plain(again)) == (422, True)
        text_ = plain(await here.browser.get("/people/bob"))
        assert "This week so far: 1 page," in text_
        assert "This week so far: 0 pages," in plain(await here.browser.get("/people/alice"))
        page = await here.browser.submit("/people/bob/page/end")
        assert "Your page to bob is over" in plain(page)
        assert (await here.house.get("incidents/1"))["status"] == "resolved"
        await here.browser.submit("/people/bob/page", {"sure": "yes", "text": "and the barn"})
        assert (await here.house.get("incidents/2"))["title"] == "Page from alice: and the barn"


async def test_a_contact_is_proved_with_the_code_that_arrived(database_url: str, tmp_path: Path) -> None:
    async with place(database_url, tmp_path) as here:
        assert "email unverified a…@example.com" in plain(await here.browser.get("/people/alice"))
        await here.browser.submit("/people/alice/contacts/email/code")
        await here.mails(1)
        body = here.post.mails[0].get_body(("plain",))
        assert body is not None
        code = re.search(r"\b\d{6}\b", body.get_content())
        assert code
        wrong = "000000" if code[0] != "000000" else "111111"
        refused = await here.browser.post("/people/alice/contacts/email/confirm", {"code": wrong})
        assert (refused.status, "That is not the code" in plain(refused)) == (422, True)
        page = await here.browser.submit("/people/alice/contacts/email/confirm", {"code": code[0]})
        assert "email verified a…@example.com" in plain(page)
        assert len(await here.audited("contact.verified")) == 1


async def test_a_feed_made_on_the_page_opens_until_it_is_revoked(database_url: str, tmp_path: Path) -> None:
    async with place(database_url, tmp_path) as here:
        made = await here.browser.post("/people/alice/feeds")
        url = re.search(r'value="http://localhost:8080(/calendars/[^"]+)"', made.text)
        assert url
        assert b"BEGIN:VCALENDAR" in (await here.browser.get(url[1])).body
        (feed,) = await here.audited("feed.create")
        await here.browser.submit(f"/people/alice/feeds/{feed['id']}/revoke")
        assert (await here.browser.get(url[1])).status == 404
