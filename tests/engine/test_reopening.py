"""A resolve taken back in the database: its alerts, its silences, and the other incident of its group."""

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from escalator.core.instant import HOUR, MINUTE
from tests.engine.live import Live, live, policies

ALICE = "alice: {contacts: {webhook: secret:HOOK}}"
TEAM = policies(ALICE)
ONE = "/api/v1/incidents/1"


async def resolved(one: Live) -> None:
    """Its source said so."""
    await one.fire()
    await one.fire(resolved=True)
    assert (await one.get("incidents/1"))["status"] == "resolved"


def alerts_of(incident: int) -> Any:
    def query(connection: Connection) -> list[tuple[int, ...]]:
        text = f"SELECT incident_id, state FROM alert WHERE incident_id = {incident} ORDER BY key"
        return [tuple(row) for row in connection.exec_driver_sql(text)]

    return query


async def close_unconfirmed(one: Live) -> None:
    """A day later nothing was heard of it, and a person calls it over: its alert is closed with it."""
    await one.fire()
    one.clock.by += 5 * HOUR
    await one.house.lifecycle.run_due(1)
    answer = await one.door.post(f"{ONE}/resolve", json={"by": "alice"})
    assert answer.json()["status"] == "resolved", answer.text


async def test_what_a_person_closed_fires_again_with_its_alerts(database_url: str, tmp_path: Path) -> None:
    async with live(database_url, tmp_path / "p", TEAM, "http://127.0.0.1:9", sending=False) as one:
        await close_unconfirmed(one)
        assert await one.house.database.read(alerts_of(1)) == [(1, 1)]
        answer = await one.door.post(f"{ONE}/reopen", json={"by": "alice", "note": "the wrong one"})
        assert (answer.status, answer.json()["status"], answer.json()["alerts"]["firing"]) == (200, "triggered", 1)
        assert await one.house.database.read(alerts_of(1)) == [(1, 0)]
        lines = (await one.get("incidents/1/timeline"))["items"]
        [line] = [line for line in lines if line["event"] == "reopened"]
        assert (line["by"], line["detail"]) == ("alice", {"note": "the wrong one"})
        # Level 1 is paged in the same transaction.
        assert lines[-1]["event"] == "paged"


async def test_what_its_source_ended_is_open_without_alerts_and_the_next_firing_joins(
    database_url: str, tmp_path: Path
) -> None:
    async with live(database_url, tmp_path / "p", TEAM, "http://127.0.0.1:9", sending=False) as one:
        await resolved(one)
        assert (await one.door.post(f"{ONE}/reopen", json={"by": "alice"})).json()["alerts"]["firing"] == 0
        await one.fire("DiskFull", host="b")
        incident = await one.get("incidents/1")
        assert (incident["status"], incident["alerts"]["firing"]) == ("triggered", 1)
        await one.fire("DiskFull", host="b", resolved=True)
        assert (await one.get("incidents/1"))["status"] == "resolved"


async def test_alerts_that_are_silenced_by_now_page_nobody(database_url: str, tmp_path: Path) -> None:
    async with live(database_url, tmp_path / "p", TEAM, "http://127.0.0.1:9", sending=False) as one:
        await close_unconfirmed(one)
        hush = {"matchers": ["alertname=DiskFull"], "for": "2h", "reason": "moving disks"}
        assert (await one.door.post("/api/v1/silences", json=hush)).status == 201
        await one.door.post(f"{ONE}/reopen", json={"by": "alice"})
        events = [line["event"] for line in (await one.get("incidents/1/timeline"))["items"]]
        assert events[-3:] == ["reopened", "round", "silenced"]


async def test_another_open_incident_of_the_group_is_named_in_the_refusal(database_url: str, tmp_path: Path) -> None:
    rules = "defaults: {reopen_window: 0s}"
    text = policies(ALICE, rules)
    async with live(database_url, tmp_path / "p", text, "http://127.0.0.1:9", sending=False) as one:
        await resolved(one)
        one.clock.by += MINUTE
        await one.fire("DiskFull", host="b")
        answer = await one.door.post(f"{ONE}/reopen", json={"by": "alice"})
        assert answer.status == 409
        assert "incident 2 of the same group is open" in answer.json()["detail"]


async def test_of_two_replicas_that_race_one_is_refused_and_none_fails(postgresql_url: str, tmp_path: Path) -> None:
    """Two resolved incidents of one group, each taken back at another replica at once: the unique key decides."""
    text = policies(ALICE, "defaults: {reopen_window: 0s}")
    async with (
        live(postgresql_url, tmp_path / "p", text, "http://127.0.0.1:9", sending=False) as one,
        live(postgresql_url, tmp_path / "q", text, "http://127.0.0.1:9", sending=False) as two,
    ):
        for number, host in ((1, "a"), (2, "b")):
            await one.fire("DiskFull", host=host)
            await one.fire("DiskFull", host=host, resolved=True)
            assert (await one.get(f"incidents/{number}"))["status"] == "resolved"
            one.clock.by += MINUTE
        two.clock.by = one.clock.by
        answers = await asyncio.gather(
            *(
                each.door.post(f"/api/v1/incidents/{number}/reopen", json={"by": "alice"})
                for number, each in ((1, one), (2, two))
            )
        )
        assert sorted(answer.status for answer in answers) == [200, 409]
        [refused] = [answer for answer in answers if answer.status == 409]
        assert "of the same group is open" in refused.json()["detail"]


async def test_two_of_one_group_in_one_commit(database_url: str, tmp_path: Path) -> None:
    text = policies(ALICE, "defaults: {reopen_window: 0s}")
    async with live(database_url, tmp_path / "p", text, "http://127.0.0.1:9", sending=False) as one:
        for host in ("a", "b"):
            await one.fire("DiskFull", host=host)
            await one.fire("DiskFull", host=host, resolved=True)
            one.clock.by += MINUTE
        answers = await asyncio.gather(*(one.door.post(f"/api/v1/incidents/{n}/reopen") for n in (1, 2)))
        assert sorted(answer.status for answer in answers) == [200, 409]


async def test_what_tells_its_story_knows_that_it_was_taken_back(database_url: str, tmp_path: Path) -> None:
    """The page, the explanation and the recording for a replay, for each way in which it comes back."""
    async with live(database_url, tmp_path / "p", TEAM, "http://127.0.0.1:9", sending=False) as one:
        await one.fire()
        for path in ("acknowledge", "resolve", "reopen", "resolve"):
            assert (await one.door.post(f"{ONE}/{path}", json={"by": "alice"})).status == 200
        await one.fire(resolved=True)
        assert (await one.door.post(f"{ONE}/reopen", json={"by": "alice"})).json()["acknowledged_by"] == "alice"
        await one.door.post(f"{ONE}/resolve", json={"by": "alice"})
        assert (await one.door.post(f"{ONE}/reopen", json={"by": "bob"})).json()["status"] == "triggered"
        for path in ("/incidents/1", "/incidents/1/why", f"{ONE}/explanation", "/api/v1/record"):
            answer = await one.door.get(path, headers={"accept": "text/html, application/json"})
            assert answer.status == 200, (path, answer.text)
        page = (await one.door.get("/incidents/1", headers={"accept": "text/html"})).text
        assert "reopened by alice, who holds it again" in page
        assert "reopened by bob" in page
