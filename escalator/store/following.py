"""What follows a claim or an attempt: the next contact, what goes out together, what came before, later receipts.

Law: as in `outbox`, whose rows these are; nothing here is on the path of a message that simply arrives.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from escalator.core.instant import Instant
from escalator.store import bulk
from escalator.store.batch import call
from escalator.store.outbox import FIELDS, LEASE, WANTED, Claimed, attempted, rider


def advance_fallback(connection: Connection, row: Claimed, now: Instant) -> str | None:
    """The person's next contact of the same page starts now; its way out, or None where it has started.

    What follows that one is its own affair: a retry that fails again must not ring a phone behind what has arrived.
    """
    query = (
        "UPDATE outbox SET not_before = ? WHERE id = (SELECT id FROM outbox WHERE incident_id = ? AND round = ? "
        "AND level = ? AND attempt = ? AND kind = 'page' AND person = ? AND step > ? ORDER BY step LIMIT 1) "
        "AND state = 'pending' AND attempts = 0 AND not_before > ? RETURNING via"
    )
    key = (row.incident_id, row.round, row.level, row.attempt, row.person, row.step, now)
    found: str | None = bulk.plain(connection, query, (now, *key)).scalar()
    return found


def left(connection: Connection, row: Claimed) -> set[str]:
    """The people whom this attempt of this level paged and some contact of whom has not failed for good."""
    query = (
        "SELECT DISTINCT person FROM outbox WHERE incident_id = ? AND round = ? AND level = ? AND attempt = ? "
        "AND kind = 'page' AND person IS NOT NULL AND state <> 'failed'"
    )
    rows = bulk.plain(connection, query, (row.incident_id, row.round, row.level, row.attempt)).fetchall()
    return {found[0] for found in rows}


class Earlier(NamedTuple):
    """The first message that a contact had of an incident."""

    receipt: str
    shared: bool
    """Others were told of in the same message."""


def threads(connection: Connection, rows: Sequence[Claimed]) -> dict[tuple[int, str], Earlier]:
    """By incident and contact, for those that had a message before."""
    query = (
        "SELECT o.incident_id, o.contact, o.receipt, o.carrier IS NOT NULL OR EXISTS "
        "(SELECT 1 FROM outbox m WHERE m.carrier = o.id) FROM outbox o WHERE o.incident_id {keys} "
        "AND o.via = ? AND o.receipt IS NOT NULL ORDER BY o.id DESC"
    )
    found: dict[tuple[int, str], Earlier] = {}
    if rows:
        for number, contact, receipt, shared in bulk.select(
            connection, query, sorted({row.incident_id for row in rows}), rows[0].via
        ):
            found[number, contact] = Earlier(receipt, bool(shared))
    return found


COMPANIONS = f"""
UPDATE outbox SET state = 'sending', token = token + 1, attempts = attempts + 1, lease_until = ?
WHERE id IN (SELECT o.id FROM outbox o JOIN incident i ON i.id = o.incident_id
 WHERE o.contact = ? AND o.via = ? AND o.kind = ? AND o.bundle >= 2 AND o.state = 'pending' AND o.not_before <= ?
  AND {WANTED} ORDER BY o.priority, o.id LIMIT ? {{lock}})
RETURNING {FIELDS}
"""  # noqa: S608  our own names


def companions(connection: Connection, row: Claimed, now: Instant, most: int) -> list[Claimed]:
    """Leases what else may go out in the same message as this row."""
    lock = "FOR UPDATE OF o SKIP LOCKED FOR SHARE OF i SKIP LOCKED" if bulk.is_postgresql(connection) else ""
    parameters = (now + LEASE, row.contact, row.via, row.kind, now, most)
    found = bulk.plain(connection, COMPANIONS.replace("{lock}", lock), parameters).fetchall()
    return sorted((Claimed(*each) for each in found), key=lambda each: each.id)


def sent_since(connection: Connection, contact: str, since: Instant, now: Instant) -> list[tuple[int, Instant]]:
    """(row, when) of the messages that went out to a contact, each time, or are on their way; several incidents in one
    message count once. For metered ways out.
    """
    metered = "FROM outbox o {} WHERE o.contact = ? AND o.carrier IS NULL AND o.via IN ('sms', 'call', 'push') AND "
    went = metered.format("JOIN attempt a ON a.outbox_id = o.id")
    query = (
        f'SELECT o.id, a."at" {went} o.sent_at > ? AND a.outcome = \'sent\' AND a."at" > ? '
        f"UNION ALL SELECT o.id, ? {metered.format('')} o.state = 'sending'"
    )
    rows = bulk.plain(connection, query, (contact, since, since, now, contact)).fetchall()
    return [(row[0], row[1]) for row in rows]


def postpone(connection: Connection, row: Claimed, until: Instant, why: str, now: Instant) -> None:
    """Gives a claimed row back unsent: it goes out later, with whatever else is due for the contact by then."""
    query = (
        "UPDATE outbox SET state = 'pending', attempts = attempts - 1, lease_until = NULL, not_before = ?, bundle = 2 "
        "WHERE id = ? AND token = ?"
    )
    bulk.plain(connection, query, (until, row.id, row.token))
    attempted(connection, [(row.id, row.token, now, 0, "postponed", why)])


def taken(connection: Connection, via: str, receipt: str) -> list[Claimed]:
    """The rows that went out in the message of this receipt and have not ended yet; locked."""
    query = (
        f"SELECT {FIELDS} FROM outbox WHERE receipt = ? AND via = ? AND via IN ('sms', 'call', 'push') "  # noqa: S608
        "AND state = 'sent' ORDER BY id {lock}"  # in the words of the partial index
    )
    return [Claimed(*row) for row in bulk.plain(connection, query, (receipt, via)).fetchall()]


def conclude(
    connection: Connection, row: Claimed, state: str, retry_at: Instant | None, outcome: str, detail: str, now: Instant
) -> None:
    """Writes what the provider said later."""
    query = "UPDATE outbox SET state = ?, not_before = ? WHERE id = ?"
    bulk.plain(connection, query, (state, retry_at or row.not_before, row.id))
    attempted(connection, [(row.id, row.token, now, 0, outcome, detail)])
    if retry_at is not None:
        call(connection, {rider(row.via)})


def carried(connection: Connection, row: int) -> list[int]:
    """The incidents of the message that this row was sent in, its own first."""
    query = "SELECT incident_id FROM outbox WHERE id = ? OR carrier = ? ORDER BY id = ? DESC, id"
    found = [each[0] for each in bulk.plain(connection, query, (row, row, row)).fetchall()]
    return list(dict.fromkeys(found))


def told_of(connection: Connection, person: str | None, via: str | None, most: int) -> list[int]:
    """Open incidents, the triggered first, newest first; only those of which the person was told (by `via`)."""
    heard = (
        "AND EXISTS (SELECT 1 FROM outbox o WHERE o.incident_id = i.id AND o.person = ? AND o.attempts > 0 "
        "AND o.state <> 'failed' AND (? = '' OR o.via = ?)) "
        if person is not None
        else ""
    )
    query = (
        f"SELECT i.id FROM incident i WHERE i.status <> 'resolved' {heard}"  # noqa: S608  our own names
        "ORDER BY i.status <> 'triggered', i.opened_at DESC, i.id DESC LIMIT ?"
    )
    parameters = (person, via or "", via or "", most) if person is not None else (most,)
    return [row[0] for row in bulk.plain(connection, query, parameters).fetchall()]
