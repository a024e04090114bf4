"""Incidents as doors show them: rows to JSON-ready dicts, page by page.

Law: reads only; a page costs the same however many incidents there are, and three queries however long it is.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from heapq import merge
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, select

from escalator.core.alert import Severity, compile_match
from escalator.core.incident import Status
from escalator.core.instant import Instant, rfc3339
from escalator.store import bulk, cursors, urgency
from escalator.store.alerts import decode_map
from escalator.store.cursors import Order
from escalator.store.filters import Filter, conditions, is_pattern
from escalator.store.filters import incident as table
from escalator.store.particulars import alerts, notifications, timeline
from escalator.store.tables import OPEN

__all__ = ["SORTS", "Filter", "alerts", "incident", "incidents", "notifications", "shown", "timeline"]

Url = Callable[[int], str]

SCAN = 5000
"""Incidents whose labels are tested against patterns for one page; then the page ends early, with a cursor."""
BATCH = 500

SORTS = {
    order.name: order
    for order in (
        Order("-opened_at", (table.c.opened_at, table.c.id), True),
        Order("opened_at", (table.c.opened_at, table.c.id), False),
        Order("-severity", (table.c.severity, table.c.opened_at, table.c.id), True),
        Order("due_at", (table.c.due_at, table.c.id), False),
        urgency.ORDER,
    )
}
"""`due_at` lists only incidents that have something due."""
DEFAULT_SORT = "-opened_at"

COLUMNS = tuple(table.columns)
Listed: Any = namedtuple("Listed", [column.name for column in COLUMNS])  # type: ignore[misc]  # the table's columns
SHOWN = f"SELECT {', '.join(Listed._fields)} FROM incident WHERE id {{keys}}"  # noqa: S608  our own names


class Rest(msgspec.Struct):
    """What of the incident's `state` is shown."""

    told: tuple[str, ...] = ()
    snooze_at: Instant | None = None


decode_rest = msgspec.json.Decoder(Rest).decode


def incidents(
    connection: Connection, where: Filter, sort: str | None, limit: int, cursor: str | None, url: Url
) -> tuple[list[dict[str, Any]], str | None]:
    """One page, and the cursor of the next one (None at the end). A page may be short, even empty, before the end
    when `where` has patterns. Raises ValueError, with a sentence, for an unknown sort or a cursor not of ours.
    """
    rows, more = page(connection, where, sort, limit, cursor)
    return _show(connection, rows, url), more


def page(
    connection: Connection, where: Filter, sort: str | None, limit: int, cursor: str | None
) -> tuple[list[Row[Any]], str | None]:
    """The rows of one page, and the next cursor; raises as `incidents`."""
    order = SORTS.get(sort or DEFAULT_SORT)
    if order is None:
        raise ValueError(f"cannot sort by {sort!r}: use one of {', '.join(SORTS)}")
    after = cursors.decode(order, cursor)
    if any(is_pattern(matcher) for matcher in where.matchers):
        found, more = _scan(connection, where, order, after, limit)
    else:
        rows = _rows(connection, where, order, after, limit + 1)
        found = list(rows[:limit])
        more = _position(order, found[-1]) if len(rows) > limit else None
    return found, cursors.encode(order.name, more) if more else None


def incident(connection: Connection, id: int, url: Url) -> dict[str, Any] | None:
    """One incident; None where there is none."""
    return shown(connection, [id], url).get(id)


def shown(connection: Connection, ids: Sequence[int], url: Url) -> dict[int, dict[str, Any]]:
    """These incidents as JSON, by id; those that are not there are missing."""
    rows = [Listed(*row) for row in bulk.select(connection, SHOWN, ids)]
    return {int(found["id"]): found for found in _show(connection, rows, url)}


