"""Acts from the list: on one or many, told what came of each, taken back together; on a fake engine and a real one."""

import re
from collections.abc import AsyncIterator, Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from escalator.core import events
from escalator.core.alert import Severity
from escalator.core.effects import Refused
from escalator.core.events import Event
from escalator.core.incident import Incident, Status
from escalator.core.instant import HOUR
from escalator.core.policy import Target
from escalator.engine.lifecycle import NotFound
from escalator.store.db import Unavailable
from escalator.web import build
from escalator.web.pages.incidents.acts import Outcome, Task, remark_on, taken_back, told
from tests.browser.stage import TEXT
from tests.engine.live import Live, live
from tests.web.asgi import Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.pages.browser import Browser
from tests.web.rows import an_incident

ACT = "/incidents/act"


@pytest.fixture
def house(new_house: Callable[..., House]) -> House:
    house = new_house()
    for id in (41, 42):
        an_incident(house, id)
    an_incident(house, 43, Status.RESOLVED, "Closed one")
    return house


def browser(house: House, token: str = "token-alice") -> Browser:
    return Browser(Client(build(house.needs), token=token))


def said(text: str) -> str:
    found = re.search(r'<div class="notice[^"]*"><p>(.*?)</p>', text, re.DOTALL)
    return unescape(found.group(1)) if found else ""


def undo(text: str) -> list[tuple[str, str]]:
    """The fields of the form that takes it back."""
    said = re.search(r'<div id="said".*?\n</div>', text, re.DOTALL)
    fields = re.findall(r'name="(each)" value="([^"]*)"', said.group()) if said else []
    return [(name, unescape(value)) for name, value in fields]


@pytest.mark.parametrize(
    ("fields", "event"),
    [
        ({"act": "acknowledge"}, events.Acknowledged("alice")),
        ({"act": "acknowledge", "note": " mine "}, events.Acknowledged("alice", "mine")),
        ({"act": "snooze", "for": "2h"}, events.Snoozed("alice", NOW + 2 * HOUR)),
        ({"act": "resolve", "note": "fixed"}, events.Resolved("alice", "fixed")),
        ({"act": "escalate", "for": "1h"}, events.Escalated("alice")),
        ({"act": "reassign", "to": "team:sre"}, events.Reassigned("alice", (Target("team", "sre"),))),
        ({"act": "reassign", "to": "schedule:primary"}, events.Reassigned("alice", (Target("schedule", "primary"),))),
        ({"act": "reopen"}, events.Reopened("alice")),
    ],
)
async def test_each_button_acts_on_all_that_are_chosen(house: House, fields: dict[str, str], event: Event) -> None:
    answer = await browser(house).post(ACT, {**fields, "id": ["41", "42"], "next": "/?q=disk"})
    assert (answer.status, answer.headers["location"]) == (303, "/?q=disk")
    assert house.lifecycle.asked == [(41, event), (42, event)]


async def test_a_rows_own_button_acts_on_that_row_alone(house: House) -> None:
    await browser(house).post(ACT, {"each": "acknowledge:42", "id": ["41"], "act": ""})
    assert house.lifecycle.asked == [(42, events.Acknowledged("alice"))]


async def test_what_was_done_is_said_and_every_refusal_with_its_reason(house: House) -> None:
    page = (await browser(house).submit(ACT, {"act": "acknowledge", "id": ["41", "42", "43", "99"]})).text
    assert said(page) == (
        "Acknowledged #41 and #42. #43 was not changed: incident 43 is resolved: nothing is left to acknowledge. "
        "#99 is not there any more."
    )
    assert 'class="notice warn"' in page
    assert undo(page) == [("each", "unacknowledge:41"), ("each", "unacknowledge:42")]


