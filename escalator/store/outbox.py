"""The outbox: what is to be sent, who sends it now, and how each try ended.

A claim joins the incident's state, so that no claim commits after an acknowledgement has (I3); a lease bounds how long
a killed sender may keep a row (I5); the token fences a sender that was too slow (I4).
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from escalator.core.effects import Kind, Notify, Told
from escalator.core.instant import SECOND, Instant, Span
from escalator.store import bulk
from escalator.store.batch import call
from escalator.store.tables import AttemptRow, OutboxRow

LEASE: Span = 30 * SECOND

COLUMNS = (
    "incident_id", "round", "level", "attempt", "step", "contact", "kind", "via", "person", "target", "reason",
    "priority", "not_before", "state", "token", "attempts", "created_at", "bundle",
)  # fmt: skip


class Claimed(NamedTuple):
    """A row of the outbox whose lease is ours."""

    id: int
    incident_id: int
    round: int
    level: int
    attempt: int
    step: int
    contact: str
    kind: str
    via: str
    person: str | None
    target: str
    reason: str
    token: int
    attempts: int
    not_before: Instant
    priority: int
    bundle: int
    created_at: Instant


FIELDS = ", ".join(f"outbox.{name}" for name in Claimed._fields)


def rider(via: str) -> str:
    """The tag under which a lane without work rides along: it is called when something is put in the outbox for it."""
    return f"outbox {via}"


def insert(connection: Connection, messages: Sequence[tuple[int, Notify]], now: Instant) -> None:
    """(incident, message); one that is there already, by the key `outbox_once`, is not doubled."""
    _coalesce(connection, messages)
    rows = [
        (
            number, m.round, m.level, m.attempt, m.step, m.contact, m.kind.value, m.via, m.person, m.target, m.reason,
            m.priority, m.not_before, "pending", 0, 0, now, int(m.bundle),
        )
        for number, m in messages
    ]  # fmt: skip
    bulk.insert(connection, OutboxRow, COLUMNS, rows, once=True)
    call(connection, {rider(m.via) for _, m in messages if m.not_before <= now})


def _coalesce(connection: Connection, messages: Sequence[tuple[int, Notify]]) -> None:
    """An update that nobody was sent yet is not worth sending where a newer one says how things are."""
    query = (
        "UPDATE outbox SET state = 'cancelled' WHERE incident_id {keys} AND contact = ? AND kind = 'update' "
        "AND state = 'pending' AND attempts = 0"
    )
    newer: dict[str, list[int]] = {}
    for number, message in messages:
        if message.kind is Kind.UPDATE:
            newer.setdefault(message.contact, []).append(number)
    for contact, numbers in newer.items():
        bulk.change(connection, query, sorted(numbers), contact)


# A message whose attempt ended in doubt is not cancelled but unknown: it may have arrived, and nobody will find out.
STOPPED = """
UPDATE outbox SET state = CASE WHEN EXISTS (
 SELECT 1 FROM attempt a WHERE a.outbox_id = outbox.id AND a.outcome = 'ambiguous') THEN 'unknown' ELSE 'cancelled' END
