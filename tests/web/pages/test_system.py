"""The pages of the service itself: health, tokens, audit and the sandbox's outbox."""

from collections.abc import Callable

import pytest
from prometheus_client import CollectorRegistry, Histogram

from escalator.channels.registry import METHODS
from escalator.channels.sandbox import Sandbox
from escalator.core.circuit import Circuit
from escalator.core.instant import MINUTE, SECOND
from escalator.core.spread import Spread
from escalator.engine.health import ChannelHealth, Health
from escalator.store.health import Act, Replica, Waiting
from escalator.web import build
from escalator.web.pages.system.overview import LATENESS, lateness, readable, verdict
from tests.channels.samples import page as message
from tests.web.asgi import Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.pages.browser import Browser

GOOD = ChannelHealth("email", 100, 100, Spread(20_000, 90_000, 100), None, "", (), None)
EVIL = '<script>alert(1)</script>"onmouseover=x'


async def signed_in(house: House, scope: str) -> Browser:
    browser = Browser(Client(build(house.needs)))
    await browser.post("/sign-in", {"token": f"token-{scope}"})
    return browser


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (GOOD, ("done", "works")),
        (GOOD._replace(good=94), ("warn", "unsteady")),
        (GOOD._replace(good=49), ("bad", "failing")),
        (GOOD._replace(took=Spread(SECOND, 6 * SECOND, 100)), ("warn", "slow")),
        (GOOD._replace(attempts=0, good=0), ("", "not used today")),
        (GOOD._replace(circuits=(("Twilio", Circuit(5, NOW, NOW)),)), ("bad", "avoided")),
        (GOOD._replace(waiting=Waiting("email", 3, 0, NOW - MINUTE)), ("done", "works")),
        (GOOD._replace(waiting=Waiting("email", 3, 0, NOW - MINUTE - 1)), ("bad", "stuck")),
        # What waits speaks louder than that nothing was tried: nothing was tried because it is stuck.
        (GOOD._replace(attempts=0, waiting=Waiting("email", 3, 0, NOW - 2 * MINUTE)), ("bad", "stuck")),
    ],
)
def test_a_channel_is_judged_by_what_was_tried_and_what_waits(
    channel: ChannelHealth, expected: tuple[str, str]
) -> None:
    assert verdict(channel, NOW) == expected


def test_lateness_is_told_as_a_bound() -> None:
    registry = CollectorRegistry()
    assert lateness(registry) is None
    histogram = Histogram(LATENESS, "How late", buckets=(0.001, 0.005, 1), registry=registry)
    assert lateness(registry) is None
    for span in (0.0005, 0.002, 3):
        histogram.observe(span)
    assert lateness(registry) == (3, "at most 5 ms", "more than 1.0 s")


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (4096, "4.1 kB"), (315_000, "315 kB"), (5 * 10**12, "5.0 TB")]
)
def test_sizes_are_readable(size: int, words: str) -> None:
    assert readable(size) == words


async def test_health_is_on_one_page_and_what_strangers_wrote_stays_text(house: House) -> None:
    failing = GOOD._replace(
        via="sms", good=10, failed_at=NOW - MINUTE, why=EVIL, circuits=(("Twilio", Circuit(7, NOW - MINUTE, NOW)),)
    )
    replicas = (Replica("here:1", "0.1", 7, NOW - MINUTE, NOW), Replica("gone:2", "0.1", 6, 0, NOW - 2 * MINUTE))
    house.vitals.health = Health((GOOD, failing), replicas, 4096)
    text = (await (await signed_in(house, "read")).get("/system")).text
    for words in ("all taken", "10.0 % taken", "Twilio since", "7 failures in a row", "serves", "gone", "4.1 kB"):
        assert words in text, words
    assert EVIL not in text
    assert "&lt;script&gt;" in text
    assert "The policies name webhook, which is not set up here" in text


async def test_a_process_that_looks_at_no_deadlines_says_so_first(house: House) -> None:
    house.upkeep.answer = (False, house.upkeep.answer[1] | {"findings": ["3 due incidents that nobody advanced"]})
    text = (await (await signed_in(house, "read")).get("/system")).text
    assert "nobody is paged by this process" in text
    assert "3 due incidents that nobody advanced" in text


@pytest.mark.parametrize("path", ["/system/access", "/system/audit", "/system/outbox", "/system/outbox/1/letter"])
async def test_tokens_audit_and_messages_are_for_admins(house: House, path: str) -> None:
    for scope, status in (("read", 403), ("ack", 403)):
        browser = await signed_in(house, scope)
        assert (await browser.get(path)).status == status
        assert path not in (await browser.get("/system")).text


