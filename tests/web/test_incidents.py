"""Incidents by JSON: listed, shown, acted on; what is wrong is said with its cure."""

from typing import Any

import pytest

from escalator.core import events
from escalator.core.incident import Status
from escalator.core.instant import DAY, HOUR, MINUTE
from escalator.core.policy import Target
from escalator.web import build
from tests.web.asgi import Answer, Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.rows import an_incident

ONE = "/api/v1/incidents/42"


@pytest.fixture
def client(house: House) -> Client:
    an_incident(house, 42)
    an_incident(house, 43, Status.ACKNOWLEDGED, "Slow api")
    an_incident(house, 44, Status.RESOLVED)
    return Client(build(house.needs), token="token-ack")


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [item["id"] for item in answer.json()["items"]]


def says(answer: Answer, status: int, *words: str) -> None:
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer.body
    for word in words:
        assert word in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["42", "43", "44"]),
        ("status=triggered&status=resolved", ["42", "44"]),
        ("severity=critical", ["42", "43", "44"]),
        ("severity=info", []),
        ("urgency=high&policy=page&person=alice", ["42", "43", "44"]),
        ("urgency=low", []),
        ("match=host%3Ddb-43", ["43"]),
        ("match=host%3D~db-4[34]", ["43", "44"]),
        ("match=host!%3Ddb-43&match=team%3Ddb", ["42", "44"]),
        ("q=slow", ["43"]),
        ("sort=opened_at", ["44", "43", "42"]),
        # Incident 43 opened 43 minutes before 11:06:40.
        ("since=2026-11-18T10:23:40Z&until=2026-11-18T10:24:00Z", ["43"]),
    ],
)
async def test_incidents_are_found_by_every_filter(client: Client, query: str, expected: list[str]) -> None:
    assert ids(await client.get(f"/api/v1/incidents?{query}")) == expected


async def test_pages_follow_each_other_by_cursor(client: Client) -> None:
    first = await client.get("/api/v1/incidents?limit=2")
    second = await client.get(f"/api/v1/incidents?limit=2&cursor={first.json()['next']}")
    assert (ids(first), ids(second), second.json()["next"]) == (["42", "43"], ["44"], None)


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ("match=(", 400, "label=value"),
        ("match=a%3D~(", 400, "RE2"),
        ("match=a%3D~(%3F!b)", 400, "lookaround"),
        ('match=a%3D"\\x"', 400, "quotes"),
        ("cursor=nonsense", 400, "begin without one"),
        ("status=open", 422, "triggered"),
        ("severity=bad", 422, "critical"),
        ("limit=0", 422, "limit"),
        ("limit=1001", 422, "limit"),
        ("since=yesterday", 422, "since"),
        # Without a zone nobody knows which hour is meant.
        ("since=2026-11-18T10:23:40", 422, "timezone"),
        ("sort=title", 422, "opened_at"),
        # A misspelt filter would show too much.
        ("statsu=open", 422, "statsu"),
    ],
)
async def test_a_question_that_cannot_be_read_is_answered_with_its_cure(
    client: Client, query: str, status: int, word: str
) -> None:
    says(await client.get(f"/api/v1/incidents?{query}"), status, word)


async def test_one_incident_is_shown_with_everything_that_belongs_to_it(client: Client) -> None:
    incident = (await client.get(ONE)).json()
    assert (incident["id"], incident["status"], incident["paged"]) == ("42", "triggered", ["alice"])
    assert incident["url"] == "http://localhost:8080/incidents/42"
    [alert] = (await client.get(f"{ONE}/alerts")).json()["items"]
    assert (alert["incident"], alert["labels"]["host"]) == ("42", "db-42")
    assert [line["event"] for line in (await client.get(f"{ONE}/timeline")).json()["items"]] == ["fired", "paged"]
    [told] = (await client.get(f"{ONE}/notifications")).json()["items"]
    assert (told["contact"], told["attempts"][0]["outcome"]) == ("a…@example.com", "temporary")


@pytest.mark.parametrize("part", ["", "/timeline", "/notifications", "/alerts"])
async def test_an_incident_that_is_not_there_is_404(client: Client, part: str) -> None:
    says(await client.get(f"/api/v1/incidents/7{part}"), 404, "GET /api/v1/incidents")


@pytest.mark.parametrize("id", ["abc", "0", "-1", "99999999999999999999", "%00", "1.5"])
async def test_a_number_that_cannot_be_one_is_422(client: Client, id: str) -> None:
    says(await client.get(f"/api/v1/incidents/{id}"), 422, "incident_id")


