"""The page of one incident: what it shows and to whom, what its forms do, and that what strangers wrote stays text."""

import json
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

from escalator.core import events
from escalator.core.incident import Status
from escalator.core.instant import HOUR
from escalator.core.policy import Target
from escalator.store.tables import EpisodeRow, TimelineRow
from escalator.web import build
from tests.web.asgi import Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.pages.browser import Browser
from tests.web.rows import NASTY, an_incident

HTML = {"accept": "text/html"}
ACT = "/incidents/42/act"


@pytest.fixture
def house(new_house: Callable[..., House]) -> House:
    house = new_house()
    an_incident(house, 42)
    return house


def browser(house: House, token: str = "token-alice") -> Browser:
    return Browser(Client(build(house.needs), token=token))


async def test_it_says_what_it_is_who_has_it_and_what_comes(house: House) -> None:
    page = (await browser(house).get("/incidents/42")).text
    assert "<h1>DiskFull db-1</h1>" in page
    for words in ("Nobody has it.", "critical", "Acknowledge as alice", "level 1: alice is on call", "451 try later"):
        assert words in page
    for title in ("The ladder", "Alerts", "Timeline", "Every message", "Notes", "Before", "What changed"):
        assert f">{title}</h2>" in page
    assert 'aria-current="step"' in page


async def test_head_works_and_an_unknown_number_says_so(house: House) -> None:
    client = Client(build(house.needs), token="token-read")
    for path in ("/incidents/42", "/incidents/42/why"):
        assert (await client.request("HEAD", path, headers=HTML)).status == 200
    for path in ("/incidents/7", "/incidents/7/why"):
        answer = await client.get(path, headers=HTML)
        assert (answer.status, "There is no incident 7" in answer.text) == (404, True)
    answer = await browser(house).post("/incidents/7/act", {"act": "acknowledge"})
    assert answer.status == 404


@pytest.mark.parametrize(
    ("fields", "event"),
    [
        ({"act": "acknowledge"}, events.Acknowledged("alice")),
        ({"act": "acknowledge", "note": "mine\r\nnow"}, events.Acknowledged("alice", "mine\nnow")),
        ({"act": "unacknowledge"}, events.Unacknowledged("alice")),
        ({"act": "snooze", "for": "2h"}, events.Snoozed("alice", NOW + 2 * HOUR)),
        ({"act": "escalate"}, events.Escalated("alice")),
        ({"act": "escalate", "level": "2"}, events.Escalated("alice", 2)),
        ({"act": "reassign", "to": "person:bob"}, events.Reassigned("alice", (Target("person", "bob"),))),
        ({"act": "resolve", "note": "fixed"}, events.Resolved("alice", "fixed")),
        ({"act": "reopen"}, events.Reopened("alice")),
        ({"act": "note", "text": "a\r\n\r\nb"}, events.Noted("alice", "a\n\nb")),
    ],
)
async def test_each_form_does_what_its_button_says(house: House, fields: dict[str, str], event: Any) -> None:
    answer = await browser(house).post(ACT, fields)
    assert (answer.status, answer.headers["location"]) == (303, "/incidents/42")
    assert house.lifecycle.asked == [(42, event)]


async def test_an_acknowledgement_is_said_and_can_be_taken_back(house: House) -> None:
    person = browser(house)
    page = (await person.submit(ACT, {"act": "acknowledge"})).text
    assert "Acknowledged by alice: the paging stops" in page
    assert ">Undo</button>" in page
    assert 'value="unacknowledge"' in page
    assert "has it, since" in page
    await person.submit(ACT, {"act": "unacknowledge"})
    assert house.lifecycle.asked[-1] == (42, events.Unacknowledged("alice"))


async def test_who_was_faster_keeps_it(new_house: Callable[..., House]) -> None:
    house = new_house()
    an_incident(house, 42, Status.ACKNOWLEDGED)
    page = (await browser(house).submit(ACT, {"act": "acknowledge"})).text
    assert "bob has it already" in page
    assert ">Undo</button>" not in page, "nobody takes back what another has done"


async def test_what_the_state_forbids_is_said_and_changes_nothing(new_house: Callable[..., House]) -> None:
    house = new_house()
    an_incident(house, 42, Status.RESOLVED)
    page = (await browser(house).submit(ACT, {"act": "acknowledge"})).text
    assert "Nothing was changed: incident 42 is resolved" in page
    assert house.lifecycle.asked == []
    assert "nothing is left to do" in page
    assert 'value="acknowledge"' not in page


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"act": "snooze", "for": "2 hours"}, "is no span"),
        ({"act": "snooze", "for": "25h"}, "at most 24 hours"),
        ({"act": "snooze"}, "is no span"),
        ({"act": "reassign", "to": ""}, "Choose whom to page"),
        ({"act": "reassign", "to": "person:nobody"}, "nobody"),
        ({"act": "reassign", "to": "rubbish"}, "rubbish"),
        ({"act": "escalate", "level": "-1"}, "is no level"),
        ({"act": "escalate", "level": "٣"}, "is no level"),
        ({"act": "escalate", "level": "9" * 500}, "is no level"),
        ({"act": "note", "text": "  "}, "An empty note says nothing"),
        ({"act": "acknowledge", "note": "x" * 10_001}, "At most 10000 characters"),
        ({"act": "explode"}, "choose what to do"),
        ({}, "choose what to do"),
    ],
)
async def test_what_cannot_be_read_is_shown_again_with_the_sentence_beside_it(
    house: House, fields: dict[str, str], says: str
) -> None:
    answer = await browser(house).post(ACT, fields)
    assert answer.status == 422
    assert says in answer.text
    assert house.lifecycle.asked == []


