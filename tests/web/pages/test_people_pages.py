"""A person's own page and the list of people: what they show to whom, and what may be done there by whom."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from escalator.channels.desk import Busy, Declined
from escalator.core.alert import identity
from escalator.core.instant import DAY, HOUR, MINUTE
from escalator.core.oncall import Override
from escalator.engine.intake import OURS, fingerprint_ours
from escalator.store.contacts import Device
from escalator.store.tables import AlertRow, OutboxRow
from escalator.web import build
from escalator.web.pages.oncall.trial import PAGE, TEST, labels_of
from tests.web.asgi import Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.pages.browser import Browser
from tests.web.pages.test_oncall_pages import as_who, plain

PHONE = Device("d1", "alice", "https://push.example/secret-endpoint", "p256", "auth", "Alice's phone")
SURE = {"sure": "yes"}


@pytest.fixture
def alice(house: House) -> Browser:
    return as_who(house, "token-alice")


@pytest.fixture
def stranger(house: House) -> Browser:
    """May acknowledge, and is nobody in particular."""
    return as_who(house, "token-ack")


@pytest.fixture
def admin(house: House) -> Browser:
    return as_who(house, "token-admin")


class Desk:
    """Pages by writing down who is paged."""

    def __init__(self, error: Exception | None = None) -> None:
        self.paged: list[tuple[str, str, str]] = []
        self.error = error

    async def page(self, person: str, by: str, text: str) -> None:
        if self.error:
            raise self.error
        self.paged.append((person, by, text))


def open_alert(house: House, kind: Any, by: str = "", incident: int = 9) -> None:
    """As the engine leaves it once the alert fires, with one message to alice."""
    key = identity(OURS, fingerprint_ours(kind.title.format(by=by), labels_of(kind, "alice")))
    house.database.put(
        AlertRow(
            key=key, episode_id=1, incident_id=incident, state=0, severity=0, first_start=NOW, last_start=NOW,
            last_seen=NOW, words=0,
        ),
        page_row(1, incident_id=incident, state="delivered"),
    )  # fmt: skip


def page_row(id: int, **more: Any) -> OutboxRow:
    row = {
        "id": id, "incident_id": id, "round": 1, "level": 1, "attempt": 1, "step": 0, "contact": "person/alice/email",
        "kind": "page", "via": "email", "person": "alice", "target": "person alice", "reason": "r", "priority": 0,
        "not_before": NOW, "state": "sent", "created_at": NOW,
    }  # fmt: skip
    return OutboxRow(**row | more)


# --- the list -------------------------------------------------------------------------------------------------------


async def test_everybody_is_listed_with_duty_teams_and_ways(stranger: Browser) -> None:
    text = plain(await stranger.get("/people"))
    assert "alice primary sre email a…@example.com unverified sms ••• bob – sre email b…@example.com not usable" in text


@pytest.mark.parametrize(
    ("sought", "found"),
    [("ALI", ["alice"]), ("sr", ["alice", "bob"]), ("ob", ["bob"]), ("<b>", []), ("", ["alice", "bob"])],
)
async def test_people_are_found_by_name_and_by_team(stranger: Browser, sought: str, found: list[str]) -> None:
    answer = await stranger.get(f"/people?q={sought}")
    rows = re.findall(r'<tr><th scope="row"><a class="chip ?" href="/people/(\w+)"', answer.text)
    assert rows == found
    assert found or "No name and no team has “<b>” in it." in unescape(answer.text)
    assert "<b>" not in answer.text


# --- duties and load ------------------------------------------------------------------------------------------------


async def test_now_and_next_shifts_with_the_link_that_swaps_them(alice: Browser, house: House) -> None:
    house.windows.all_overrides = [Override("primary", "alice", NOW + 5 * DAY, NOW + 5 * DAY + HOUR, "dentist", "o1")]
    answer = await alice.get("/people/alice")
    text = plain(answer)
    assert "now primary until Sun 22 Nov 11:06 UTC Swap primary" in text
    assert "primary Mon 23 Nov 11:06 to 12:06 UTC · dentist Swap" in text
    assert (
        "/oncall/primary?view=week&amp;from=2026-11-29T11:06:40Z&amp;until=2026-12-06T11:06:40Z#change" in answer.text
    )


async def test_who_has_no_duty_is_told_so(alice: Browser, house: House) -> None:
    house.revisions.book = replace(house.revisions.book, schedules={})
    assert "No duty in the next 60 days." in plain(await alice.get("/people/alice"))


async def test_load_is_drawn_with_a_table_behind(alice: Browser, house: House) -> None:
    night = NOW - 9 * HOUR
    house.database.put(page_row(1), page_row(2, created_at=night), page_row(3, created_at=night - MINUTE))
    answer = await alice.get("/people/alice")
    assert "Week of 16 Nov: 3 pages, 2 by night." in answer.text
    assert re.search(r'<rect class="by-night" x="\d+" y="\d+(\.\d+)?" width="28" height="53.3"/>', answer.text)
    assert "16 Nov 2026 3 2 59.1" in plain(answer)  # on call since Sunday, 11:06, and this week up to now
    assert "no time zone in the policies: days and nights are those of UTC" in plain(answer)


async def test_a_person_whom_nobody_knows_is_not_found(alice: Browser) -> None:
    assert (await alice.get("/people/zoe")).status == 404


# --- contacts -------------------------------------------------------------------------------------------------------


async def test_contacts_are_masked_and_say_how_they_stand(alice: Browser) -> None:
    answer = await alice.get("/people/alice")
    text = plain(answer)
    assert "email unverified a…@example.com Send a code" in text
    assert "sms verified ••• Since 18 Nov 11:06 UTC Prove it again" in text
    assert "alice@example.com" not in answer.text
    assert "ALICE_PHONE" not in answer.text


async def test_a_code_is_asked_for_and_confirmed(alice: Browser, house: House) -> None:
    page = await alice.submit("/people/alice/contacts/email/code")
    assert "A code is on its way by email. It counts for 10 minutes." in plain(page)
    page = await alice.submit("/people/alice/contacts/email/confirm", {"code": " 123456 "})
    assert house.contacts.asked == [("code", "alice", "email", "alice"), ("confirm", "alice", "email", "alice")]
    assert "alice's contact by email is verified." in plain(page)


async def test_a_wrong_code_comes_back_beside_its_field(alice: Browser, house: House) -> None:
    answer = await alice.post("/people/alice/contacts/email/confirm", {"code": "000000"})
    assert answer.status == 422
    assert (
        '<p class="field-problem" id="wrong-contact-email">That is not the code; 4 tries are left.</p>' in answer.text
    )
    assert 'aria-describedby="wrong-contact-email"' in answer.text
    assert house.contacts.standings[0].state == "unverified"


async def test_a_way_that_fails_says_why(admin: Browser) -> None:
    answer = await admin.post("/people/bob/contacts/email/code")
    assert (answer.status, "bob&#39;s contact email cannot be used" in answer.text) == (422, True)
    assert (await admin.post("/people/alice/contacts/pigeon/code")).status == 404


# --- rules, test and page -------------------------------------------------------------------------------------------


async def test_rules_are_told_in_words_and_what_they_come_to_now(alice: Browser) -> None:
    text = plain(await alice.get("/people/alice"))
    # Her e-mail is not verified, and her phone is: so e-mail is kept back.
    assert (
        "High urgency At once by email and sms. As the contacts stand now: At once by sms. This is the default." in text
    )


async def test_a_test_says_exactly_what_it_will_do(alice: Browser) -> None:
    text = plain(await alice.get("/people/alice"))
    assert (
        "Sends one message, marked as a test, to alice alone, by every contact that can be used, all at once, "
        "whatever the rules say: email a…@example.com , sms ••• . It escalates to nobody" in text
    )


async def test_a_test_needs_a_yes_ends_the_one_before_and_is_marked(alice: Browser, house: House) -> None:
    answer = await alice.post("/people/alice/test")
    assert (answer.status, house.intake.complaints) == (422, [])
    assert "Nothing was sent: say that you mean it." in plain(answer)
    page = await alice.submit("/people/alice/test", SURE)
    labels = {"escalator_test": "alice", "severity": "info"}
    assert house.intake.settled == [("Test of contacts", labels)]
    (told,) = house.intake.complaints
    assert told == ("Test of contacts", "A test of alice's contacts, sent by alice. Nothing is wrong.", labels)
    assert "The test is on its way" in plain(page)


async def test_what_became_of_an_open_test_is_shown_and_it_can_be_ended(alice: Browser, house: House) -> None:
    open_alert(house, TEST)
    answer = await alice.get("/people/alice")
    assert "incident 9 What became of it By To State How we know email a…@example.com delivered arrived" in plain(
        answer
    )
    await alice.submit("/people/alice/test/end")
    assert house.intake.settled[0][0] == TEST.title


async def test_not_more_tests_than_six_a_minute(alice: Browser, house: House) -> None:
    for _ in range(6):
        assert (await alice.post("/people/alice/test", SURE)).status == 303
    assert (await alice.post("/people/alice/test", SURE)).status == 429
    assert len(house.intake.complaints) == 6


async def test_a_colleague_is_paged_for_real_after_a_yes(house: House) -> None:
    house.desk = Desk()  # type: ignore[assignment]
    stranger = as_who(house, "token-ack")
    text = plain(await stranger.get("/people/alice"))
    assert "This is no test. It opens a critical incident, “Page from ack robot”, and pages alice by the rule" in text
    assert (await stranger.post("/people/alice/page", {"text": "help"})).status == 422
    page = await stranger.submit("/people/alice/page", {"text": "help", **SURE})
    assert house.desk.paged == [("alice", "ack robot", "help")]
    assert "alice is being paged, by the rule for high urgency." in plain(page)


async def test_a_page_that_is_still_open_is_not_sent_again_in_silence(house: House) -> None:
    house.desk = Desk()  # type: ignore[assignment]
    open_alert(house, PAGE, "ack robot")
    answer = await as_who(house, "token-ack").post("/people/alice/page", SURE)
    assert (answer.status, house.desk.paged) == (422, [])
    assert "Your last page to alice is still open: incident 9." in plain(answer)
    page = await as_who(house, "token-ack").submit("/people/alice/page/end")
    assert house.intake.settled == [("Page from ack robot", {"escalator_page": "alice", "severity": "critical"})]
    assert "Your page to alice is over" in plain(page)
    # Somebody else's page is another incident.
    assert (await as_who(house, "token-admin").post("/people/alice/page", SURE)).status == 303


@pytest.mark.parametrize(("error", "status"), [(Declined("nobody"), 409), (Busy("away"), 503)])
async def test_a_page_that_cannot_be_sent_says_so(house: House, error: Exception, status: int) -> None:
    house.desk = Desk(error)  # type: ignore[assignment]
    assert (await as_who(house, "token-ack").post("/people/alice/page", SURE)).status == status


# --- devices and feeds ----------------------------------------------------------------------------------------------


async def test_a_device_link_is_shown_once_with_what_it_is_worth(alice: Browser) -> None:
    answer = await alice.post("/people/alice/devices/link")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert "http://localhost:8080/devices/for-alice" in answer.text
    assert "give it to nobody else" in plain(answer)


async def test_devices_are_listed_without_their_secrets_tried_and_forgotten(alice: Browser, house: House) -> None:
    house.devices.kept = [PHONE]
    answer = await alice.get("/people/alice")
    assert "Alice's phone push.example Forget" in plain(answer)
    assert "secret-endpoint" not in answer.text
    assert "Sent: 1 devices" in plain(await alice.submit("/people/alice/devices/test"))
    await alice.submit("/people/alice/devices/d1/forget")
    assert house.devices.forgotten == [("alice", "d1", "alice")]
    assert (await alice.post("/people/alice/devices/d1/forget")).status == 404


async def test_a_feed_of_ones_own_is_shown_once_listed_and_revoked(alice: Browser, house: House) -> None:
    made = await alice.post("/people/alice/feeds")
    assert "http://localhost:8080/calendars/feed-f1/alice.ics" in made.text
    page = await alice.get("/people/alice")
    assert ("feed-f1" in page.text, "Feed f1" in plain(page)) == (False, True)
    await alice.submit("/people/alice/feeds/f1/revoke")
    assert house.feeds.kept == {}


# --- who may what ---------------------------------------------------------------------------------------------------

OWN = [
    "feeds", "feeds/f1/revoke", "devices/link", "devices/test", "devices/d1/forget", "contacts/email/code",
    "contacts/email/confirm", "test", "test/end",
]  # fmt: skip


async def changed(house: House) -> tuple[Any, ...]:
    return (
        list(house.feeds.kept), [each.id for each in house.devices.kept], house.contacts.asked, house.intake.complaints,
        house.intake.settled,
    )  # fmt: skip


@pytest.mark.parametrize("act", OWN)
async def test_only_the_person_or_an_admin_changes_anything_of_theirs(house: House, act: str) -> None:
    house.devices.kept = [PHONE]
    await house.feeds.create("person", "alice", "alice")
    before = await changed(house)
    fields = {"code": "123456", **SURE}
    for token in ("token-read", "token-ack"):
        # Saying to be alice is no proof of it.
        browser = as_who(house, token)
        browser.cookies["escalator_me"] = "alice"
        assert (await browser.post(f"/people/alice/{act}", fields)).status == 403, token
    bob = as_who(house, "token-alice")
    if act.startswith(("feeds", "test", "devices/link", "contacts")) and "revoke" not in act:
        assert (await bob.post(f"/people/bob/{act}", fields)).status == 403
    evil = await as_who(house, "token-alice").post(f"/people/alice/{act}", fields, origin="https://evil.example")
    assert (evil.status, await changed(house)) == (403, before)
    assert (await as_who(house, "token-admin").post(f"/people/alice/{act}", fields)).status in (200, 303)


async def test_others_see_the_page_without_what_they_may_not_do(stranger: Browser, house: House) -> None:
    house.devices.kept = [PHONE]
    stranger.cookies["escalator_me"] = "alice"
    page = await stranger.get("/people/alice")
    assert set(re.findall(r'action="/people/alice/([^"]+)"', page.text)) == {"page"}
    assert "Only alice, or an admin, can change contacts, devices and feeds here." in plain(page)
    reader = await as_who(house, "token-read").get("/people/alice")
    assert 'action="/people/' not in reader.text


async def test_a_database_that_is_away_is_said_to_be_away(alice: Browser, house: House) -> None:
    house.database.down = True
    answer = await alice.get("/people/alice")
    assert answer.status == 503


async def test_open_mode_is_everybodys_own_machine(new_house: Any) -> None:
    house = new_house(open_mode=True)
    browser = Browser(Client(build(house.needs)))
    assert 'action="/people/alice/test"' in (await browser.get("/people/alice")).text