def _rows(
    connection: Connection, where: Filter, order: Order, after: list[int] | None, limit: int
) -> Sequence[Row[Any]]:
    if order.name == urgency.NAME:
        rest = where._replace(**{name: Filter._field_defaults[name] for name in urgency.LEFT})
        query = select(*COLUMNS).where(*conditions(rest, connection.dialect.name))
        return urgency.rows(connection, query, where, after, limit)
    query = select(*COLUMNS).where(*conditions(where, connection.dialect.name))
    if order.name == "due_at":
        query = query.where(table.c.due_at.is_not(None))
    if where.status and "resolved" not in where.status:
        # Said in the words of the partial indexes, so that they are used.
        query = query.where(OPEN)
    if not order.name.endswith("opened_at"):
        # Said by what is not asked: for `IN` the planners would walk the index on the status, and sort all they find.
        others = [table.c.status != status for status in Status if where.status and status not in where.status]
        asked = query.where(*others)
        return connection.execute(order.page(asked, after, limit)).all()
    # One walk along the index for each status, merged: asked together they would all have to be sorted.
    queries: list[Select[Any]] = [query.where(table.c.status == status) for status in set(where.status)] or [query]
    found = [connection.execute(order.page(each, after, limit)).all() for each in queries]
    return list(merge(*found, key=lambda row: _position(order, row), reverse=order.descending))[:limit]


def _position(order: Order, row: Row[Any]) -> list[int]:
    return [getattr(row, column.name) for column in order.columns]


def _scan(
    connection: Connection, where: Filter, order: Order, after: list[int] | None, limit: int
) -> tuple[list[Row[Any]], list[int] | None]:
    """Rows whose alerts match all matchers, patterns too, and where to go on."""
    matches = compile_match(where.matchers)
    found: list[Row[Any]] = []
    for _ in range(SCAN // BATCH):
        rows = _rows(connection, where, order, after, BATCH)
        words = _labels(connection, [row.id for row in rows])
        for row in rows:
            after = _position(order, row)
            if any(matches(decode_map(labels)) for labels in words.get(row.id, ())):
                found.append(row)
                if len(found) == limit:
                    return found, after
        if len(rows) < BATCH:
            return found, None
    return found, after


def _labels(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    by_incident: dict[int, list[str]] = {}
    query = "SELECT DISTINCT incident_id, labels FROM episode WHERE incident_id {keys}"
    for number, labels in bulk.select(connection, query, ids):
        by_incident.setdefault(number, []).append(labels)
    return by_incident


COUNTED = "SELECT incident_id, COUNT(DISTINCT alert_key) FROM episode WHERE incident_id {keys} GROUP BY incident_id"


def _show(connection: Connection, rows: Iterable[Any], url: Url) -> list[dict[str, Any]]:
    rows = list(rows)
    totals = alert_counts(connection, [row.id for row in rows])
    return [_as_json(row, totals.get(row.id, row.firing), url) for row in rows]


def alert_counts(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """How many alerts each of these ever had; nothing of those that have none."""
    return dict(tuple(found) for found in bulk.select(connection, COUNTED, ids)) if ids else {}


def _as_json(row: Row[Any], alerts: int, url: Url) -> dict[str, Any]:
    rest = decode_rest(row.state)
    return {
        "id": str(row.id),
        "version": row.version,
        "status": row.status,
        "title": row.title,
        "severity": Severity(row.severity).name.lower(),
        "urgency": "high" if row.high else "low",
        "labels": decode_map(row.labels),
        "route": row.route,
        "policy": row.policy,
        "revision": row.revision,
        "level": row.level,
        "round": row.round,
        "opened_at": rfc3339(row.opened_at),
        "acknowledged_at": _time(row.acknowledged_at),
        "acknowledged_by": row.acknowledged_by,
        "resolved_at": _time(row.resolved_at),
        "snoozed_until": _time(rest.snooze_at),
        "due_at": _time(row.due_at),
        "alerts": {"firing": row.firing, "resolved": max(0, alerts - row.firing)},
        "paged": list(rest.told),
        "url": url(row.id),
    }


def _time(at: Instant | None) -> str | None:
    return None if at is None else rfc3339(at)