async def test_what_was_written_is_not_lost(house: House) -> None:
    fields = {"act": "snooze", "for": "rubbish", "note": "I saw <this>"}
    page = (await browser(house).post(ACT, fields)).text
    assert ">I saw &lt;this&gt;</textarea>" in page
    assert 'aria-invalid="true"' in page
    assert re.search(r'<details id="more-acts"[^>]* open', page)


async def test_whoever_may_only_look_sees_no_buttons_and_is_refused(house: House) -> None:
    reader = browser(house, "token-read")
    page = (await reader.get("/incidents/42")).text
    assert f'action="{ACT}"' not in page
    assert "You may look, not act" in page
    assert (await reader.post(ACT, {"act": "acknowledge"})).status == 403
    assert house.lifecycle.asked == []


async def test_another_sites_form_does_nothing(house: House) -> None:
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = await browser(house).post(ACT, {"act": "resolve"}, **headers)
        assert answer.status == 403
    assert house.lifecycle.asked == []


async def test_a_get_changes_nothing(house: House) -> None:
    for path in ("/incidents/42?act=acknowledge", "/incidents/42/why", "/incidents/42/act"):
        await browser(house).get(path)
    assert house.lifecycle.asked == []


@pytest.mark.parametrize("breaks", [ValueError("no such policy"), RecursionError("too deep")])
async def test_a_future_that_cannot_be_worked_out_breaks_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, breaks: Exception
) -> None:
    def fails(*_: Any) -> None:
        raise breaks

    monkeypatch.setattr("escalator.web.pages.incidents.future.foresee", fails)
    answer = await browser(house).get("/incidents/42")
    assert answer.status == 200
    assert f"could not be worked out: {type(breaks).__name__}: {breaks}" in answer.text
    assert "Acknowledge as alice" in answer.text


async def test_a_future_that_takes_too_long_is_not_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()
    monkeypatch.setattr("escalator.web.pages.incidents.future.PATIENCE", 0.05)
    monkeypatch.setattr("escalator.web.pages.incidents.future.foresee", lambda *_: held.wait(30))
    answer = await browser(house).get("/incidents/42")
    held.set()
    assert (answer.status, "it took longer than" in answer.text) == (200, True)


async def test_the_database_that_is_away_is_said(house: House) -> None:
    house.database.down = True
    answer = await browser(house).get("/incidents/42")
    assert answer.status == 503


LONG = "A" * 10_000
HOSTILE = [NASTY, LONG, "\u202eevil\u202c", "{{ 7*7 }}", "'\"><svg onload=alert(1)>", "</textarea><script>x</script>"]


@pytest.mark.parametrize("text", HOSTILE, ids=["script", "long", "bidi", "template", "attribute", "closing"])
async def test_what_strangers_wrote_is_text_everywhere(house: House, text: str) -> None:
    an_incident(house, 44, title=text)
    words = {"runbook_url": "javascript:alert(1)", "runbook": f"# {text}\n\n[x](javascript:y)", text: text}
    house.database.put(
        EpisodeRow(
            id=990, incident_id=44, alert_key=990, source=text, fingerprint="00000000000003de", starts_at=NOW,
            labels=json.dumps({"alertname": text, text: text}), generator_url="javascript:alert(1)",
            annotations=json.dumps(words | {"version": text, "summary": text}),
        ),
        TimelineRow(incident_id=44, at=NOW, event="note", reason=text, by=text),
        TimelineRow(incident_id=44, at=NOW, event="acknowledged", reason=text, detail=json.dumps({"note": text})),
    )  # fmt: skip
    for path in ("/incidents/44", "/incidents/44/why", "/incidents/42"):
        page = (await browser(house).get(path)).text
        assert all(each.startswith(' type="module" src="/assets/') for each in page.split("<script")[1:]), "ours alone"
        assert "<svg onload" not in page
        assert 'href="javascript:' not in page
        assert not re.search(r"\son\w+=", re.sub(r">[^<]*<", "><", page))


async def test_what_was_like_it_and_what_changed_is_led_to(house: House) -> None:
    an_incident(house, 43, Status.RESOLVED, "DiskFull db-0")
    page = (await browser(house).get("/incidents/42")).text
    assert '<a href="/incidents/43">DiskFull db-0</a>' in page
    assert "The same alert elsewhere." in page


async def test_why_tells_the_route_and_each_page(house: House) -> None:
    page = (await browser(house).get("/incidents/42/why")).text
    for words in ("routes[0]", "team is &#34;db&#34;", "Level 1", "alice is on call", "Urgency"):
        assert words in page


async def test_the_page_is_light(house: House) -> None:
    """It must load on a bad line; the frame compresses it."""
    answer = await browser(house).get("/incidents/42", **{"accept-encoding": "gzip"})
    assert len(answer.body) < 12_000
