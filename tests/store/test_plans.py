"""A page costs the same however many incidents there are: its queries walk an index and sort nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from escalator.core.alert import Matcher, Severity
from escalator.store import listing
from escalator.store.inline import Memory
from escalator.store.listing import Filter

OPEN = ("triggered", "acknowledged", "snoozed")
PROD = (Matcher("env", "=", "prod"),)


@pytest.fixture
def connection() -> Iterator[Connection]:
    memory = Memory()
    yield memory.connection
    memory.close()


def plans(connection: Connection, ask: Callable[[Connection], Any]) -> list[str]:
    """One line per step of each query that was asked."""
    asked: list[str] = []
    driver: Any = connection.connection.dbapi_connection
    driver.set_trace_callback(asked.append)
    ask(connection)
    driver.set_trace_callback(None)
    queries = [statement for statement in asked if statement.lstrip().startswith(("SELECT", "WITH"))]
    assert queries
    return [row[3] for query in queries for row in driver.execute(f"EXPLAIN QUERY PLAN {query}")]


@pytest.mark.parametrize("cursor", [False, True])
@pytest.mark.parametrize(
    ("where", "sort", "index"),
    [
        (Filter(), "-opened_at", "incident_opened"),
        (Filter(), "opened_at", "incident_opened"),
        (Filter(status=("triggered",)), "-opened_at", "incident_status"),
        (Filter(status=OPEN), "-opened_at", "incident_status"),
        (Filter(status=("resolved",)), "opened_at", "incident_status"),
        (Filter(status=OPEN), "-severity", "incident_open_severity"),
        (Filter(status=("triggered",)), "-severity", "incident_open_severity"),
        (Filter(), "due_at", "incident_due"),
        (Filter(status=OPEN), "due_at", "incident_due"),
        (Filter(since=5, until=9), "-opened_at", "incident_opened"),
        # what has no index is tested along the way
        (Filter(severity=(Severity.CRITICAL,), policy="p", urgency="high", text="x"), "-opened_at", "incident_policy"),
        (Filter(status=("triggered",), severity=(Severity.INFO,)), "-opened_at", "incident_status"),
        (Filter(matchers=PROD, person="alice"), "-opened_at", "incident_opened"),
    ],
)
def test_a_page_of_incidents_walks_an_index(
    connection: Connection, where: Filter, sort: str, index: str, cursor: bool
) -> None:
    order = listing.SORTS[sort]
    after = listing.cursors.encode(sort, [7] * len(order.columns)) if cursor else None
    steps = plans(connection, lambda c: listing.incidents(c, where, sort, 100, after, str))
    walks = [step for step in steps if " incident " in f"{step} "]
    assert walks
    assert all(f"INDEX {index}" in step for step in walks), steps
    assert not [step for step in steps if "TEMP B-TREE" in step], steps
    scans = [step for step in steps if step.startswith("SCAN") and "INDEX" not in step and "json_each" not in step]
    assert scans == []


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda c: listing.alerts(c, limit=10, cursor=None), "episode_incident"),
        (lambda c: listing.alerts(c, status=("firing",), limit=10, cursor=None), "alert_incident_state"),
        (lambda c: listing.alerts(c, incident=1, limit=10, cursor=None), "episode_incident"),
        (lambda c: listing.notifications(c, incident=None, limit=10, cursor=None), "attempt_outbox"),
        (lambda c: listing.notifications(c, incident=1, limit=10, cursor=None), "sqlite_autoindex_outbox"),
        (lambda c: listing.timeline(c, 1), "timeline_incident"),
        (lambda c: listing.shown(c, [1, 2], str), "PRIMARY KEY"),
    ],
)
def test_what_belongs_to_incidents_is_found_by_index(
    connection: Connection, ask: Callable[[Connection], Any], index: str
) -> None:
    steps = plans(connection, ask)
    assert any(index in step for step in steps), steps
    # Walking a table in the order of its own key is no scan: it ends with the page.
    scans = [step for step in steps if step.startswith("SCAN") and "INDEX" not in step and "json_each" not in step]
    assert [step for step in scans if step != "SCAN outbox"] == []
