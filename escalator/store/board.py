"""What the list of incidents shows beside the incidents themselves: their last day, how many are open, what ended last.

Law: reads only; one query for a whole page, and a count stops where nobody reads on.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, case, func, literal_column, select, union_all

from escalator.core.incident import Incident
from escalator.core.instant import HOUR, Instant
from escalator.store import incidents, listing, urgency
from escalator.store.filters import Filter, episode, incident, outbox
from escalator.store.tables import ENDED

HOURS = 24
MOST = 10_000
"""How far is counted."""
STATUSES = ("triggered", "acknowledged", "snoozed")


class Day(NamedTuple):
    """The last hours of one incident, the oldest first."""

    fired: tuple[int, ...]
    """Alerts that began to fire."""
    sent: tuple[int, ...]
    """Messages that were sent."""


class Card(NamedTuple):
    """An incident as the list shows it."""

    incident: Incident
    alerts: int
    """All it ever had."""
    day: Day


NOTHING = Day((0,) * HOURS, (0,) * HOURS)


def first_hour(now: Instant) -> Instant:
    """Where the last day begins: at a whole hour, so that a picture of it changes once an hour and no sooner."""
    return now // HOUR * HOUR - (HOURS - 1) * HOUR


def page(
    connection: Connection, where: Filter, limit: int, cursor: str | None, now: Instant
) -> tuple[list[Card], str | None]:
    """The most urgent first, and the next cursor; raises ValueError for a cursor not of ours."""
    rows, more = listing.page(connection, where, urgency.NAME, limit, cursor)
    ids = [row.id for row in rows]
    totals, days = listing.alert_counts(connection, ids), last_days(connection, ids, now)
    cards = [Card(_incident(row), totals.get(row.id, row.firing), days.get(row.id, NOTHING)) for row in rows]
    return cards, more


def _incident(row: Row[Any]) -> Incident:
    return incidents.from_row([getattr(row, name) for name in incidents.COLUMNS])


def last_days(connection: Connection, ids: Sequence[int], now: Instant) -> dict[int, Day]:
    """By incident, of those in which anything happened; in one query."""
    if not ids:
        return {}
    since = first_hour(now)
    # What a source says began before we heard of it is counted when we did.
    began = case((episode.c.starts_at < incident.c.opened_at, incident.c.opened_at), else_=episode.c.starts_at)
    fired = (
        select(episode.c.incident_id, literal_column("0").label("kind"), began.label("at"))
        .join(incident, incident.c.id == episode.c.incident_id)
        .where(episode.c.incident_id.in_(ids), began >= since)
    )
    sent = select(outbox.c.incident_id, literal_column("1").label("kind"), outbox.c.sent_at.label("at")).where(
        outbox.c.incident_id.in_(ids), outbox.c.sent_at >= since
    )
    both = union_all(fired, sent).subquery()
    hour = ((both.c.at - since) // HOUR).label("hour")
    query = select(both.c.incident_id, both.c.kind, hour, func.count()).group_by(both.c.incident_id, both.c.kind, hour)
    found: dict[int, tuple[list[int], list[int]]] = {}
    for number, kind, place, count in connection.execute(query):
        day = found.setdefault(number, ([0] * HOURS, [0] * HOURS))
        day[kind][min(int(place), HOURS - 1)] += count
    return {number: Day(tuple(fires), tuple(sends)) for number, (fires, sends) in found.items()}


def open_counts(connection: Connection) -> dict[str, int]:
    """How many stand in each open state; MOST means that many or more."""
    return {
        status: connection.scalar(
            select(func.count()).select_from(
                select(incident.c.id).where(incident.c.status == status).limit(MOST).subquery()
            )
        )
        or 0
        for status in STATUSES
    }


def last_resolved(connection: Connection) -> tuple[int, str, Instant] | None:
    """Number, title and when, of the incident that was resolved last."""
    wanted = select(incident.c.id, incident.c.title, incident.c.resolved_at).where(ENDED)
    row = connection.execute(wanted.order_by(incident.c.resolved_at.desc(), incident.c.id.desc()).limit(1)).first()
    return None if row is None else (row.id, row.title, row.resolved_at)
