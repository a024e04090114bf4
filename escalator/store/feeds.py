"""Calendar feeds: each token, stored hashed, shows one person's or one schedule's shifts and nothing else."""

from typing import Any, NamedTuple

from sqlalchemy import Connection

from escalator.core.instant import Instant, rfc3339
from escalator.store import bulk
from escalator.store.registers import FeedRow


class Feed(NamedTuple):
    id: str
    hash: str
    """Hex SHA-256 of the token."""
    kind: str
    """person or schedule."""
    name: str
    by: str
    created_at: Instant


def add(connection: Connection, feed: Feed) -> None:
    bulk.insert(connection, FeedRow, Feed._fields, [feed])


def find(connection: Connection, hashed: str) -> Feed | None:
    """None: unknown, or revoked."""
    query = f"SELECT {', '.join(Feed._fields)} FROM feed WHERE hash = ? AND revoked_at IS NULL"  # noqa: S608  our own names
    row = bulk.plain(connection, query, (hashed,)).fetchone()
    return None if row is None else Feed(*row)


def revoke(connection: Connection, id: str, now: Instant) -> bool:
    """False: there is none, or it is revoked already."""
    query = "UPDATE feed SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL"
    return bool(bulk.plain(connection, query, (now, id)).rowcount)


def listed(connection: Connection) -> list[dict[str, Any]]:
    """For doors, those that are not revoked: never the hash."""
    columns = ("id", "kind", "name", "by", "created_at")
    named = ", ".join(f'"{column}"' for column in columns)
    query = f"SELECT {named} FROM feed WHERE revoked_at IS NULL ORDER BY created_at, id"  # noqa: S608  our own names
    rows = [dict(zip(columns, row, strict=True)) for row in bulk.plain(connection, query).fetchall()]
    return [{**row, "created_at": rfc3339(row["created_at"])} for row in rows]
