"""What the auditor asks: is anything stranded that the rest believes on its way? And the figures of the gauges."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from escalator.core.instant import SECOND, Instant, Span
from escalator.store import bulk

LATE: Span = 30 * SECOND
"""A deadline or a lease that passed this long ago is nobody's any more."""


class Finding(NamedTuple):
    """One kind of stranded thing, and how many there are."""

    what: str
    number: int


# A triggered incident always has a deadline, but for an exhausted low-urgency one and one whose pages are withheld.
QUESTIONS = {
    "triggered incidents without a deadline": (
        "SELECT COUNT(*) FROM incident WHERE status = 'triggered' AND due_at IS NULL AND high AND NOT muted"
    ),
    "deadlines that passed unheard": "SELECT COUNT(*) FROM incident WHERE due_at < ?",
    "leases that ended unheard": "SELECT COUNT(*) FROM outbox WHERE state = 'sending' AND lease_until < ?",
}


def audit(connection: Connection, now: Instant) -> list[Finding]:
    """Empty: nothing is stranded."""
    found = []
    for what, query in QUESTIONS.items():
        parameters = (now - LATE,) if "?" in query else ()
        number = bulk.plain(connection, query, parameters).scalar()
        if number:
            found.append(Finding(what, number))
    return found


def open_incidents(connection: Connection) -> list[tuple[str, int, int]]:
    """(status, severity, number) of what is open."""
    query = "SELECT status, severity, COUNT(*) FROM incident WHERE status <> 'resolved' GROUP BY status, severity"
    rows: Sequence[Any] = bulk.plain(connection, query).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]
