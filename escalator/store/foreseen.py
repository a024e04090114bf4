"""What decides the next hours of one open incident, beside itself: its messages, and what capped contacts had of late.

Law: reads only, without a lock, and along an index each.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, or_, select

from escalator.core.digests import CAPS
from escalator.core.effects import Bundle, Kind, Notify
from escalator.core.instant import Instant
from escalator.store.bulk import table_of
from escalator.store.filters import outbox
from escalator.store.tables import METERED, AttemptRow

MOST = 2000
"""Messages of one round that are looked at, the newest."""
_attempt = table_of(AttemptRow)
_COLUMNS = tuple(outbox.c[name] for name in Notify._fields)


class Made(NamedTuple):
    """One message, as the rules made it, and where it stands."""

    said: Notify
    state: str
    attempts: int


def messages(connection: Connection, incident_id: int, round: int) -> list[Made]:
    """Those of the current round, and of earlier ones what still waits; in the order in which they were made."""
    live = or_(outbox.c.round >= round, outbox.c.state.in_(("pending", "sending")))
    query = select(*_COLUMNS, outbox.c.state, outbox.c.attempts).where(outbox.c.incident_id == incident_id, live)
    rows = connection.execute(query.order_by(outbox.c.id.desc()).limit(MOST)).all()
    return [_made(row) for row in reversed(rows)]


def _made(row: Sequence[Any]) -> Made:
    *fields, state, attempts = row
    said = Notify(*fields)
    return Made(said._replace(kind=Kind(said.kind), bundle=Bundle(said.bundle)), state, attempts)


def sent(connection: Connection, contacts: Iterable[str], now: Instant) -> dict[str, list[Instant]]:
    """When these contacts had messages within the longest span of a cap; one that told of several counts once."""
    since = now - max(cap.within for cap in CAPS.values())
    joined = outbox.join(_attempt, _attempt.c.outbox_id == outbox.c.id)
    query = (
        select(outbox.c.contact, _attempt.c.at)
        .select_from(joined)
        .where(outbox.c.contact.in_(sorted(contacts)), METERED, outbox.c.sent_at > since, outbox.c.carrier.is_(None))
        .where(_attempt.c.outcome == "sent", _attempt.c.at > since)
        .order_by(_attempt.c.at)
    )
    found: dict[str, list[Instant]] = {}
    for contact, at in connection.execute(query):
        found.setdefault(contact, []).append(at)
    return found