@pytest.mark.parametrize(
    ("verb", "body", "event"),
    [
        ("acknowledge", None, events.Acknowledged("ack robot")),
        ("acknowledge", {}, events.Acknowledged("ack robot")),
        ("acknowledge", {"by": " carol ", "note": "on it"}, events.Acknowledged("carol", "on it")),
        ("unacknowledge", None, events.Unacknowledged("ack robot")),
        ("snooze", {"for": "1h30m"}, events.Snoozed("ack robot", NOW + HOUR + 30 * MINUTE)),
        ("snooze", {"for": "24h"}, events.Snoozed("ack robot", NOW + DAY)),
        ("snooze", {"until": "2026-11-18T13:06:40+01:00"}, events.Snoozed("ack robot", NOW + HOUR)),
        ("escalate", None, events.Escalated("ack robot")),
        ("escalate", {"level": 2}, events.Escalated("ack robot", 2)),
        ("reassign", {"to": [{"person": "bob"}]}, events.Reassigned("ack robot", (Target("person", "bob"),))),
        ("reassign", {"to": ["person:bob", "bob", "next_on_call:primary", "team:sre", "channel:ops"]}, None),
        ("resolve", {"note": "fixed"}, events.Resolved("ack robot", "fixed")),
        ("reopen", None, events.Reopened("ack robot")),
        ("reopen", {"by": "carol", "note": "the wrong one"}, events.Reopened("carol", "the wrong one")),
        ("notes", {"text": "looking at the disk"}, events.Noted("ack robot", "looking at the disk")),
        # Text that would fake other text in a terminal.
        ("notes", {"text": "a\x1b[2Jb\u202ec\nd"}, events.Noted("ack robot", "a\ufffd[2Jb\ufffdc\nd")),
    ],
)
async def test_a_verb_reaches_the_lifecycle_and_answers_with_the_incident(
    client: Client, house: House, verb: str, body: Any, event: events.Event | None
) -> None:
    answer = await client.post(f"{ONE}/{verb}", json=body)
    assert (answer.status, answer.json()["id"]) == (200, "42"), answer.body
    [(number, asked)] = house.lifecycle.asked
    assert number == 42
    assert asked == event or event is None
    if event is None and isinstance(asked, events.Reassigned):
        assert [target.kind for target in asked.to] == ["person", "person", "next_on_call", "team", "channel"]


async def test_a_second_acknowledgement_is_no_error_and_the_first_keeps_it(client: Client, house: House) -> None:
    first = await client.post(f"{ONE}/acknowledge", json={"by": "carol"})
    second = await client.post(f"{ONE}/acknowledge", json={"by": "dave"})
    assert (first.status, second.status) == (200, 200)
    assert second.json()["acknowledged_by"] == "carol"
    assert second.json()["version"] == first.json()["version"]


async def test_a_token_of_a_person_acts_as_that_person_whatever_the_body_says(client: Client, house: House) -> None:
    bearer = {"authorization": "Bearer token-alice"}
    await client.post(f"{ONE}/acknowledge", json={"by": "mallory"}, headers=bearer)
    assert house.lifecycle.asked == [(42, events.Acknowledged("alice"))]


@pytest.mark.parametrize(
    ("verb", "body", "status", "word"),
    [
        ("snooze", {}, 422, "for"),
        ("snooze", None, 422, "body"),
        ("snooze", {"for": "1h", "until": "2026-11-19T00:00:00Z"}, 422, "not both"),
        ("snooze", {"for": "25h"}, 422, "24 hours"),
        ("snooze", {"for": "soon"}, 422, "1h30m"),
        ("snooze", {"for": "0s"}, 422, "over already"),
        ("snooze", {"until": "2026-11-18T10:00:00Z"}, 422, "over already"),
        ("escalate", {"level": 0}, 422, "level"),
        ("reassign", {"to": []}, 422, "to"),
        ("reassign", {"to": ["mallory"]}, 422, "alice, bob"),
        ("reassign", {"to": [{"schedule": "x"}]}, 422, "primary"),
        ("reassign", {"to": [{"person": "bob", "team": "sre"}]}, 422, "no target"),
        ("reassign", {"to": ["robot:x"]}, 422, "person:alice"),
        ("notes", {"text": ""}, 422, "text"),
        ("notes", {}, 422, "text"),
        ("acknowledge", {"bye": "x"}, 422, "bye"),
        ("acknowledge", {"by": ""}, 422, "by"),
        ("acknowledge", [], 422, "body"),
        ("explode", None, 404, "/docs"),
    ],
)
async def test_an_act_that_cannot_be_read_changes_nothing_and_is_told_why(
    client: Client, house: House, verb: str, body: Any, status: int, word: str
) -> None:
    says(await client.post(f"{ONE}/{verb}", json=body), status, word)
    assert house.lifecycle.asked == []


async def test_a_body_that_is_not_announced_as_json_is_told_so(client: Client) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    says(await client.post(f"{ONE}/acknowledge", body=b'{"by": "x"}', headers=form), 422, "Content-Type")


async def test_what_the_state_forbids_is_409_with_the_reason(client: Client) -> None:
    says(await client.post("/api/v1/incidents/44/acknowledge"), 409, "resolved")


async def test_an_act_on_nothing_is_404(client: Client) -> None:
    says(await client.post("/api/v1/incidents/7/acknowledge"), 404, "GET /api/v1/incidents")


async def test_a_method_that_is_not_there_says_which_is(client: Client) -> None:
    answer = await client.delete(ONE)
    says(answer, 405, "GET")


async def test_an_unreachable_database_is_503_with_the_time_to_come_back(client: Client, house: House) -> None:
    house.database.down = True
    answer = await client.get("/api/v1/incidents")
    says(answer, 503, "Try again")
    assert answer.headers["retry-after"] == "5"
