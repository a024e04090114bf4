"""What happened, as it is played again by `escalator policy replay`: whole incidents in the order in which they opened,
page by page, so that pages are joined by putting one after the other.

Law: reads only; a page is a walk along an index and four questions by incident, however much is kept.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from escalator.core.alert import Severity
from escalator.core.answers import AGAIN
from escalator.core.instant import Instant, rfc3339
from escalator.store import bulk, cursors
from escalator.store.alerts import decode_map
from escalator.store.cursors import Order
from escalator.store.filters import Filter, conditions
from escalator.store.filters import incident as table

MOST = 5000
"""Alerts on one page; the incident that would exceed them begins the next one."""

ORDER = Order("record", (table.c.opened_at, table.c.id), False)
COLUMNS = (
    table.c.id, table.c.route, table.c.policy, table.c.revision, table.c.severity, table.c.opened_at,
    table.c.resolved_at,
)  # fmt: skip

COUNTED = "SELECT incident_id, COUNT(*) FROM episode WHERE incident_id {keys} GROUP BY incident_id"
# The newest episode of an alert ends in the alert's own row. A difference rather than an equality: see `particulars`.
EPISODES = """
SELECT e.id, e.incident_id, e.source, e.fingerprint, e.labels, e.annotations, e.starts_at,
 CASE WHEN a.key IS NULL THEN e.ends_at ELSE a.ends_at END
FROM episode e LEFT JOIN alert a ON a.key = e.alert_key AND a.episode_id - e.id = 0 WHERE e.incident_id {keys}
"""
# A snooze, and a resolve by hand while alerts fire, take an incident as an acknowledgement does.
TAKEN = """
SELECT id, incident_id, "at", "by", reason FROM timeline
WHERE incident_id {keys} AND event IN ('acknowledged', 'snoozed', 'resolved by hand') AND "by" IS NOT NULL
"""
PAGED = """
SELECT incident_id, person, MIN(sent_at) FROM outbox
WHERE incident_id {keys} AND kind = 'page' AND person IS NOT NULL AND state IN ('sent', 'delivered')
 AND sent_at IS NOT NULL
GROUP BY incident_id, person
"""


class Kept(NamedTuple):
    """A row of EPISODES."""

    id: int
    incident_id: int
    source: str
    fingerprint: str
    labels: str
    annotations: str
    starts_at: Instant
    ends_at: Instant | None


Items = dict[int, list[dict[str, Any]]]


def record(
    connection: Connection, *, since: Instant | None, until: Instant | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """One page of the incidents opened at or after `since` and before `until`: `{"alerts", "incidents", "next"}`.

    Raises ValueError for a cursor not of ours.
    """
    after = cursors.decode(ORDER, cursor)
    if after is not None:
        # One lower bound for the index, the nearer.
        since = max(since or 0, after[0])
    query = select(*COLUMNS).where(*conditions(Filter(since=since, until=until), connection.dialect.name))
    rows = connection.execute(ORDER.page(query, after, limit + 1)).all()
    page = _bearable(connection, rows[:limit])
    last = page[-1] if len(page) < len(rows) else None
    alerts = _alerts(connection, page)
    return {
        "alerts": [alert for row in page for alert in alerts[row.id]],
        "incidents": _incidents(connection, page),
        "next": None if last is None else cursors.encode(ORDER.name, [last.opened_at, last.id]),
    }


def _bearable(connection: Connection, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """The first of them, so many that their alerts are bearable; one at least."""
    numbers = dict(tuple(found) for found in bulk.select(connection, COUNTED, [row.id for row in rows]))
    total = 0
    for place, row in enumerate(rows):
        total += numbers.get(row.id, 0)
        if place and total > MOST:
            return rows[:place]
    return rows


def _alerts(connection: Connection, rows: Sequence[Row[Any]]) -> Items:
    by_id = {row.id: row for row in rows}
    found: Items = {row.id: [] for row in rows}
    for each in sorted(Kept(*kept) for kept in bulk.select(connection, EPISODES, list(by_id))):
        found[each.incident_id].append(_alert(each, by_id[each.incident_id]))
    return found


def _alert(kept: Kept, incident: Row[Any]) -> dict[str, Any]:
    # What a sender says of the end after a person has closed the incident is not what ended it here.
    ends = [at for at in (kept.ends_at, incident.resolved_at) if at is not None]
    return {
        "incident": kept.incident_id,
        "source": kept.source,
        "fingerprint": kept.fingerprint,
        "labels": decode_map(kept.labels),
        "annotations": decode_map(kept.annotations),
        "starts_at": rfc3339(kept.starts_at),
        "ends_at": rfc3339(min(ends)) if ends else None,
        # Not kept; but no alert of an incident came before the one that opened it.
        "received_at": rfc3339(max(kept.starts_at, incident.opened_at)),
    }


def _incidents(connection: Connection, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    taken, paged = _taken(connection, ids), _paged(connection, ids)
    return [
        {
            "id": row.id,
            "route": row.route,
            "policy": row.policy,
            "revision": row.revision,
            "severity": Severity(row.severity).name.lower(),
            "opened_at": rfc3339(row.opened_at),
            "resolved_at": None if row.resolved_at is None else rfc3339(row.resolved_at),
            "acknowledged": taken[row.id],
            "paged": paged[row.id],
        }
        for row in rows
    ]


def _taken(connection: Connection, ids: Sequence[int]) -> Items:
    found: Items = {number: [] for number in ids}
    for _, number, at, by, reason in sorted(tuple(line) for line in bulk.select(connection, TAKEN, ids)):
        if not reason.startswith(AGAIN):
            found[number].append({"at": rfc3339(at), "by": by})
    return found


def _paged(connection: Connection, ids: Sequence[int]) -> Items:
    """Whom a page went out to, the first one each."""
    found: Items = {number: [] for number in ids}
    for at, person, number in sorted((row[2], row[1], row[0]) for row in bulk.select(connection, PAGED, ids)):
        found[number].append({"person": person, "at": rfc3339(at)})
    return found