async def test_several_are_taken_back_at_once(house: House) -> None:
    person = browser(house)
    page = (await person.submit(ACT, {"act": "acknowledge", "id": ["41", "42"]})).text
    house.lifecycle.asked.clear()
    page = (await person.submit(ACT, {"each": [value for _, value in undo(page)]})).text
    assert house.lifecycle.asked == [(id, events.Unacknowledged("alice")) for id in (41, 42)]
    assert said(page) == "Taken back, the paging begins again: #41 and #42."


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"act": "acknowledge"}, "Nothing was done: choose incidents first."),
        ({"id": "42"}, "Nothing was changed: choose what to do."),
        ({"id": "42", "act": "explode"}, "choose what to do"),
        ({"id": "42", "act": "snooze", "for": "soon"}, "is no span"),
        ({"id": "42", "act": "snooze", "for": "25h"}, "A snooze lasts at most 24 hours"),
        ({"id": "42", "act": "reassign", "to": ""}, "Choose whom to page instead."),
        ({"id": "42", "act": "reassign", "to": "person:mallory"}, "know no person 'mallory'"),
        ({"id": "4 2", "act": "acknowledge"}, "'4 2' is no incident"),
        ({"id": "9" * 30, "act": "acknowledge"}, "is no incident"),
        ({"each": "acknowledge"}, "'' is no incident"),
        ({"each": "explode:42"}, "choose what to do"),
        ({"act": "acknowledge", "id": [str(n) for n in range(1, 1002)]}, "at most 1000 at a time"),
    ],
)
async def test_what_cannot_be_read_changes_nothing_and_says_why(house: House, fields: Any, words: str) -> None:
    page = (await browser(house).submit(ACT, fields)).text
    assert words in said(page)
    assert 'class="notice bad"' in page
    assert house.lifecycle.asked == []


async def test_only_who_may_act_acts_and_only_from_our_own_pages(house: House) -> None:
    fields = {"act": "acknowledge", "id": "42"}
    assert (await browser(house, "token-read").post(ACT, fields)).status == 403
    assert (await browser(house).post(ACT, fields, origin="https://evil.example")).status == 403
    assert (await browser(house).post(ACT, fields, **{"sec-fetch-site": "cross-site"})).status == 403
    assert (await Browser(Client(build(house.needs))).post(ACT, fields)).status == 401
    assert (await browser(house).get("/incidents/act")).status in (404, 405, 422)
    assert house.lifecycle.asked == []


async def test_a_database_that_is_away_is_said_and_nothing_was_changed(house: House) -> None:
    house.database.down = True
    answer = await browser(house).post(ACT, {"act": "acknowledge", "id": "42"})
    assert (answer.status, "Nothing was changed" in answer.text or "nothing was changed" in answer.text) == (503, True)


# --- sentences ------------------------------------------------------------------------------------------------------

ACK, SNOOZE, RESOLVE = events.Acknowledged("alice"), events.Snoozed("alice", NOW), events.Resolved("alice")


def became(status: Status, by: str | None = None, **more: Any) -> Incident:
    new = Incident(1, 1, "r", "p", 1, Severity.INFO, True, "t", {}, 0, status=status)
    return new._replace(acknowledged_by=by, **more)


def outcome(event: Event, answer: Incident | Exception, was: str = "triggered", by: str | None = None) -> Outcome:
    return Outcome(Task("x", 1, event), {"status": was, "acknowledged_by": by}, answer)


MINE = became(Status.ACKNOWLEDGED, "alice")
OVER = became(Status.RESOLVED)


@pytest.mark.parametrize(
    ("given", "remark", "done", "back"),
    [
        (outcome(ACK, MINE), "", True, "unacknowledge"),
        # somebody else was faster, or has to acknowledge too
        (outcome(ACK, became(Status.ACKNOWLEDGED, "bob"), "acknowledged", "bob"), "is bob's already, who keeps it",
         False, None),
        (outcome(ACK, became(Status.TRIGGERED, awaited=("carol",))), "still waits for carol", False, None),
        (outcome(ACK, MINE, "acknowledged", "alice"), "", True, None),
        # a snooze goes back to what was
        (outcome(SNOOZE, became(Status.SNOOZED, "alice")), "", True, "unacknowledge"),
        (outcome(SNOOZE, became(Status.SNOOZED, "alice"), "acknowledged", "alice"), "", True, "acknowledge"),
        (outcome(SNOOZE, became(Status.SNOOZED, "alice"), "acknowledged", "bob"), "", True, None),
        # a resolve: over, held while it fires, or over before
        (outcome(RESOLVE, OVER), "", True, "reopen"),
        (outcome(RESOLVE, became(Status.ACKNOWLEDGED, "alice", held_by="alice")),
         "still fires: alice holds it until its source agrees", True, "reopen"),
        (outcome(RESOLVE, OVER, "resolved"), "was resolved already", False, None),
        # what has no way back
        (outcome(events.Escalated("alice"), became(Status.TRIGGERED)), "", True, None),
        # refusals
        (outcome(ACK, Refused("it is resolved: there is nothing left to acknowledge")),
         "is resolved: there is nothing left to acknowledge", False, None),
        (outcome(events.Escalated("alice"), Refused("policy 'p' has no level 3")),
         "was not changed: policy 'p' has no level 3", False, None),
        (Outcome(Task("x", 1, ACK), None, NotFound(1)), "is not there any more", False, None),
        (outcome(ACK, Unavailable("away")), "was not changed, the database could not take it: try again", False, None),
    ],
)  # fmt: skip
def test_every_outcome_has_its_sentence_and_its_way_back(
    given: Outcome, remark: str, done: bool, back: str | None
) -> None:
    assert remark_on(given, "alice") == remark
    sentences, remarks = told([given], "alice")
    assert (bool(sentences), remarks) == (done, [f"#1 {remark}."] if remark else [])
    assert taken_back([given], "alice") == ([f"{back}:1"] if back else [])


