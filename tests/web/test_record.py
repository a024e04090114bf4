"""The record's door: whole incidents page by page, for whoever may read, and what is wrong said with its cure."""

from typing import Any

import pytest

from escalator.core.incident import Status
from escalator.core.instant import MINUTE
from escalator.rehearsal.history.recording import from_record
from escalator.store.tables import TimelineRow
from escalator.web import build
from escalator.web.build import application
from tests.web.asgi import Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.rows import NASTY, an_incident

DOOR = "/api/v1/record"


@pytest.fixture
def client(house: House) -> Client:
    """The newest is 42, and each opened a minute before the one with the next lower number."""
    an_incident(house, 42)
    an_incident(house, 43, Status.ACKNOWLEDGED)
    an_incident(house, 44, Status.RESOLVED)
    house.database.put(
        TimelineRow(incident_id=43, at=NOW + MINUTE, event="acknowledged", reason="acknowledged by bob", by="bob")
    )
    return Client(build(house.needs), token="token-read")


async def asked(client: Client, query: str = "") -> dict[str, Any]:
    answer = await client.get(f"{DOOR}?{query}")
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


async def test_a_record_has_alerts_and_incidents_in_the_order_in_which_they_opened(client: Client) -> None:
    record = await asked(client)
    assert list(record) == ["alerts", "incidents", "next"]
    assert [incident["id"] for incident in record["incidents"]] == [44, 43, 42]
    assert record["next"] is None
    assert record["alerts"][1] == {
        "incident": 43, "source": "alertmanager", "fingerprint": f"{43:016x}", "annotations": {"summary": NASTY},
        "labels": {"alertname": "DiskFull", "team": "db", "host": "db-43"}, "starts_at": "2026-11-18T11:06:40Z",
        "ends_at": None, "received_at": "2026-11-18T11:06:40Z",
    }  # fmt: skip
    assert record["incidents"][1] == {
        "id": 43, "route": "routes[0]", "policy": "page", "revision": 7, "severity": "critical",
        "opened_at": "2026-11-18T10:23:40Z", "resolved_at": None,
        "acknowledged": [{"at": "2026-11-18T11:07:40Z", "by": "bob"}],
        "paged": [{"person": "alice", "at": "2026-11-18T11:06:40Z"}],
    }  # fmt: skip


async def test_pages_are_joined_to_what_the_replay_reads(client: Client) -> None:
    first = await asked(client, "limit=2")
    second = await asked(client, f"limit=2&cursor={first['next']}")
    joined = {part: first[part] + second[part] for part in ("alerts", "incidents")}
    assert joined == {part: found for part, found in (await asked(client)).items() if part != "next"}
    assert (first["next"] is None, second["next"]) == (False, None)
    recording = from_record(joined)
    assert len(recording.deliveries) == 1  # all began at the same instant, one ended at it
    assert [(answer.at, answer.by) for answer in recording.answers] == [(NOW + MINUTE, "bob")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # Incident 43 opened 43 minutes before 11:06:40.
        ("since=2026-11-18T10:23:40Z", [43, 42]),
        ("until=2026-11-18T10:23:40Z", [44]),
        ("since=2026-11-18T11:23:40%2B01:00&until=2026-11-18T10:24:00Z", [43]),
        ("since=2027-01-01T00:00:00Z", []),
    ],
)
async def test_incidents_are_chosen_by_when_they_opened(client: Client, query: str, expected: list[int]) -> None:
    record = await asked(client, query)
    assert [incident["id"] for incident in record["incidents"]] == expected
    assert [alert["incident"] for alert in record["alerts"]] == expected


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ("cursor=nonsense", 400, "begin without one"),
        ("cursor=WyJvcGVuZWRfYXQiLDEsMV0", 400, "another list"),
        ("since=yesterday", 422, "since"),
        ("since=2026-11-18T10:23:40", 422, "timezone"),
        ("limit=0", 422, "limit"),
        ("limit=1001", 422, "limit"),
        ("policy=page", 422, "policy"),
    ],
)
async def test_a_question_that_cannot_be_read_is_answered_with_its_cure(
    client: Client, query: str, status: int, word: str
) -> None:
    answer = await client.get(f"{DOOR}?{query}")
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer.body
    assert word in answer.json()["detail"]


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("token-ingest", 403), ("token-read", 200)])
async def test_whoever_may_read_may_read_it(house: House, token: str | None, status: int) -> None:
    assert (await Client(build(house.needs), token=token).get(DOOR)).status == status


async def test_it_is_503_while_the_database_is_away(client: Client, house: House) -> None:
    house.database.down = True
    assert (await client.get(DOOR)).status == 503


def test_the_openapi_describes_what_is_answered(house: House) -> None:
    document = application(house.needs).openapi()
    answer = document["paths"][DOOR]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/Record"}
    schemas = document["components"]["schemas"]
    assert set(schemas["Record"]["properties"]) == {"alerts", "incidents", "next"}
    assert set(schemas["Recorded"]["required"]) == {
        "incident", "source", "fingerprint", "labels", "annotations", "starts_at", "ends_at", "received_at",
    }  # fmt: skip
