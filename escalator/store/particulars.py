"""What belongs to incidents, as doors show it: timeline, notifications with every attempt, alerts.

Law: reads only, JSON-ready; a list costs two queries however long it is.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, func, select, text

from escalator.core.alert import Matcher, compile_match
from escalator.core.episodes import State
from escalator.core.instant import Instant, rfc3339
from escalator.store import bulk, cursors
from escalator.store.alerts import decode_map
from escalator.store.cursors import Order
from escalator.store.filters import episode, is_pattern, labels_match, outbox
from escalator.store.tables import AlertRow, TimelineRow

alert = bulk.table_of(AlertRow)
line = bulk.table_of(TimelineRow)

Page = tuple[list[dict[str, Any]], str | None]

SCAN = 5000
"""Alerts tested against patterns for one page."""

STATUS = {
    State.FIRING: "firing",
    State.RESOLVED: "resolved",
    State.HELD: "resolved",
    State.RECORDED: "resolved",
    State.UNCONFIRMED: "unconfirmed",
}
"""A held alert counts as resolved until the hold proves that it fires."""


def timeline(connection: Connection, id: int) -> list[dict[str, Any]]:
    """The story of an incident, the oldest line first."""
    rows = connection.execute(select(line).where(line.c.incident_id == id).order_by(line.c.id))
    return [
        {
            "at": rfc3339(row.at),
            "event": row.event,
            "reason": row.reason,
            "by": row.by,
            "detail": json.loads(row.detail) if row.detail else None,
        }
        for row in rows
    ]


NEWEST_NOTIFICATION = Order("notifications", (outbox.c.id,), True)
FIRST_NOTIFICATION = Order("notifications of an incident", (outbox.c.id,), False)


def notifications(
    connection: Connection,
    *,
    incident: int | None,
    limit: int,
    cursor: str | None,
    person: str | None = None,
    newest: bool = False,
) -> Page:
    """Of one incident in the order in which they were made, else of all, the newest first; and the next cursor.
    `person`: only what was meant for somebody. `newest`: the last ones of an incident, in order, and no cursor.

    `contact` is `person/alice/email`, `channel/ops` or `last-resort`. Raises ValueError for a cursor not of ours.
    """
    order = NEWEST_NOTIFICATION if incident is None or newest else FIRST_NOTIFICATION
    query = select(outbox) if incident is None else select(outbox).where(outbox.c.incident_id == incident)
    if person is not None:
        query = query.where(outbox.c.person == person)
    rows = connection.execute(order.page(query, cursors.decode(order, cursor), limit + 1)).all()
    page = rows[:limit][::-1] if newest else rows[:limit]
    tries: dict[int, list[dict[str, Any]]] = {row.id: [] for row in page}
    asked = 'SELECT outbox_id, "at", took, outcome, detail FROM attempt WHERE outbox_id {keys} ORDER BY id'
    for number, at, took, outcome, detail in bulk.select(connection, asked, list(tries)):
        attempt = {"at": rfc3339(at), "took_ms": round(took / 1000, 1), "outcome": outcome, "detail": detail}
        tries[number].append(attempt)
    more = cursors.encode(order.name, [page[-1].id]) if len(rows) > limit else None
    return [_notification(row, tries[row.id]) for row in page], more


def _notification(row: Row[Any], attempts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "incident": str(row.incident_id),
        "level": row.level,
        "round": row.round,
        "attempt": row.attempt,
        "step": row.step,
        "target": row.target,
        "person": row.person,
        "channel": row.via,
        "contact": row.contact,
        "kind": row.kind,
        "state": row.state,
        "not_before": rfc3339(row.not_before),
        "sent_at": None if row.sent_at is None else rfc3339(row.sent_at),
        "receipt": row.receipt,
        "sent_with": None if row.carrier is None else str(row.carrier),
        "evidence": _evidence(row, attempts),
        "attempts": attempts,
    }


def _evidence(row: Row[Any], attempts: list[dict[str, Any]]) -> str:
    """Whether it arrived, and how we know, in one line."""
    said = f": {attempts[-1]['detail']}" if attempts and attempts[-1]["detail"] else ""
    told = {
        "delivered": f"arrived, by the provider's word{said}",
        "sent": f"taken by the provider, no receipt of arrival{said}",
        "failed": f"not delivered{said}",
        "unknown": f"may have arrived, nobody knows{said}",
        "cancelled": f"not sent: nobody needed it any more{said}",
        "sending": "on its way",
    }
    waits = f"not yet, tried {len(attempts)} times{said}" if attempts else "not yet"
    return told.get(row.state, waits)


ALERTS = Order("alerts", (episode.c.incident_id, episode.c.id), True)
OPEN_ALERT = text("alert.state <> 1")
"""In the words of the partial index."""
OPEN_ALERTS = Order("open alerts", (alert.c.incident_id, alert.c.episode_id), True)


def alerts(
    connection: Connection,
    *,
    incident: int | None = None,
    status: Sequence[str] = (),
    matchers: Sequence[Matcher] = (),
    limit: int,
    cursor: str | None,
) -> Page:
    """The newest episode of each alert (of an incident: within it), those of the newest incident first.

    `status`: any of firing, resolved, unconfirmed. With patterns among the matchers a page may be short, even empty,
    before the end. Raises ValueError for a cursor not of ours.
    """
    query, order = _alerts(incident, status)
    query = query.where(labels_match([m for m in matchers if not is_pattern(m)], connection.dialect.name))
    patterns = compile_match([m for m in matchers if is_pattern(m)])
    bounded = max(limit, SCAN) if any(map(is_pattern, matchers)) else limit
    rows = connection.execute(order.page(query, cursors.decode(order, cursor), bounded + 1)).all()
    found: list[dict[str, Any]] = []
    for index, row in enumerate(rows[:bounded]):
        labels = decode_map(row.labels)
        if patterns(labels):
            found.append(_alert(row, labels))
        if (len(found) == limit or index == bounded - 1) and len(rows) > index + 1:
            return found, cursors.encode(order.name, [row.incident_id, row.id])
    return found, None


class Shown(NamedTuple):
    """A row of WORST."""

    id: int
    incident_id: int
    source: str
    fingerprint: str
    labels: str
    annotations: str
    generator_url: str
    starts_at: Instant
    ends_at: Instant | None
    last_seen: Instant | None
    state: int | None
    hot_ends_at: Instant | None
    hot_last_seen: Instant | None


WORST = f"""
SELECT {", ".join(Shown._fields)} FROM (
 SELECT e.*, a.state AS state, a.ends_at AS hot_ends_at, a.last_seen AS hot_last_seen, ROW_NUMBER() OVER
  (PARTITION BY e.incident_id ORDER BY a.state = 1, a.severity DESC, e.id DESC) AS place
 FROM episode e JOIN alert a ON a.key = e.alert_key AND a.episode_id - e.id = 0 WHERE e.incident_id {{keys}}) AS shown
