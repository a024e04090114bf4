"""Incidents in SQL: what is asked for in columns, the rest of the value as JSON in `state`.

Every write compares the version it read; a mismatch raises IntegrityError, and the transaction is run again.
"""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from escalator.core.alert import Severity
from escalator.core.incident import Incident, Status
from escalator.core.instant import Instant
from escalator.store import bulk
from escalator.store.alerts import decode_map, encode
from escalator.store.tables import IncidentRow

COLUMNS = (
    "id", "key", "status", "muted", "severity", "high", "route", "policy", "revision", "title", "labels", "level",
    "round", "firing", "opened_at", "acknowledged_at", "acknowledged_by", "resolved_at", "due_at", "version", "state",
)  # fmt: skip
SELECT = f"SELECT {', '.join(COLUMNS)} FROM incident"  # noqa: S608  our own names

REST = tuple(name for name in Incident._fields if name not in COLUMNS)
DEFAULTS = Incident._field_defaults
REST_DEFAULTS = tuple(DEFAULTS[name] for name in REST)
_rest_of = itemgetter(*(Incident._fields.index(name) for name in REST))
_rest_types: dict[str, Any] = {name: Incident.__annotations__[name] for name in REST}
_decode_rest = msgspec.json.Decoder(
    msgspec.defstruct("Rest", [(name, kind, DEFAULTS[name]) for name, kind in _rest_types.items()])
).decode


def to_row(incident: Incident) -> tuple[Any, ...]:
    rest = {
        n: value for n, value, default in zip(REST, _rest_of(incident), REST_DEFAULTS, strict=True) if value != default
    }
    return (
        incident.id, incident.key, incident.status.value, incident.muted, int(incident.severity), incident.high,
        incident.route, incident.policy, incident.revision, incident.title, encode(incident.labels).decode(),
        incident.level, incident.round, incident.firing, incident.opened_at, incident.acknowledged_at,
        incident.acknowledged_by, incident.resolved_at, incident.due_at, incident.version, encode(rest).decode(),
    )  # fmt: skip


def from_row(row: Sequence[Any]) -> Incident:
    rest = _decode_rest(row[20])
    return Incident(
        id=row[0], key=row[1], status=Status(row[2]), severity=Severity(row[4]), high=bool(row[5]), route=row[6],
        policy=row[7], revision=row[8], title=row[9], labels=decode_map(row[10]), level=row[11], round=row[12],
        firing=row[13], opened_at=row[14], acknowledged_at=row[15], acknowledged_by=row[16], resolved_at=row[17],
        version=row[19], **{name: getattr(rest, name) for name in REST},
    )  # fmt: skip


def load(connection: Connection, ids: Iterable[int]) -> dict[int, Incident]:
    """Locked in the order of their ids; those that are not there are missing from the answer."""
    rows = bulk.select(connection, f"{SELECT} WHERE id {{keys}} ORDER BY id {{lock}}", sorted(ids))
    return {row[0]: from_row(row) for row in rows}


def peek(connection: Connection, id: int) -> Incident | None:
    """Without a lock; None where there is none."""
    row = bulk.plain(connection, f"{SELECT} WHERE id = ?", (id,)).fetchone()
    return None if row is None else from_row(row)


def wanting(connection: Connection, ids: Iterable[int]) -> set[int]:
    """Those of them whose pages are still wanted; all of them are locked, in the order of their ids."""
    query = "SELECT id, status = 'triggered' AND NOT muted FROM incident WHERE id {keys} ORDER BY id {lock}"
    return {row[0] for row in bulk.select(connection, query, sorted(ids)) if row[1]}


def by_keys(connection: Connection, keys: Iterable[int], resolved_since: Instant) -> dict[int, Incident]:
    """For each group key its open incident, else the newest one resolved since then; locked."""
    query = f"{SELECT} WHERE key {{keys}} AND (status <> 'resolved' OR resolved_at >= ?) ORDER BY id {{lock}}"
    found: dict[int, Incident] = {}
    for row in bulk.select(connection, query, sorted(keys), resolved_since):
        if row[1] not in found or not found[row[1]].open:
            found[row[1]] = from_row(row)
    return found


