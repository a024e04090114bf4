"""What happened, as it is played again: whole incidents, page by page, the same on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from escalator.core.answers import AGAIN
from escalator.core.instant import Instant
from escalator.rehearsal.history.recording import from_record
from escalator.store import record as kept
from escalator.store.db import Database
from escalator.store.inline import Memory
from escalator.store.record import record
from escalator.store.tables import TimelineRow
from tests.store.seeds import MINUTE, START, put, put_alert, put_incident, put_notification
from tests.store.test_listing import seed
from tests.store.test_plans import plans


def put_word(connection: Connection, incident: int, event: str, by: str | None, at: Instant, reason: str = "") -> None:
    row = {"incident_id": incident, "at": at, "event": event, "reason": reason or f"{event} by {by}", "by": by}
    put(connection, TimelineRow, **row)


def a_night(connection: Connection) -> None:
    """Incidents open a minute apart, the first at 03:01; every alert says that it began at 03:00."""
    put_incident(connection, 1, status="resolved", resolved_at=START + 9 * MINUTE, policy="page", severity=1)
    put_incident(connection, 2)
    put_incident(connection, 3, status="resolved", resolved_at=START + 4 * MINUTE)
    put_incident(connection, 4)
    put_alert(connection, 10, 1, {"alertname": "A"}, key=1, hot=None)  # over at 03:01, fired again in the same incident
    put_alert(connection, 11, 1, {"alertname": "A"}, key=1, hot=1)  # over at 03:02
    put_alert(connection, 20, 2, {"alertname": "B"}, key=2, hot=0)
    put_alert(connection, 21, 2, {"alertname": "C"}, key=3, hot=3)
    put_alert(connection, 30, 3, {"alertname": "D"}, key=4, hot=1)
    put_alert(connection, 40, 4, {"alertname": "D"}, key=5, hot=2)


async def one_page(database: Database, **asked: Any) -> dict[str, Any]:
    asked = {"since": None, "until": None, "limit": 1000, "cursor": None} | asked
    return await database.read(lambda c: record(c, **asked))


async def pages(database: Database, **asked: Any) -> list[dict[str, Any]]:
    """All of them, by their cursors."""
    found = [await one_page(database, **asked)]
    while found[-1]["next"]:
        found.append(await one_page(database, **asked, cursor=found[-1]["next"]))
    return found


def ids(found: list[dict[str, Any]]) -> list[list[int]]:
    return [[each["id"] for each in page["incidents"]] for page in found]


async def test_an_incident_is_told_with_all_that_is_played_again(database: Database) -> None:
    await seed(database, a_night)
    [page] = await pages(database, until=START + 2 * MINUTE)
    alert = {
        "incident": 1, "source": "am", "fingerprint": f"{1:016x}", "labels": {"alertname": "A"}, "annotations": {},
        "starts_at": "2026-03-04T03:00:00Z", "received_at": "2026-03-04T03:01:00Z",
    }  # fmt: skip
    assert page == {
        "alerts": [alert | {"ends_at": "2026-03-04T03:01:00Z"}, alert | {"ends_at": "2026-03-04T03:02:00Z"}],
        "incidents": [
            {
                "id": 1, "route": "shop", "policy": "page", "revision": 1, "severity": "warning",
                "opened_at": "2026-03-04T03:01:00Z", "resolved_at": "2026-03-04T03:09:00Z", "acknowledged": [],
                "paged": [],
            }
        ],
        "next": None,
    }  # fmt: skip


async def test_the_end_of_an_alert_is_where_it_is_now(database: Database) -> None:
    await seed(database, a_night)
    [page] = await pages(database)
    ends = [(alert["incident"], alert["labels"]["alertname"], alert["ends_at"]) for alert in page["alerts"]]
    assert ends == [
        (1, "A", "2026-03-04T03:01:00Z"),
        (1, "A", "2026-03-04T03:02:00Z"),
        (2, "B", None),
        (2, "C", None),
        (3, "D", "2026-03-04T03:02:00Z"),
        (4, "D", None),
    ]


async def test_an_alert_ends_at_the_latest_with_its_incident(database: Database) -> None:
    """Its source said so an hour after somebody had closed the incident."""

    def closed_by_hand(connection: Connection) -> None:
        put_incident(connection, 1, status="resolved", resolved_at=START + MINUTE)
        put_alert(connection, 1, 1, {}, hot=1)

    await seed(database, closed_by_hand)
    [page] = await pages(database)
    assert page["alerts"][0]["ends_at"] == "2026-03-04T03:01:00Z"


async def test_no_alert_came_before_it_began_nor_before_its_incident(database: Database) -> None:
    def early_and_late(connection: Connection) -> None:
        put_incident(connection, 1, opened_at=START + MINUTE)
        put_alert(connection, 1, 1, {})
        put_incident(connection, 2, opened_at=START - MINUTE)
        put_alert(connection, 2, 2, {})

    await seed(database, early_and_late)
    [page] = await pages(database)
    received = {alert["incident"]: alert["received_at"] for alert in page["alerts"]}
    assert received == {1: "2026-03-04T03:01:00Z", 2: "2026-03-04T03:00:00Z"}


async def test_who_took_an_incident_is_told_and_who_came_too_late_is_not(database: Database) -> None:
    def words(connection: Connection) -> None:
        put_incident(connection, 1)
        put_incident(connection, 2)
        put_word(connection, 1, "opened", None, START)
        put_word(connection, 1, "acknowledged", "ana", START + MINUTE)
        put_word(connection, 2, "acknowledged", "bob", START + MINUTE)
        put_word(connection, 1, "acknowledged", "bob", START + 2 * MINUTE, f"{AGAIN} bob; ana holds it")
        put_word(connection, 1, "unacknowledged", "ana", START + 3 * MINUTE)
        put_word(connection, 1, "snoozed", "carol", START + 4 * MINUTE)
        put_word(connection, 1, "resolved by hand", "bob", START + 5 * MINUTE)
        put_word(connection, 1, "note", "bob", START + 6 * MINUTE)

    await seed(database, words)
    [page] = await pages(database)
    assert [each["acknowledged"] for each in page["incidents"]] == [
        [
            {"at": "2026-03-04T03:01:00Z", "by": "ana"},
            {"at": "2026-03-04T03:04:00Z", "by": "carol"},
            {"at": "2026-03-04T03:05:00Z", "by": "bob"},
        ],
        [{"at": "2026-03-04T03:01:00Z", "by": "bob"}],
    ]


async def test_whom_a_page_went_out_to_is_told_with_the_first_of_each(database: Database) -> None:
    def messages(connection: Connection) -> None:
        put_incident(connection, 1)
        put_notification(connection, 1, 1, person="bob", sent_at=START + 3 * MINUTE, state="delivered")
        put_notification(connection, 2, 1, person="bob", sent_at=START + 2 * MINUTE)
        put_notification(connection, 3, 1, sent_at=START + MINUTE)
        put_notification(connection, 4, 1, person="carol", state="failed", sent_at=None)
        put_notification(connection, 5, 1, person="dan", state="pending", sent_at=None)
        put_notification(connection, 6, 1, person="erin", kind="update")
        put_notification(connection, 7, 1, person=None, contact="channel/ops")

    await seed(database, messages)
    [page] = await pages(database)
    assert page["incidents"][0]["paged"] == [
        {"person": "alice", "at": "2026-03-04T03:01:00Z"},
        {"person": "bob", "at": "2026-03-04T03:02:00Z"},
    ]


@pytest.mark.parametrize(("limit", "expected"), [(1, [[1], [2], [3], [4]]), (3, [[1, 2, 3], [4]]), (4, [[1, 2, 3, 4]])])
async def test_pages_put_one_after_the_other_are_the_whole(
    database: Database, limit: int, expected: list[list[int]]
) -> None:
    await seed(database, a_night)
    found = await pages(database, limit=limit)
    assert ids(found) == expected
    [whole] = await pages(database)
    for part in ("alerts", "incidents"):
        assert [each for page in found for each in page[part]] == whole[part]


async def test_incidents_that_opened_at_the_same_instant_are_told_once(database: Database) -> None:
    def together(connection: Connection) -> None:
        for number in range(1, 6):
            put_incident(connection, number, opened_at=START)

    await seed(database, together)
    assert ids(await pages(database, limit=2)) == [[1, 2], [3, 4], [5]]


async def test_a_page_ends_early_before_an_incident_with_too_many_alerts(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST", 1)  # the first alone has two
    await seed(database, a_night)
    assert ids(await pages(database)) == [[1], [2], [3], [4]]
    monkeypatch.setattr(kept, "MOST", 4)
    assert ids(await pages(database)) == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"since": START + 2 * MINUTE}, [[2, 3, 4]]),
        ({"until": START + 3 * MINUTE}, [[1, 2]]),
        ({"since": START + 2 * MINUTE, "until": START + 4 * MINUTE}, [[2, 3]]),
        ({"since": START + 5 * MINUTE}, [[]]),
        # The cursor never goes behind what was asked.
        ({"since": START + 2 * MINUTE, "limit": 2}, [[2, 3], [4]]),
    ],
)
async def test_incidents_belong_to_the_time_at_which_they_opened(
    database: Database, asked: dict[str, Any], expected: list[list[int]]
) -> None:
    await seed(database, a_night)
    assert ids(await pages(database, **asked)) == expected


async def test_the_replay_reads_what_is_told(database: Database) -> None:
    def acknowledged(connection: Connection) -> None:
        a_night(connection)
        put_word(connection, 2, "acknowledged", "ana", START + 3 * MINUTE)

    await seed(database, acknowledged)
    [page] = await pages(database)
    recording = from_record(page)
    assert (recording.since, recording.until) == (START + MINUTE, START + 4 * MINUTE)
    [answer] = recording.answers
    assert (answer.at, answer.by, len(answer.keys)) == (START + 3 * MINUTE, "ana", 2)


async def test_a_cursor_of_another_list_is_refused_with_a_sentence(database: Database) -> None:
    other = kept.cursors.encode("opened_at", [1, 1])
    with pytest.raises(ValueError, match="belongs to another list"):
        await one_page(database, cursor=other)


@pytest.fixture
def connection() -> Iterator[Connection]:
    memory = Memory()
    yield memory.connection
    memory.close()


@pytest.mark.parametrize("cursor", [None, [START + MINUTE, 1]])
@pytest.mark.parametrize(("since", "until"), [(None, None), (START, None), (START, START + 9 * MINUTE)])
def test_no_page_scans_a_table(
    connection: Connection, since: Instant | None, until: Instant | None, cursor: list[int] | None
) -> None:
    with connection.begin():
        a_night(connection)
    after = None if cursor is None else kept.cursors.encode("record", cursor)
    steps = plans(connection, lambda c: record(c, since=since, until=until, limit=10, cursor=after))
    for index in ("incident_opened", "episode_incident", "timeline_incident", "sqlite_autoindex_outbox"):
        assert any(index in step for step in steps), (index, steps)
    scans = [step for step in steps if step.startswith("SCAN") and "INDEX" not in step and "json_each" not in step]
    assert scans == []
    walk = [step for step in steps if " incident " in f"{step} "]
    assert walk
    if since is not None or cursor is not None:
        assert all(step.startswith("SEARCH") for step in walk), steps


def test_a_later_page_begins_at_its_cursor_in_the_index(connection: Connection) -> None:
    """Not at `since`: the last page would walk over all that went before it."""
    asked: list[str] = []
    driver: Any = connection.connection.dbapi_connection
    driver.set_trace_callback(asked.append)
    after = kept.cursors.encode("record", [START + MINUTE, 1])
    record(connection, since=START, until=None, limit=10, cursor=after)
    driver.set_trace_callback(None)
    walk = next(statement for statement in asked if statement.startswith("SELECT"))
    assert f">= {START + MINUTE}" in walk
    assert f">= {START} " not in f"{walk} "


async def test_no_page_scans_a_table_of_postgresql_once_it_is_large(postgresql_url: str) -> None:
    def many(connection: Connection) -> None:
        for number in range(1, 2001):
            put_incident(connection, number)
        for number in range(1, 2001):
            put_alert(connection, number, number, {})
            put_word(connection, number, "acknowledged", "ana", START)
            put_notification(connection, number, number)

    def steps(connection: Connection) -> list[str]:
        found = []
        for query in (kept.COUNTED, kept.EPISODES, kept.TAKEN, kept.PAGED):
            asked = query.replace("{keys}", "= ANY('{5,6,7}'::bigint[])")
            found += connection.exec_driver_sql(f"EXPLAIN {asked}").scalars().all()
        return found

    database = await Database.open(postgresql_url)
    try:
        await seed(database, many)
        await database.write(lambda c, items: [c.exec_driver_sql("ANALYZE") and None], None)
        asked = await database.read(steps)
    finally:
        await database.close()
    assert any("episode_incident" in step for step in asked), asked
    assert [step for step in asked if "Seq Scan" in step] == []
