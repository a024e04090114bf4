"""What the list shows of each incident, and how many are open, on both databases."""

import pytest
from sqlalchemy import Connection

from escalator.core.incident import Status
from escalator.core.instant import HOUR
from escalator.store import board, bulk
from escalator.store.board import HOURS, Day
from escalator.store.db import Database
from escalator.store.inline import Memory
from escalator.store.listing import Filter
from escalator.store.tables import EpisodeRow
from tests.store.seeds import MINUTE, START, put_alert, put_incident, put_notification
from tests.store.test_listing import seed
from tests.store.test_plans import plans

NOW = START + 10 * MINUTE
"""03:10."""


def day(fired: dict[int, int], sent: dict[int, int]) -> Day:
    return Day(tuple(fired.get(n, 0) for n in range(HOURS)), tuple(sent.get(n, 0) for n in range(HOURS)))


def put_episode(connection: Connection, id: int, incident: int, starts_at: int) -> None:
    put_alert(connection, id, incident, {"host": f"h{id}"})
    bulk.update(connection, EpisodeRow, ("id", "starts_at"), [(id, starts_at)])


def a_night(connection: Connection) -> None:
    put_incident(connection, 1, opened_at=START - 30 * HOUR, state={"level_at": NOW + MINUTE, "told": ["alice"]})
    put_episode(connection, 10, 1, START - 29 * HOUR)
    put_episode(connection, 11, 1, START - 2 * HOUR)
    put_episode(connection, 12, 1, START - 2 * HOUR + 59 * MINUTE)
    put_episode(connection, 13, 1, START + MINUTE)
    put_notification(connection, 1, 1, sent_at=START + 2 * MINUTE)
    put_notification(connection, 2, 1, sent_at=START - 23 * HOUR)
    put_notification(connection, 3, 1, sent_at=START - 23 * HOUR - 1)
    put_notification(connection, 4, 1, sent_at=None, state="pending")
    put_incident(connection, 2, opened_at=START, status="acknowledged", acknowledged_by="bob")
    # Its source says that it began long before we heard of it.
    put_episode(connection, 20, 2, START - 9 * HOUR)
    put_incident(connection, 3, opened_at=START - 40 * HOUR, status="snoozed")


async def test_a_card_tells_the_incident_its_alerts_and_its_last_day(database: Database) -> None:
    await seed(database, a_night)
    cards, more = await database.read(lambda c: board.page(c, Filter(), 10, None, NOW))
    assert more is None
    assert [(card.incident.id, card.alerts) for card in cards] == [(1, 4), (2, 1), (3, 1)]
    first, second, third = cards
    assert first.day == day({21: 2, 23: 1}, {23: 1, 0: 1})
    assert second.day == day({23: 1}, {})
    assert third.day == board.NOTHING
    assert (first.incident.level_at, first.incident.told) == (NOW + MINUTE, ("alice",))
    assert (second.incident.status, second.incident.acknowledged_by) == (Status.ACKNOWLEDGED, "bob")


async def test_the_last_day_moves_with_the_hour_and_not_between(database: Database) -> None:
    await seed(database, a_night)
    at = {minute: await database.read(lambda c, m=minute: board.last_days(c, [1], START + m * MINUTE))  # type: ignore[misc]
          for minute in (10, 59, 60)}  # fmt: skip
    assert at[10] == at[59]
    assert at[60][1] == day({20: 2, 22: 1}, {22: 1})


async def test_open_incidents_are_counted_by_state_up_to_where_nobody_reads_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seed(database, a_night)
    assert await database.read(board.open_counts) == {"triggered": 1, "acknowledged": 1, "snoozed": 1}
    await seed(database, lambda c: [put_incident(c, id) for id in range(10, 16)] and None)
    monkeypatch.setattr(board, "MOST", 5)
    assert (await database.read(board.open_counts))["triggered"] == 5


async def test_what_was_resolved_last_is_known(database: Database) -> None:
    assert await database.read(board.last_resolved) is None

    def ended(connection: Connection) -> None:
        put_incident(connection, 5, status="resolved", resolved_at=START + 9, title="Nine")
        put_incident(connection, 6, status="resolved", resolved_at=START + 8)
        put_incident(connection, 7)

    await seed(database, ended)
    assert await database.read(board.last_resolved) == (5, "Nine", START + 9)


def test_the_last_days_of_a_page_are_one_query_by_index() -> None:
    memory = Memory()
    steps = plans(memory.connection, lambda c: board.last_days(c, [1, 2, 3], NOW))
    for index in ("episode_incident", "sqlite_autoindex_outbox"):
        assert any(index in step for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN") and step != "SCAN anon_1"], steps
    last = plans(memory.connection, board.last_resolved)
    assert any("incident_resolved" in step for step in last)
    assert not [step for step in last if "TEMP B-TREE" in step]
    memory.close()