def test_many_are_counted_and_many_refusals_are_cut() -> None:
    def many(answer: Incident | Exception) -> list[Outcome]:
        return [outcome(ACK, answer)._replace(task=Task("x", n, ACK)) for n in range(1, 9)]

    assert told(many(MINE), "alice") == (["Acknowledged 8 incidents."], [])
    sentences, remarks = told(many(Refused("it is resolved")), "alice")
    assert (sentences, len(remarks), remarks[-1]) == ([], 6, "And 3 more like these.")


# --- a whole house --------------------------------------------------------------------------------------------------


@pytest.fixture
async def one(database_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    async with live(database_url, tmp_path / "p", TEXT, sending=False) as house:
        yield house


async def statuses(one: Live) -> dict[str, tuple[str, str | None]]:
    found = (await one.get("incidents?sort=opened_at"))["items"]
    return {each["id"]: (each["status"], each["acknowledged_by"]) for each in found}


async def test_a_house_does_what_the_list_asks_and_takes_it_back(one: Live) -> None:
    for name in ("A", "B", "C"):
        await one.fire(name, service=name)
    person = Browser(one.door)
    person.cookies["escalator_me"] = "alice"
    page = (await person.submit(ACT, {"act": "acknowledge", "id": ["1", "2"]})).text
    held = ("acknowledged", "alice")
    assert await statuses(one) == {"1": held, "2": held, "3": ("triggered", None)}
    assert said(page) == "Acknowledged #1 and #2."
    # All of them, the one that is alice's already too.
    page = (await person.submit(ACT, {"act": "snooze", "for": "1h", "id": ["1", "3"]})).text
    assert {key: status for key, (status, _) in (await statuses(one)).items()} == {
        "1": "snoozed", "2": "acknowledged", "3": "snoozed",
    }  # fmt: skip
    page = (await person.submit(ACT, undo(page))).text
    assert await statuses(one) == {"1": held, "2": held, "3": ("triggered", None)}
    page = (await person.submit(ACT, {"act": "resolve", "id": ["1", "2", "3"]})).text
    assert "#3 still fires: alice holds it until its source agrees." in said(page)
    assert "Resolved 3 incidents." in said(page)
    page = (await person.submit(ACT, undo(page))).text
    assert await statuses(one) == {"1": held, "2": held, "3": ("triggered", None)}


async def test_what_its_source_resolved_is_refused_with_its_number(one: Live) -> None:
    await one.fire("A")
    await one.fire("A", resolved=True)
    page = (await Browser(one.door).submit(ACT, {"act": "acknowledge", "id": "1"})).text
    assert said(page).startswith("#1 is resolved: there is nothing left to acknowledge")


async def test_a_reassignment_pages_whom_it_names(one: Live) -> None:
    await one.fire("A")
    page = (await Browser(one.door).submit(ACT, {"act": "reassign", "to": "person:bob", "id": "1"})).text
    assert said(page) == "Reassigned to bob: #1."
    assert [each["person"] for each in await one.notifications()][-1] == "bob"
    assert undo(page) == []


async def test_a_view_is_saved_in_the_database(one: Live) -> None:
    person = Browser(one.door)
    page = (await person.submit("/incidents/views", {"name": "Mine too", "query": "person=alice"})).text
    assert 'aria-current="page">Mine too</a>' in page
    assert [view.name for view in await one.house.views.listed()] == ["Mine too"]
