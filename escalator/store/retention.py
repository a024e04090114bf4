"""Takes away resolved incidents, and all that belongs to them, when their time is over.

Law: a piece at a time, so that nobody waits for it; an incident with an alert that still fires, or is held, stays.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, text

from escalator.core.instant import Instant
from escalator.store import bulk
from escalator.store.audit import PRUNE, append, line, line_sum, seals_over

CHUNK = 200
"""Incidents in one transaction."""


class Cut(NamedTuple):
    """One piece of work."""

    before: Instant
    """Incidents resolved before this, and raw bodies received before it, are taken away."""
    now: Instant
    writer: str
    """Whose audit chain says so."""
    limit: int = CHUNK


OLD = text(
    "SELECT id FROM incident WHERE status = 'resolved' AND opened_at < :before AND resolved_at < :before "
    "AND NOT EXISTS (SELECT 1 FROM alert WHERE alert.incident_id = incident.id AND state <> 1) "
    "ORDER BY opened_at LIMIT :limit"
)
BELONGINGS = (
    "DELETE FROM attempt WHERE outbox_id IN (SELECT id FROM outbox WHERE incident_id {keys})",
    "DELETE FROM outbox WHERE incident_id {keys}",
    "DELETE FROM timeline WHERE incident_id {keys}",
    "DELETE FROM alert WHERE state = 1 AND (key, incident_id) IN "
    "(SELECT alert_key, incident_id FROM episode WHERE incident_id {keys})",
    "DELETE FROM episode WHERE incident_id {keys}",
    "DELETE FROM incident WHERE id {keys}",
)
LOOSE = (
    text(
        "DELETE FROM quarantine WHERE id IN "
        "(SELECT id FROM (SELECT id, at FROM quarantine ORDER BY id LIMIT :limit) AS oldest WHERE at < :before)"
    ),
    text("DELETE FROM link WHERE hash IN (SELECT hash FROM link WHERE expires_at < :before LIMIT :limit)"),
    text("DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE expires_at < :before LIMIT :limit)"),
    text(
        "DELETE FROM answered WHERE request IN "
        "(SELECT request FROM answered WHERE at < :before ORDER BY at LIMIT :limit)"
    ),
    text("DELETE FROM swap WHERE id IN (SELECT id FROM swap WHERE ends_at < :before ORDER BY ends_at LIMIT :limit)"),
    # Resolves that were recorded though nothing had fired: no incident of theirs will ever end.
    text(
        "DELETE FROM alert WHERE key IN "
        "(SELECT key FROM alert WHERE incident_id = 0 AND state <> 1 AND last_seen < :before LIMIT :limit)"
    ),
)


def prune(connection: Connection, cuts: Sequence[Cut]) -> list[int]:
    """A work for `Database.write`: for each cut, how many rows it named were taken (incidents, raw bodies, links,
    swaps, stray resolves); as long as that is not 0, there may be more.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT set_config('escalator.retention', 'on', true)"))
    return [_cut(connection, cut) for cut in cuts]


def _cut(connection: Connection, cut: Cut) -> int:
    parameters = {"before": cut.before, "limit": cut.limit}
    ids = list(connection.execute(OLD, parameters).scalars())
    if ids:
        sealed = _sealed_lines(connection, ids)
        for statement in BELONGINGS:
            bulk.change(connection, statement, ids)
        detail = {"before": cut.before, "incidents": ids, "sealed": sealed}
        append(connection, cut.writer, cut.now, "escalator", PRUNE, detail)
    return len(ids) + sum(connection.execute(statement, parameters).rowcount for statement in LOOSE)


def _sealed_lines(connection: Connection, ids: Sequence[int]) -> dict[str, list[Any]]:
    """What goes from under each seal, as [number of lines, sum of their hashes], so that the rest can be proved."""
    rows = connection.execute(select(line).where(line.c.incident_id.in_(ids)).order_by(line.c.id)).all()
    if not rows:
        return {}
    under: dict[str, list[Any]] = {}
    for name, seal in seals_over(connection, rows[0].id, rows[-1].id):
        under[name] = [row for row in rows if seal.after < row.id <= seal.upto]
    return {name: [len(lines), f"{line_sum(lines):064x}"] for name, lines in under.items() if lines}
