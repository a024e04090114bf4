"""Incidents like one: of its group before, of the same alert under its policy, and what opened shortly before it.

Law: reads only; each walks an index, and what has none is tested along the way, within a bound.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from escalator.core.instant import Instant
from escalator.store import bulk
from escalator.store.alerts import decode_map

SCAN = 400
"""Incidents of the same policy that are looked at, the newest."""


class Earlier(NamedTuple):
    """One incident, as far as it is compared."""

    id: int
    title: str
    status: str
    severity: int
    policy: str
    labels: str
    opened_at: Instant
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    resolved_at: Instant | None


class Ended(NamedTuple):
    """How it went, in the words of its timeline."""

    reason: str = ""
    by: str | None = None
    taken_by: str | None = None
    """Who acknowledged it last: an incident that ended no longer says so."""
    note: str = ""


_FIELDS = ", ".join(Earlier._fields)
_OF_GROUP = f"SELECT {_FIELDS} FROM incident WHERE key = ? AND id < ? ORDER BY id DESC LIMIT ?"  # noqa: S608
_OF_POLICY = f"SELECT {_FIELDS} FROM incident WHERE policy = ? AND opened_at < ? ORDER BY opened_at DESC LIMIT ?"  # noqa: S608
_BETWEEN = (
    f"SELECT {_FIELDS} FROM incident WHERE opened_at >= ? AND opened_at <= ? AND id <> ? "  # noqa: S608
    "ORDER BY opened_at DESC, id DESC LIMIT ?"
)
_ENDS = (
    'SELECT incident_id, event, reason, "by" FROM timeline WHERE incident_id {keys} '
    "AND event IN ('resolved', 'resolved by hand', 'acknowledged', 'note') ORDER BY id"
)


def of_group(connection: Connection, key: int, before: int, limit: int) -> list[Earlier]:
    """The newest first, as numbers are given out."""
    return _read(connection, _OF_GROUP, (key, before, limit))


def of_alert(
    connection: Connection, policy: str, alertname: str, before: Instant, but: Iterable[int], limit: int
) -> list[Earlier]:
    """Of the same policy and alertname, among the last that the policy had."""
    known = set(but)
    found = _read(connection, _OF_POLICY, (policy, before, SCAN))
    fits = (each for each in found if each.id not in known and decode_map(each.labels).get("alertname") == alertname)
    return [each for each, _ in zip(fits, range(limit), strict=False)]


def opened_between(connection: Connection, since: Instant, until: Instant, but: int, limit: int) -> list[Earlier]:
    """The newest first."""
    return _read(connection, _BETWEEN, (since, until, but, limit))


def ends(connection: Connection, ids: Sequence[int]) -> dict[int, Ended]:
    """By incident, those that have anything to say."""
    found: dict[int, Ended] = {}
    for number, event, reason, by in bulk.select(connection, _ENDS, ids) if ids else ():
        found[number] = SAYS[event](found.get(number, Ended()), reason, by)
    return found


def _read(connection: Connection, query: str, parameters: Sequence[Any]) -> list[Earlier]:
    return [Earlier(*row) for row in bulk.plain(connection, query, parameters).fetchall()]


Says = Callable[[Ended, str, str | None], Ended]
SAYS: dict[str, Says] = {
    "resolved": lambda ended, reason, by: ended._replace(reason=reason, by=by),
    "resolved by hand": lambda ended, reason, by: ended._replace(reason=reason, by=by),
    "acknowledged": lambda ended, reason, by: ended._replace(taken_by=by or ended.taken_by),
    "note": lambda ended, reason, by: ended._replace(note=reason),
}