async def test_a_token_is_made_shown_once_and_revoked(house: House) -> None:
    browser = await signed_in(house, "admin")
    fields = {"name": "the laptop", "scope": "ack", "person": "alice", "for": "90d"}
    made = await browser.post("/system/access", fields)
    assert made.status == 200
    [(token, grant)] = [(t, g) for t, g in house.keys.grants.items() if g.name == "the laptop"]
    assert (grant.person, grant.scopes) == ("alice", ("ack",))
    assert token in made.text
    page = await browser.get("/system/access")
    assert token not in page.text
    assert "the laptop" in page.text
    page = await browser.submit(f"/system/access/{grant.id}/revoke")
    assert "Revoked: it opens nothing any more." in page.text
    assert token not in house.keys.grants
    assert "was revoked before" in (await browser.submit(f"/system/access/{grant.id}/revoke")).text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": ""}, "Say what the token is for"),
        ({"scope": "root"}, "is no scope"),
        ({"person": "mallory"}, "no person"),
        ({"for": "soon"}, "is no span"),
    ],
)
async def test_a_token_that_cannot_be_is_asked_for_again_with_what_was_written(
    house: House, fields: dict[str, str], says: str
) -> None:
    browser = await signed_in(house, "admin")
    before = dict(house.keys.grants)
    given = {"name": "kept words", "scope": "read", "person": "", "for": ""} | fields
    answer = await browser.post("/system/access", given)
    assert (answer.status, house.keys.grants) == (422, before)
    assert says in answer.text
    if given["name"]:
        assert 'value="kept words"' in answer.text


async def test_the_audit_is_shown_in_pages_and_by_kind(house: House) -> None:
    house.vitals.audit = [
        Act(id, NOW, "alice", "token.create", '{"name": "x"}', "here:1", id) for id in range(250, 0, -1)
    ]
    house.vitals.audit.insert(0, Act(251, NOW, EVIL, "silence.create", "no json", "here:1", 251))
    browser = await signed_in(house, "admin")
    first = await browser.get("/system/audit")
    assert first.text.count("<tr>") == 101
    assert EVIL not in first.text
    assert "before=152" in first.text
    assert "before=52" in (await browser.get("/system/audit?before=152")).text
    last = await browser.get("/system/audit?before=52")
    assert "Older" not in last.text
    assert "no json" in (await browser.get("/system/audit?act=silence")).text
    assert (await browser.get("/system/audit?act=nonsense&before=1")).status == 200


async def test_without_a_sandbox_there_is_no_outbox_to_see(house: House) -> None:
    browser = await signed_in(house, "admin")
    assert "go out here for real" in (await browser.get("/system/outbox")).text
    assert "Sandbox" not in (await browser.get("/system")).text
    assert (await browser.get("/system/outbox/1/letter")).status == 404


async def test_the_outbox_shows_each_message_where_it_would_have_arrived(new_house: Callable[..., House]) -> None:
    house = new_house()
    house.outbox = sandbox = Sandbox(lambda: NOW)
    for via in METHODS:
        sandbox.take(via, "somewhere", message(incident={"title": EVIL}))
    browser = await signed_in(house, "admin")
    answer = await browser.get("/system/outbox")
    assert EVIL not in answer.text
    assert "frame-src 'self'" in answer.headers["content-security-policy"]
    for look in ("chat", "text", "call", "letter", "notification", "document"):
        assert f"look {look}" in answer.text
    only = (await browser.get("/system/outbox?via=sms")).text
    assert ("look text" in only, "look chat" in only, "1 message." in only) == (True, False, True)
    assert "0 messages." in (await browser.get("/system/outbox?person=nobody")).text


async def test_a_letter_stands_in_a_frame_that_may_do_nothing(house: House) -> None:
    house.outbox = sandbox = Sandbox(lambda: NOW)
    sandbox.take("email", "alice@example.com", message())
    sandbox.take("sms", "+15550100", message())
    browser = await signed_in(house, "admin")
    answer = await browser.get("/system/outbox/1/letter")
    assert "HostDown c1" in answer.text
    assert answer.headers["content-security-policy"].endswith("sandbox")
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert (await browser.get("/system/outbox/2/letter")).status == 404
    assert (await browser.get("/system/outbox/3/letter")).status == 404
