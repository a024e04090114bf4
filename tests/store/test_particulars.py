"""Timeline, notifications and alerts, as doors show them."""

from typing import Any

import pytest
from sqlalchemy import Connection

from escalator.core.alert import Matcher
from escalator.store import listing, particulars
from escalator.store.db import Database
from tests.store.seeds import START, put_alert, put_attempt, put_incident, put_line, put_notification
from tests.store.test_listing import seed


async def test_the_timeline_tells_the_story_from_its_beginning(database: Database) -> None:
    def fill(connection: Connection) -> None:
        put_line(connection, 1, "fired", '{"alerts": 2}')
        put_line(connection, 2, "fired")
        put_line(connection, 1, "acknowledged")

    await seed(database, fill)
    at = "2026-03-04T03:00:00Z"
    assert await database.read(lambda c: listing.timeline(c, 1)) == [
        {"at": at, "event": "fired", "reason": "because", "by": "alice", "detail": {"alerts": 2}},
        {"at": at, "event": "acknowledged", "reason": "because", "by": "alice", "detail": None},
    ]


def messages(connection: Connection) -> None:
    put_notification(connection, 1, 1, state="failed", sent_at=None, receipt=None)
    put_notification(connection, 2, 1, contact="channel/ops", person=None, via="slack")
    put_notification(connection, 3, 2)
    put_attempt(connection, 1, "temporary")
    put_attempt(connection, 1, "permanent", START + 2_000_000)
    put_attempt(connection, 2)


async def test_a_notification_shows_every_attempt(database: Database) -> None:
    await seed(database, messages)
    items, more = await database.read(lambda c: listing.notifications(c, incident=1, limit=10, cursor=None))
    assert more is None
    assert [item["id"] for item in items] == ["1", "2"]
    assert items[0] == {
        "id": "1", "incident": "1", "level": 1, "round": 1, "attempt": 0, "step": 1,
        "target": "schedule boardroom", "person": "alice", "channel": "email",
        "contact": "person/alice/email", "kind": "page", "state": "failed",
        "not_before": "2026-03-04T03:00:00Z", "sent_at": None, "receipt": None,
        "sent_with": None, "evidence": "not delivered: 250 ok",
        "attempts": [
            {"at": "2026-03-04T03:00:00Z", "took_ms": 1.5, "outcome": "temporary", "detail": "250 ok"},
            {"at": "2026-03-04T03:00:02Z", "took_ms": 1.5, "outcome": "permanent", "detail": "250 ok"},
        ],
    }  # fmt: skip
    assert items[1]["contact"] == "channel/ops"


async def test_notifications_of_all_incidents_come_newest_first_page_by_page(database: Database) -> None:
    await seed(database, messages)
    first, more = await database.read(lambda c: listing.notifications(c, incident=None, limit=2, cursor=None))
    rest, end = await database.read(lambda c: listing.notifications(c, incident=None, limit=2, cursor=more))
    assert [item["id"] for item in first + rest] == ["3", "2", "1"]
    assert end is None


def alerts_of_two_incidents(connection: Connection) -> None:
    put_incident(connection, 1)
    put_incident(connection, 2)
    put_alert(connection, 1, 1, {"alertname": "A", "env": "prod"}, key=1, hot=None)  # later fired again, in incident 2
    put_alert(connection, 2, 1, {"alertname": "B", "env": "prod"}, key=2, hot=None)  # fired again in the same incident
    put_alert(connection, 3, 1, {"alertname": "B", "env": "prod"}, key=2, hot=0)
    put_alert(connection, 4, 2, {"alertname": "A", "env": "dev"}, key=1, hot=3)
    put_alert(connection, 5, 2, {"alertname": "C"}, key=3, hot=1)
    put_alert(connection, 6, 2, {"alertname": "D"}, key=4, hot=2)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # each alert once, where it is now
        ({}, [("D", "resolved"), ("C", "resolved"), ("A", "unconfirmed"), ("B", "firing")]),
        ({"status": ("firing", "unconfirmed")}, [("A", "unconfirmed"), ("B", "firing")]),
        ({"status": ("resolved",)}, [("D", "resolved"), ("C", "resolved")]),
        # within an incident, as it was there
        ({"incident": 1}, [("B", "firing"), ("A", "resolved")]),
        ({"incident": 1, "status": ("resolved",)}, [("A", "resolved")]),
        ({"incident": 2, "status": ("firing", "unconfirmed")}, [("A", "unconfirmed")]),
        ({"incident": 3}, []),
        ({"matchers": (Matcher("env", "=", "prod"),)}, [("B", "firing")]),
        ({"matchers": (Matcher("alertname", "=~", "[AB]"),)}, [("A", "unconfirmed"), ("B", "firing")]),
        ({"matchers": (Matcher("alertname", "!~", "[AC]"), Matcher("env", "=", ""))}, [("D", "resolved")]),
    ],
)  # fmt: skip
async def test_alerts_are_listed(database: Database, asked: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    await seed(database, alerts_of_two_incidents)

    async def page(limit: int, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
        return await database.read(lambda c: listing.alerts(c, **asked, limit=limit, cursor=cursor))

    async def all_pages(limit: int) -> list[dict[str, Any]]:
        found, more = await page(limit, None)
        while more:
            items, more = await page(limit, more)
            found += items
        return found

    for limit in (1, 100):
        shown = await all_pages(limit)
        assert [(item["labels"]["alertname"], item["status"]) for item in shown] == expected


async def test_an_alert_shows_what_the_interface_promises(database: Database) -> None:
    await seed(database, alerts_of_two_incidents)
    items, _ = await database.read(lambda c: listing.alerts(c, incident=1, limit=10, cursor=None))
    firing, moved_on = items
    assert firing == {
        "fingerprint": f"{2:016x}", "source": "am", "status": "firing", "labels": {"alertname": "B", "env": "prod"},
        "annotations": {}, "starts_at": "2026-03-04T03:00:00Z", "ends_at": None, "last_seen": "2026-03-04T03:01:00Z",
        "generator_url": "http://prometheus/g", "incident": "1",
    }  # fmt: skip
    assert moved_on["ends_at"] == "2026-03-04T03:01:00Z"


async def test_a_search_among_alerts_ends_its_page_early_and_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(particulars, "SCAN", 2)
    await seed(database, alerts_of_two_incidents)
    pattern = (Matcher("alertname", "=~", "B"),)
    none_yet, more = await database.read(lambda c: listing.alerts(c, matchers=pattern, limit=1, cursor=None))
    found, end = await database.read(lambda c: listing.alerts(c, matchers=pattern, limit=1, cursor=more))
    assert (none_yet, [item["labels"]["alertname"] for item in found], end) == ([], ["B"], None)
