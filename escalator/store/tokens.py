"""Access tokens, stored as hashes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from escalator.core.instant import Instant, rfc3339
from escalator.store import bulk
from escalator.store.registers import TokenRow


class Token(NamedTuple):
    id: str
    hash: str
    """Hex SHA-256."""
    name: str
    person: str | None
    scopes: str
    """Space-separated."""
    created_at: Instant
    expires_at: Instant | None


def add(connection: Connection, token: Token) -> None:
    bulk.insert(connection, TokenRow, Token._fields, [token])


def find(connection: Connection, hashed: str, now: Instant) -> Token | None:
    """None: unknown, expired or revoked."""
    query = (
        "SELECT id, hash, name, person, scopes, created_at, expires_at FROM token "
        "WHERE hash = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)"
    )
    row = bulk.plain(connection, query, (hashed, now)).fetchone()
    return None if row is None else Token(*row)


def revoke(connection: Connection, id: str, now: Instant) -> bool:
    query = "UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL"
    return bool(bulk.plain(connection, query, (now, id)).rowcount)


def touch(connection: Connection, ids: Sequence[str], now: Instant) -> None:
    for id in ids:
        bulk.plain(connection, "UPDATE token SET last_used_at = ? WHERE id = ?", (now, id))


def any_valid(connection: Connection) -> bool:
    """Whether anybody was ever given a token that is not revoked."""
    return bulk.plain(connection, "SELECT 1 FROM token WHERE revoked_at IS NULL LIMIT 1").scalar() is not None


def listed(connection: Connection) -> list[dict[str, Any]]:
    """For doors: never the hash."""
    columns = ("id", "name", "person", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    query = f"SELECT {', '.join(columns)} FROM token ORDER BY created_at"  # noqa: S608  our own names
    rows = [dict(zip(columns, row, strict=True)) for row in bulk.plain(connection, query).fetchall()]
    for row in rows:
        row["scopes"] = row["scopes"].split()
        row.update({name: rfc3339(row[name]) for name in columns[4:] if row[name] is not None})
    return rows
