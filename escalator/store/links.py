"""Links in messages, stored hashed: each lets one recipient see, and once acknowledge, one incident."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from escalator.core.instant import Instant
from escalator.store import bulk
from escalator.store.registers import LinkRow


class Kept(NamedTuple):
    hash: str
    incident_id: int
    outbox_id: int
    person: str | None
    expires_at: Instant
    used_at: Instant | None


def add(connection: Connection, links: Sequence[tuple[str, int, int, str | None, Instant]]) -> None:
    """(hash, incident, outbox row, person, expiry) each."""
    bulk.insert(connection, LinkRow, Kept._fields[:5], links)


def find(connection: Connection, hashed: str, now: Instant) -> Kept | None:
    """None: unknown, or expired."""
    query = f"SELECT {', '.join(Kept._fields)} FROM link WHERE hash = ? AND expires_at > ?"  # noqa: S608  our own names
    row = bulk.plain(connection, query, (hashed, now)).fetchone()
    return None if row is None else Kept(*row)


def use(connection: Connection, hashed: str, now: Instant) -> bool:
    """False: it was used before."""
    query = "UPDATE link SET used_at = ? WHERE hash = ? AND used_at IS NULL"
    return bool(bulk.plain(connection, query, (now, hashed)).rowcount)


def give_back(connection: Connection, hashed: str) -> None:
    """What it was used for was refused: it may be used again."""
    bulk.plain(connection, "UPDATE link SET used_at = NULL WHERE hash = ?", (hashed,))