WHERE state = 'pending' AND incident_id"""


def cancel(connection: Connection, incidents: Sequence[int], *, everything: bool) -> None:
    """Pending pages (or everything pending) of these incidents; what is being sent can no longer be called back."""
    if incidents:
        pages = "" if everything else " AND kind = 'page'"
        bulk.change(connection, f"{STOPPED} {{keys}}{pages}", incidents)


def cancel_person(connection: Connection, incident_id: int, person: str) -> None:
    """Pending pages to one person."""
    bulk.plain(connection, f"{STOPPED} = ? AND kind = 'page' AND person = ?", (incident_id, person))


def told(connection: Connection, incidents: Sequence[int]) -> dict[int, tuple[Told, ...]]:
    """By incident, the contacts to which anything was sent, or may have been."""
    query = (
        "SELECT incident_id, contact, MIN(via), MIN(person), MIN(target) FROM outbox WHERE incident_id {keys} "
        "AND attempts > 0 AND state IN ('sending', 'sent', 'delivered', 'unknown', 'pending') "
        "GROUP BY incident_id, contact ORDER BY MIN(id)"
    )
    found: dict[int, tuple[Told, ...]] = dict.fromkeys(incidents, ())
    for number, *contact in bulk.select(connection, query, incidents):
        found[number] += (Told(*contact),)
    return found


WANTED = """((o.kind = 'page' AND i.status = 'triggered' AND NOT i.muted)
   OR (o.kind = 'update' AND i.status <> 'resolved') OR (o.kind = 'resolved' AND i.status = 'resolved'))"""
"""Whether a message still makes sense: nobody is paged for what is held or over, nor told it is over when it is not."""

# An update or a resolve waits while an earlier message of the same incident to the same contact is on its way:
# a destination hears trigger, acknowledge, resolve in this order (I12).
DUE = f"""
 FROM outbox o JOIN incident i ON i.id = o.incident_id
 WHERE o.via = ? AND o.state IN ('pending', 'sending') AND o.not_before <= ?
  AND (o.state = 'pending' OR o.lease_until < ?)
  AND {WANTED}
  AND (o.kind = 'page' OR NOT EXISTS (
   SELECT 1 FROM outbox e WHERE e.incident_id = o.incident_id AND e.contact = o.contact AND e.id < o.id
    AND e.state = 'sending' AND e.lease_until >= ?))"""  # noqa: S608  our own names
LEASED = f"""
UPDATE outbox SET state = 'sending', token = token + 1, attempts = attempts + 1, lease_until = ?
FROM c WHERE outbox.id = c.id RETURNING {FIELDS}
"""  # noqa: S608  our own names
FIRST = "ORDER BY o.priority, o.not_before, o.id"
LOCK = " FOR UPDATE OF o SKIP LOCKED FOR SHARE OF i SKIP LOCKED"
# A contact that bears one message at a time: the first for each that does not rest.
RANKED = f"SELECT o.id, ROW_NUMBER() OVER (PARTITION BY o.contact {FIRST}) AS place {DUE} AND o.contact {{rest}}"
PACED = f"""
WITH d AS ({RANKED}),
c AS (SELECT o.id FROM d JOIN outbox o ON o.id = d.id JOIN incident i ON i.id = o.incident_id
 WHERE d.place = 1 AND (o.state = 'pending' OR o.lease_until < ?) {FIRST} LIMIT ?{{lock}}) {LEASED}
