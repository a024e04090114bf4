"""The list by urgency: its order, its pages, and that no page costs more than it shows, on both databases."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event

from escalator.core.alert import Matcher, Severity
from escalator.store import bulk, listing, urgency
from escalator.store.db import Database
from escalator.store.inline import Memory
from escalator.store.listing import Filter
from escalator.store.tables import IncidentRow
from tests.store.seeds import MINUTE, START, put_alert, put_incident
from tests.store.test_listing import ids, m, page, seed
from tests.store.test_plans import plans

OPEN = ("triggered", "acknowledged", "snoozed")
EVERY = (*OPEN, "resolved")


def seven(connection: Connection) -> None:
    put_incident(connection, 1, status="resolved", resolved_at=START + 50 * MINUTE)
    put_incident(connection, 2, status="resolved", resolved_at=START + 90 * MINUTE, high=False)
    put_incident(connection, 3, high=False, severity=1, policy="other")
    put_incident(connection, 4, status="acknowledged", severity=3, acknowledged_by="bob")
    put_incident(connection, 5, severity=2)
    put_incident(connection, 6, severity=3, opened_at=START)
    put_incident(connection, 7, status="snoozed", severity=3, title="Disk")
    put_incident(connection, 8, severity=3)
    put_incident(connection, 9, high=False, status="snoozed", severity=1)
    put_alert(connection, 60, 6, {"host": "db-1"})
    put_alert(connection, 80, 8, {"host": "web-1"})


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        # high before low; triggered before what somebody has; then severity; then the newest
        (Filter(status=OPEN), [8, 6, 5, 7, 4, 3, 9]),
        # what is resolved comes last, the latest to end first
        (Filter(), [8, 6, 5, 7, 4, 3, 9, 2, 1]),
        (Filter(status=("resolved",)), [2, 1]),
        (Filter(status=("triggered",)), [8, 6, 5, 3]),
        (Filter(status=("snoozed",)), [7, 9]),
        (Filter(status=OPEN, urgency="low"), [3, 9]),
        (Filter(urgency="high"), [8, 6, 5, 7, 4, 1]),
        (Filter(policy="other"), [3]),
        (Filter(person="bob"), [4]),
        (Filter(text="disk"), [7]),
        (Filter(severity=(Severity.ERROR, Severity.WARNING)), [5, 3, 9]),
        (Filter(since=START + 7 * MINUTE), [8, 7, 9]),
        (Filter(status=("resolved",), resolved_since=START + 60 * MINUTE), [2]),
        (Filter(matchers=(m("host", "=", "db-1"),)), [6]),
        (Filter(matchers=(m("host", "=~", "(db|web)-1"),)), [8, 6]),
    ],
)
async def test_the_most_urgent_come_first(database: Database, where: Filter, expected: list[int]) -> None:
    await seed(database, seven)
    assert await ids(database, where, "urgency") == expected
    for limit in (1, 2, 3):
        assert await ids(database, where, "urgency", limit) == expected


def crowd(number: int, dice: random.Random) -> list[dict[str, Any]]:
    """Many that differ in nothing but what the order looks at, so that ties are many."""
    return [
        {
            "id": id, "status": dice.choice(EVERY), "high": dice.random() < 0.5, "severity": dice.randrange(4),
            "opened_at": START + dice.randrange(5) * MINUTE, "resolved_at": START + dice.randrange(9) * MINUTE,
        }
        for id in range(1, number + 1)
    ]  # fmt: skip


def place(row: dict[str, Any]) -> tuple[int, ...]:
    """The order, said another way than in the store."""
    if row["status"] == "resolved":
        return (1, 0, 0, 0, -row["resolved_at"], -row["id"])
    return (0, not row["high"], row["status"] != "triggered", -row["severity"], -row["opened_at"], -row["id"])


async def test_pages_of_any_length_are_one_list_without_gaps_or_doubles(database: Database) -> None:
    rows = crowd(120, random.Random(7))

    def fill(connection: Connection) -> None:
        for row in rows:
            put_incident(connection, **row)

    await seed(database, fill)
    expected = [row["id"] for row in sorted(rows, key=place)]
    for limit in (1, 7, 50, 500):
        assert await ids(database, Filter(), "urgency", limit) == expected


async def test_a_page_stays_right_while_incidents_arrive_and_leave(database: Database) -> None:
    await seed(database, seven)
    first, more = await page(database, Filter(status=OPEN), "urgency", 3)
    assert (first, more is not None) == ([8, 6, 5], True)

    def meanwhile(connection: Connection) -> None:
        put_incident(connection, 20, severity=3)
        put_incident(connection, 21, high=False, severity=1)
        bulk.update(connection, IncidentRow, ("id", "status"), [(7, "resolved")])

    await seed(database, meanwhile)
    rest, more = await page(database, Filter(status=OPEN), "urgency", 9, more)
    assert (rest, more) == ([4, 21, 3, 9], None)


async def test_a_cursor_of_another_sort_is_refused_in_words(database: Database) -> None:
    await seed(database, seven)
    _, more = await page(database, Filter(), "-opened_at", 1)
    with pytest.raises(ValueError, match="belongs to another list or sort, not to urgency"):
        await page(database, Filter(), "urgency", 1, more)


@pytest.fixture
def connection() -> Iterator[Connection]:
    memory = Memory()
    yield memory.connection
    memory.close()


WHERES = (
    Filter(status=OPEN),
    Filter(status=("triggered",), urgency="high"),
    Filter(status=OPEN, policy="shop-primary", severity=(Severity.CRITICAL,), since=5, until=9, text="x"),
    Filter(status=OPEN, person="alice", matchers=(Matcher("env", "=", "prod"),)),
)


@pytest.mark.parametrize("cursor", [None, [4, 2, 7, 7]])
@pytest.mark.parametrize("where", WHERES)
def test_every_section_walks_its_index_and_sorts_nothing(
    connection: Connection, where: Filter, cursor: list[int] | None
) -> None:
    after = cursor and listing.cursors.encode("urgency", cursor)
    steps = plans(connection, lambda c: listing.incidents(c, where, "urgency", 50, after, str))
    walks = [step for step in steps if " incident " in f"{step} "]
    assert walks
    assert all("USING INDEX incident_open_urgency (high=? AND status=?" in step for step in walks), steps
    assert not [step for step in steps if "TEMP B-TREE" in step], steps


@pytest.mark.parametrize("cursor", [None, [0, 0, 7, 7]])
def test_what_is_resolved_is_found_by_when(connection: Connection, cursor: list[int] | None) -> None:
    after = cursor and listing.cursors.encode("urgency", cursor)
    where = Filter(status=("resolved",), resolved_since=5)
    steps = plans(connection, lambda c: listing.incidents(c, where, "urgency", 50, after, str))
    walks = [step for step in steps if " incident " in f"{step} "]
    assert walks
    assert all("INDEX incident_resolved (resolved_at>?" in step for step in walks), steps
    assert not [step for step in steps if "TEMP B-TREE" in step], steps


def explained(connection: Connection, ask: Callable[[Connection], Any]) -> list[list[str]]:
    """The plan of each query that was asked of PostgreSQL's incidents."""
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    ask(connection)
    event.remove(connection, "before_cursor_execute", note)
    return [connection.exec_driver_sql(f"EXPLAIN {text}", given).scalars().all() for text, given in asked]


