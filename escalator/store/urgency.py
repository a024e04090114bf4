"""Incidents as one looks at them at night: what is urgent and nobody has comes first, what is resolved comes last.

Law: a section of the order is one walk along an index for each of its states, begun only where the sections before it
did not fill the page. What a filter asks besides is tested along the way, and never prefers another index.
"""

from collections.abc import Iterator, Sequence
from heapq import merge
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, column, literal_column

from escalator.store.cursors import Order
from escalator.store.filters import Filter, incident
from escalator.store.tables import ENDED, OPEN

NAME = "urgency"


class Section(NamedTuple):
    """A part of the order."""

    place: int
    high: bool | None
    """Urgency; None: either."""
    statuses: tuple[str, ...]


HELD = ("acknowledged", "snoozed")
SECTIONS = (
    Section(4, True, ("triggered",)),
    Section(3, True, HELD),
    Section(2, False, ("triggered",)),
    Section(1, False, HELD),
    Section(0, None, ("resolved",)),
)
ORDER = Order(NAME, (column("place"), column("weight"), column("moment"), incident.c.id), True)
"""`weight` is the severity, `moment` when it opened; of a resolved one nothing, and when it was resolved."""

_OPEN = Order("open", (incident.c.severity, incident.c.opened_at, incident.c.id), True)
_RESOLVED = Order("resolved", (incident.c.resolved_at, incident.c.id), True)
_position = attrgetter("weight", "moment", "id")


def rows(
    connection: Connection, query: Select[Any], where: Filter, after: list[int] | None, limit: int
) -> list[Row[Any]]:
    """The rows of the query that follow `after`. What of `where` stands in LEFT is not in the query yet."""
    found: list[Row[Any]] = []
    query = query.where(*_along(where, connection.dialect.name))
    for section in SECTIONS:
        if len(found) < limit and not _passed(section, where, after):
            begin = after[1:] if after is not None and after[0] == section.place else None
            found += _walk(connection, query, section, _wanted(section, where), begin, limit - len(found))
    return found


LEFT = ("status", "policy", "since", "until")
"""What of a filter is asked here: SQLite, without statistics, would prefer an index on it, and sort what it finds."""


def _along(where: Filter, dialect: str) -> Iterator[ColumnElement[bool]]:
    hidden = dialect == "sqlite"
    policy = incident.c.policy.concat("") if hidden else incident.c.policy
    opened_at = incident.c.opened_at + 0 if hidden else incident.c.opened_at
    if where.policy is not None:
        yield policy == where.policy
    if where.since is not None:
        yield opened_at >= where.since
    if where.until is not None:
        yield opened_at < where.until


def _wanted(section: Section, where: Filter) -> list[str]:
    return [status for status in section.statuses if not where.status or status in where.status]


def _passed(section: Section, where: Filter, after: list[int] | None) -> bool:
    other = where.urgency is not None and section.high is not None and section.high != (where.urgency == "high")
    return other or not _wanted(section, where) or (after is not None and after[0] < section.place)


def _walk(
    connection: Connection,
    query: Select[Any],
    section: Section,
    statuses: Sequence[str],
    after: list[int] | None,
    limit: int,
) -> list[Row[Any]]:
    asked = [_ask(query, section, status, after, limit) for status in statuses]
    answers = [connection.execute(each).all() for each in asked]
    return list(merge(*answers, key=_position, reverse=True))[:limit]


def _ask(query: Select[Any], section: Section, status: str, after: list[int] | None, limit: int) -> Select[Any]:
    # The conditions of the partial indexes in their own words, so that they are used.
    place: Any = literal_column(str(section.place)).label("place")
    if section.high is None:
        named: Any = (place, literal_column("0").label("weight"), incident.c.resolved_at.label("moment"))
        over = query.add_columns(*named).where(ENDED, incident.c.status.not_in(("triggered", *HELD)))
        return _RESOLVED.page(over, after and after[1:], limit)
    named = (place, incident.c.severity.label("weight"), incident.c.opened_at.label("moment"))
    its_own = (OPEN, incident.c.high == section.high, incident.c.status == status)
    return _OPEN.page(query.add_columns(*named).where(*its_own), after, limit)