"""  # noqa: S608  our own names
CLAIM = f"WITH c AS (SELECT o.id {DUE} {FIRST} LIMIT ?{{lock}}) {LEASED}"
SPARING = f"WITH c AS (SELECT o.id {DUE} AND o.contact {{rest}} {FIRST} LIMIT ?{{lock}}) {LEASED}"


def _on_postgresql(query: str) -> str:
    return query.replace("{lock}", LOCK).replace("{rest}", "<> ALL(?::text[])")


def _on_sqlite(query: str) -> str:
    return query.replace("{lock}", "").replace("{rest}", "NOT IN (SELECT value FROM json_each(?))")


POSTGRESQL_CLAIMS = tuple(map(_on_postgresql, (CLAIM, SPARING, PACED)))
SQLITE_CLAIMS = tuple(map(_on_sqlite, (CLAIM, SPARING, PACED)))


def claim(
    connection: Connection, via: str, free: int, now: Instant, resting: Sequence[str] = (), *, paced: bool = False
) -> list[Claimed]:
    """At most as many rows as senders are free: one that waits behind another's send would break I3.

    `resting`: no rows for these contacts. `paced`: at most one row a contact.
    """
    postgresql = bulk.is_postgresql(connection)
    plain, sparing, one_each = POSTGRESQL_CLAIMS if postgresql else SQLITE_CLAIMS
    due, rest = (via, now, now, now), list(resting) if postgresql else json.dumps(list(resting))
    if paced:
        answer = bulk.plain(connection, one_each, (*due, rest, now, free, now + LEASE))
    elif resting:
        answer = bulk.plain(connection, sparing, (*due, rest, free, now + LEASE))
    else:
        answer = bulk.plain(connection, plain, (*due, free, now + LEASE))
    return sorted((Claimed(*row) for row in answer.fetchall()), key=lambda row: row.id)


class Ended(NamedTuple):
    """How one attempt ended, and what follows."""

    row: Claimed
    at: Instant
    took: Span
    outcome: str
    detail: str
    state: str
    retry_at: Instant | None
    receipt: str | None
    carrier: int | None = None
    """The row whose message told of this one too."""


RESULT = ("id", "state", "not_before", "sent_at", "receipt", "carrier", "lease_until", "token")


def record(connection: Connection, ended: Sequence[Ended]) -> list[bool]:
    """Writes results under their fencing tokens; False: fenced, somebody else holds the row now."""
    held = bulk.select(
        connection,
        "SELECT id, token, state FROM outbox WHERE id {keys} ORDER BY id {lock}",
        sorted(e.row.id for e in ended),
    )
    tokens = {row[0]: row[1] for row in held if row[2] == "sending"}
    mine = [tokens.get(e.row.id) == e.row.token for e in ended]
    rows = [
        (
            e.row.id, e.state, e.retry_at or e.row.not_before, e.at if e.state in ("sent", "delivered") else None,
            e.receipt, e.carrier, None, e.row.token, e.row.token,
        )
        for e, own in zip(ended, mine, strict=True)
        if own
    ]  # fmt: skip
    bulk.update(connection, OutboxRow, RESULT, rows, guard="token")
    tries = [(e.row.id, e.row.token, e.at, e.took, e.outcome if own else f"{e.outcome} (fenced)", e.detail)
             for e, own in zip(ended, mine, strict=True)]  # fmt: skip
    attempted(connection, tries)
    return mine


def attempted(connection: Connection, tries: Sequence[tuple[int, int, Instant, Span, str, str]]) -> None:
    """(row, token, when, how long, outcome, detail): lines of the ledger."""
    bulk.insert(connection, AttemptRow, ("outbox_id", "token", "at", "took", "outcome", "detail"), tries)


def due_vias(connection: Connection, now: Instant) -> tuple[frozenset[str], Instant | None]:
    """The ways out that have something to send now, and when the next row becomes due."""
    query = (
        "SELECT DISTINCT via FROM outbox WHERE state IN ('pending', 'sending') AND not_before <= ? "
        "AND (state = 'pending' OR lease_until < ?)"
    )
    vias = frozenset(row[0] for row in bulk.plain(connection, query, (now, now)).fetchall())
    later = (
        "SELECT not_before FROM outbox WHERE state IN ('pending', 'sending') AND not_before > ? "
        "ORDER BY not_before LIMIT 1"
    )
    return vias, bulk.plain(connection, later, (now,)).scalar()


SWEEP = f"""
UPDATE outbox SET lease_until = NULL, state = CASE WHEN state = 'sending' OR EXISTS (
 SELECT 1 FROM attempt a WHERE a.outbox_id = outbox.id AND a.outcome = 'ambiguous') THEN 'unknown' ELSE 'cancelled' END
WHERE id IN (
 SELECT o.id FROM outbox o JOIN incident i ON i.id = o.incident_id
 WHERE (o.state = 'pending' OR (o.state = 'sending' AND o.lease_until < ?)) AND NOT {WANTED})
"""  # noqa: S608  our own names


def sweep(connection: Connection, now: Instant) -> int:
    """Ends messages that nobody needs any more; where the sender died, nobody knows whether they arrived."""
    done: int = bulk.plain(connection, SWEEP, (now,)).rowcount
    return done


def counts(connection: Connection) -> list[tuple[str, str, int]]:
    """(via, state, number) of what waits: for the metrics."""
    query = "SELECT via, state, COUNT(*) FROM outbox WHERE state IN ('pending', 'sending') GROUP BY via, state"
    rows: Sequence[Any] = bulk.plain(connection, query).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]