def ten_thousand(connection: Connection) -> None:
    """Open ones beside twice as many resolved ones."""
    columns = (
        "id", "key", "status", "muted", "severity", "high", "route", "policy", "revision", "title", "labels", "level",
        "round", "firing", "opened_at", "resolved_at", "version", "state",
    )  # fmt: skip
    dice = random.Random(3)
    rows = []
    for id in range(1, 30_001):
        status = dice.choice(OPEN) if id % 3 == 0 else "resolved"
        ended = None if status in OPEN else START + id * MINUTE
        rows.append(
            (id, id, status, False, dice.randrange(4), dice.random() < 0.5, "r", "shop-primary", 1, f"Incident {id}",
             "{}", 1, 1, 1, START + id * 1000, ended, 1, "{}")
        )  # fmt: skip
    bulk.insert(connection, IncidentRow, columns, rows)


async def test_no_page_scans_or_sorts_all_incidents_of_postgresql(postgresql_url: str) -> None:
    database = await Database.open(postgresql_url)
    try:
        await seed(database, ten_thousand)
        await database.write(lambda c, items: [c.exec_driver_sql("ANALYZE incident") and None], None)
        for where in (Filter(status=OPEN), WHERES[1], Filter(status=OPEN, policy="shop-primary")):
            for cursor in (None, [3, 1, START + 9_000_000, 9]):
                after = cursor and listing.cursors.encode("urgency", cursor)
                asked = await database.read(
                    lambda c, where=where, after=after: explained(  # type: ignore[misc]
                        c, lambda c: listing.page(c, where, urgency.NAME, 50, after)
                    )
                )
                for plan in asked:
                    assert any("incident_open_urgency" in line for line in plan), plan
                    assert not [line for line in plan if "Seq Scan" in line], plan
                    # The few that are left of a section may be sorted.
                    assert cursor or not [line for line in plan if "Sort" in line], plan
        resolved = Filter(status=("resolved",), resolved_since=START)
        (plan,) = await database.read(
            lambda c: explained(c, lambda c: listing.page(c, resolved, urgency.NAME, 50, None))
        )
        assert any("incident_resolved" in line for line in plan), plan
        assert not [line for line in plan if "Seq Scan" in line or "Sort" in line], plan
    finally:
        await database.close()
