"""The timeline: each incident's story, append-only."""

from collections.abc import Sequence

from sqlalchemy import Connection

from escalator.core.effects import Entry
from escalator.core.instant import Instant
from escalator.store import bulk
from escalator.store.alerts import encode
from escalator.store.tables import TimelineRow

COLUMNS = ("incident_id", "at", "event", "reason", "by", "detail")


def append(connection: Connection, lines: Sequence[tuple[int, Entry]], now: Instant) -> None:
    """(incident, entry), in the order in which they happened."""
    rows = [
        (number, now, e.event, e.reason, e.by, encode(e.detail).decode() if e.detail else None) for number, e in lines
    ]
    bulk.insert(connection, TimelineRow, COLUMNS, rows)