WHERE place <= ? ORDER BY incident_id, place
"""  # noqa: S608  our own names


def worst_alerts(connection: Connection, incidents: Sequence[int], limit: int) -> dict[int, list[dict[str, Any]]]:
    """By incident, at most so many of its alerts, those that fire and the worst of them first: what a message shows."""
    found: dict[int, list[dict[str, Any]]] = {number: [] for number in incidents}
    for each in bulk.select(connection, WORST, incidents, limit):
        row = Shown(*each)
        found[row.incident_id].append(_alert(row, decode_map(row.labels)))
    return found


def _alerts(incident: int | None, status: Sequence[str]) -> tuple[Select[Any], Order]:
    # A difference rather than an equality: PostgreSQL takes two equalities for a join of one row, and sorts the world.
    newest = and_(alert.c.key == episode.c.alert_key, alert.c.episode_id - episode.c.id == 0)
    hot = (alert.c.state, alert.c.ends_at.label("hot_ends_at"), alert.c.last_seen.label("hot_last_seen"))
    query = select(episode, *hot)
    states = [int(state) for state, name in STATUS.items() if name in status]
    if status and "resolved" not in status:
        # Along the partial index of what is open.
        query = query.join(alert, alert.c.episode_id == episode.c.id).where(OPEN_ALERT, alert.c.state.in_(states))
        return (query if incident is None else query.where(alert.c.incident_id == incident)), OPEN_ALERTS
    if incident is None:
        query = query.join(alert, newest)
        return (query.where(alert.c.state.in_(states)) if status else query), ALERTS
    last = select(func.max(episode.c.id)).where(episode.c.incident_id == incident).group_by(episode.c.alert_key)
    query = query.join(alert, newest, isouter=True).where(episode.c.id.in_(last))
    # An episode whose alert has moved on to a newer one is over.
    return (query.where(func.coalesce(alert.c.state, 1).in_(states)) if status else query), ALERTS


def _alert(row: Row[Any] | Shown, labels: dict[str, str]) -> dict[str, Any]:
    ended = row.ends_at if row.state is None else row.hot_ends_at
    seen = row.hot_last_seen or row.last_seen or row.starts_at
    return {
        "fingerprint": row.fingerprint,
        "source": row.source,
        "status": "resolved" if row.state is None else STATUS[State(row.state)],
        "labels": labels,
        "annotations": decode_map(row.annotations),
        "starts_at": rfc3339(row.starts_at),
        "ends_at": None if ended is None else rfc3339(ended),
        "last_seen": rfc3339(seen),
        "generator_url": row.generator_url,
        "incident": str(row.incident_id),
    }
