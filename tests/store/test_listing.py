"""Lists of incidents, as doors show them, are the same on both databases."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection

from escalator.core.alert import Matcher, Severity
from escalator.store import listing
from escalator.store.db import Database
from escalator.store.listing import Filter
from tests.store.seeds import MINUTE, START, put_alert, put_incident, put_notification

EVERYTHING = Filter()


def url(id: int) -> str:
    return f"https://esc/{id}"


async def seed(database: Database, fill: Callable[[Connection], None]) -> None:
    def work(connection: Connection, items: list[None]) -> list[None]:
        fill(connection)
        return items

    await database.write(work, None)


async def page(
    database: Database, where: Filter = EVERYTHING, sort: str | None = None, limit: int = 100, cursor: str | None = None
) -> tuple[list[int], str | None]:
    items, more = await database.read(lambda c: listing.incidents(c, where, sort, limit, cursor, url))
    return [int(item["id"]) for item in items], more


async def ids(database: Database, where: Filter = EVERYTHING, sort: str | None = None, limit: int = 100) -> list[int]:
    """All pages, one after the other."""
    found, more = await page(database, where, sort, limit)
    while more:
        next_page, more = await page(database, where, sort, limit, more)
        found += next_page
    return found


def five(connection: Connection) -> None:
    put_incident(connection, 1, status="resolved", severity=0, resolved_at=START + 9 * MINUTE, firing=0, title="Disk %")
    put_incident(connection, 2, status="acknowledged", severity=1, acknowledged_by="bob", high=False)
    put_incident(connection, 3, severity=3, policy="other", due_at=START + 20 * MINUTE, title="DISK full")
    put_incident(connection, 4, status="snoozed", severity=2, due_at=START + 10 * MINUTE, state={"told": ["alice"]})
    put_incident(connection, 5, severity=1, opened_at=START)
    put_alert(connection, 10, 1, {"alertname": "Disk", "env": "prod"}, hot=1)
    put_alert(connection, 20, 2, {"alertname": "Down", 'a.b["c': "x"})
    put_alert(connection, 30, 3, {"alertname": "Disk", "env": "dev"})
    put_alert(connection, 31, 3, {"alertname": "Down", "env": "prod"}, hot=1)
    put_alert(connection, 40, 4, {"alertname": "Down", "env": "prod", "host": "db-1"})
    put_alert(connection, 50, 5, {"alertname": "Down", "env": ""})
    put_notification(connection, 1, 4)


def m(label: str, operator: str, value: str | tuple[str, ...]) -> Matcher:
    return Matcher(label, operator, value)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        # newest first by when it opened, not by number
        (Filter(), [4, 3, 2, 1, 5]),
        (Filter(status=("triggered",)), [3, 5]),
        # several statuses are merged in order
        (Filter(status=("triggered", "acknowledged", "snoozed")), [4, 3, 2, 5]),
        (Filter(status=("resolved", "resolved")), [1]),
        (Filter(severity=(Severity.CRITICAL, Severity.ERROR)), [4, 3]),
        (Filter(urgency="low"), [2]),
        (Filter(urgency="high", status=("triggered",)), [3, 5]),
        (Filter(policy="other"), [3]),
        # who was notified, or acknowledged
        (Filter(person="alice"), [4]),
        (Filter(person="bob"), [2]),
        # since is included, until is not
        (Filter(since=START + 2 * MINUTE, until=START + 4 * MINUTE), [3, 2]),
        (Filter(text="disk"), [3, 1]),
        # a percent sign is a percent sign
        (Filter(text="%"), [1]),
        (Filter(matchers=(m("env", "=", "prod"),)), [4, 3, 1]),
        # one and the same alert must match them all
        (Filter(matchers=(m("env", "=", "prod"), m("alertname", "=", "Disk"))), [1]),
        (Filter(matchers=(m("env", "!=", "prod"),)), [3, 2, 5]),
        # a missing label is the empty string
        (Filter(matchers=(m("env", "=", ""),)), [2, 5]),
        (Filter(matchers=(m("env", "in", ("dev", "prod")),)), [4, 3, 1]),
        (Filter(matchers=(m("env", "not in", ("dev", "prod")),)), [2, 5]),
        # a label name that would be a path or a quote in JSON is only a name
        (Filter(matchers=(m('a.b["c', "=", "x"),)), [2]),
        (Filter(matchers=(m("host", "=~", "db-[0-9]"),)), [4]),
        # anchored at both ends
        (Filter(matchers=(m("host", "=~", "db"),)), []),
        (Filter(matchers=(m("env", "!~", "prod|dev"), m("alertname", "=", "Down"))), [2, 5]),
    ],
)
async def test_incidents_are_filtered(database: Database, where: Filter, expected: list[int]) -> None:
    await seed(database, five)
    assert await ids(database, where) == expected
    assert await ids(database, where, limit=1) == expected


@pytest.mark.parametrize(
    ("sort", "where", "expected"),
    [
        ("-opened_at", Filter(), [4, 3, 2, 1, 5]),
        ("opened_at", Filter(), [5, 1, 2, 3, 4]),
        ("opened_at", Filter(status=("triggered", "snoozed")), [5, 3, 4]),
        # the newest first among equals
        ("-severity", Filter(), [3, 4, 2, 5, 1]),
        ("-severity", Filter(status=("triggered", "acknowledged")), [3, 2, 5]),
        # only those that have something due
        ("due_at", Filter(), [4, 3]),
        ("due_at", Filter(matchers=(m("env", "=~", "pr.d"),)), [4, 3]),
    ],
)
async def test_incidents_are_sorted(database: Database, sort: str, where: Filter, expected: list[int]) -> None:
    await seed(database, five)
    assert await ids(database, where, sort) == expected
    assert await ids(database, where, sort, limit=1) == expected


async def test_an_incident_shows_what_the_interface_promises(database: Database) -> None:
    def fill(connection: Connection) -> None:
        put_incident(
            connection, 42, status="acknowledged", acknowledged_at=START, acknowledged_by="alice", firing=2,
            due_at=START + MINUTE, version=7, state={"told": ["alice", "bob"], "snooze_at": START + 500_000, "held": 1},
        )  # fmt: skip
        put_alert(connection, 1, 42, {"alertname": "Down"}, key=1, hot=None)
        put_alert(connection, 2, 42, {"alertname": "Down"}, key=1)
        put_alert(connection, 3, 42, {"alertname": "Down"}, key=3)
        put_alert(connection, 4, 42, {"alertname": "Down"}, key=4, hot=1)

    await seed(database, fill)
    shown = await database.read(lambda c: listing.incident(c, 42, url))
    expected: dict[str, Any] = {
        "id": "42", "version": 7, "status": "acknowledged", "title": "Incident 42", "severity": "critical",
        "urgency": "high", "labels": {"alertname": "Down"}, "route": "shop", "policy": "shop-primary", "revision": 1,
        "level": 1, "round": 1, "opened_at": "2026-03-04T03:42:00Z", "acknowledged_at": "2026-03-04T03:00:00Z",
        "acknowledged_by": "alice", "resolved_at": None, "snoozed_until": "2026-03-04T03:00:00.500Z",
        "due_at": "2026-03-04T03:01:00Z", "alerts": {"firing": 2, "resolved": 1}, "paged": ["alice", "bob"],
        "url": "https://esc/42",
    }  # fmt: skip
    assert shown == expected
    assert await database.read(lambda c: listing.incident(c, 43, url)) is None
    assert await database.read(lambda c: listing.shown(c, [42, 43], url)) == {42: expected}


async def test_pages_stay_right_while_incidents_arrive(database: Database) -> None:
    def fill(connection: Connection) -> None:
        for id in range(1, 21):
            # all of the same instant: only the number tells them apart
            put_incident(connection, id, opened_at=START)

    await seed(database, fill)
    seen, more = await page(database, limit=7)
    arriving = 100
    while more:
        await seed(database, lambda c, id=arriving: put_incident(c, id, opened_at=START + id))  # type: ignore[misc]
        arriving += 1
        found, more = await page(database, limit=7, cursor=more)
        seen += found
    assert seen == list(range(20, 0, -1))


async def test_a_search_by_pattern_ends_its_page_early_and_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "SCAN", 10)
    monkeypatch.setattr(listing, "BATCH", 5)

    def fill(connection: Connection) -> None:
        for id in range(1, 31):
            put_incident(connection, id)
            put_alert(connection, id, id, {"host": "db-1" if id == 2 else "web"})

    await seed(database, fill)
    where = Filter(matchers=(m("host", "=~", "db-.*"),))
    assert (await page(database, where))[0] == []
    assert await ids(database, where) == [2]


@pytest.mark.parametrize(
    ("cursor", "sort", "says"),
    [
        # not base64, not JSON, not a list, no strings where numbers belong
        ("%%%", None, "not given out here"),
        ("e30", None, "not given out here"),
        ("WzEsMl0", None, "another list"),
        ("WyItb3BlbmVkX2F0IiwieCIsMV0", None, "not given out here"),
        ("WyItb3BlbmVkX2F0IiwxXQ", None, "not given out here"),
        (None, "colour", "cannot sort by 'colour'"),
    ],
)
async def test_a_bad_cursor_or_sort_is_told_in_a_sentence(
    database: Database, cursor: str | None, sort: str | None, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        await page(database, sort=sort, cursor=cursor)


async def test_a_cursor_of_one_sort_is_refused_by_another(database: Database) -> None:
    await seed(database, five)
    _, more = await page(database, limit=1)
    with pytest.raises(ValueError, match="belongs to another list or sort"):
        await page(database, sort="opened_at", cursor=more)