def of_group(connection: Connection, key: int, resolved_since: Instant) -> Incident | None:
    """As `by_keys` for one group, without a lock."""
    query = f"{SELECT} WHERE key = ? AND (status <> 'resolved' OR resolved_at >= ?) ORDER BY id"
    found = [from_row(row) for row in bulk.plain(connection, query, (key, resolved_since)).fetchall()]
    return next((each for each in found if each.open), found[-1] if found else None)


def due(connection: Connection, now: Instant, limit: int) -> list[int]:
    """The ids of those whose earliest deadline has passed, the longest overdue first."""
    query = "SELECT id FROM incident WHERE due_at <= ? ORDER BY due_at LIMIT ?"
    return [row[0] for row in bulk.plain(connection, query, (now, limit)).fetchall()]


def next_due(connection: Connection, after: Instant) -> Instant | None:
    """The earliest deadline later than this."""
    query = "SELECT due_at FROM incident WHERE due_at > ? ORDER BY due_at LIMIT 1"
    found: Instant | None = bulk.plain(connection, query, (after,)).scalar()
    return found


def newest_open(connection: Connection, limit: int) -> list[Incident]:
    query = f"{SELECT} WHERE status <> 'resolved' ORDER BY opened_at DESC, id DESC LIMIT ?"
    return [from_row(row) for row in bulk.plain(connection, query, (limit,)).fetchall()]


def open_of(connection: Connection, key: int) -> int | None:
    """The incident of this group that is open; without a lock, for its unique key decides a race."""
    found: int | None = bulk.plain(
        connection, "SELECT id FROM incident WHERE key = ? AND status <> 'resolved'", (key,)
    ).scalar()
    return found


def count_open(connection: Connection) -> int:
    found: int = bulk.plain(connection, "SELECT COUNT(*) FROM incident WHERE status <> 'resolved'", ()).scalar()
    return found


def opened_since(connection: Connection, policy: str, since: Instant, limit: int) -> int:
    """How many incidents this policy has opened after an instant; counted up to the limit."""
    query = "SELECT COUNT(*) FROM (SELECT 1 FROM incident WHERE policy = ? AND opened_at > ? LIMIT ?) AS opened"
    found: int = bulk.plain(connection, query, (policy, since, limit)).scalar()
    return found


def behind(connection: Connection, revision: int, limit: int) -> list[int]:
    """Open incidents that still walk an earlier revision."""
    query = "SELECT id FROM incident WHERE status <> 'resolved' AND revision < ? ORDER BY revision, id LIMIT ?"
    return [row[0] for row in bulk.plain(connection, query, (revision, limit)).fetchall()]


def open_after(connection: Connection, after: int, limit: int) -> list[int]:
    """Open incidents in the order of their ids, a page at a time."""
    query = "SELECT id FROM incident WHERE status <> 'resolved' AND id > ? ORDER BY id LIMIT ?"
    return [row[0] for row in bulk.plain(connection, query, (after, limit)).fetchall()]


def insert(connection: Connection, incidents: Sequence[Incident]) -> None:
    """New ones; raises IntegrityError when another replica opened the same group first."""
    bulk.insert(connection, IncidentRow, COLUMNS, [to_row(incident) for incident in incidents])


def update(connection: Connection, changed: Sequence[tuple[Incident, int]]) -> None:
    """(incident, the version that was read); raises IntegrityError when one was changed in between."""
    rows = [(*to_row(incident), version) for incident, version in changed]
    done = bulk.update(connection, IncidentRow, COLUMNS, rows, guard="version")
    if done != len(rows):
        lost = Exception(f"{len(rows) - done} incidents changed since they were read")
        raise IntegrityError("UPDATE incident", None, lost)
