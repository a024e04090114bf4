"""Browsers that are signed in, and links that sign one in once. Stored as hashes; a session ends with its token."""

from typing import NamedTuple

from sqlalchemy import Connection

from escalator.core.instant import Instant
from escalator.store import bulk
from escalator.store.registers import SessionRow

OUTSIDE = "admin"
"""The id of the token that is given in the settings: no row of `token` says whether it still holds."""


class Session(NamedTuple):
    hash: str
    """Hex SHA-256."""
    kind: str
    """browser or link."""
    token: str | None
    """Hex SHA-256 of the token that opened it."""
    token_id: str | None
    person: str | None
    name: str
    scopes: str
    """Space-separated."""
    created_at: Instant
    expires_at: Instant


def add(connection: Connection, session: Session) -> None:
    bulk.insert(connection, SessionRow, Session._fields, [session])


def find(connection: Connection, hashed: str, kind: str, now: Instant) -> Session | None:
    """None: unknown, expired, ended, or its token is."""
    query = (
        f"SELECT {', '.join(Session._fields)} FROM session WHERE hash = ? AND kind = ? AND expires_at > ? "  # noqa: S608
        "AND (token IS NULL OR token_id = ? OR EXISTS (SELECT 1 FROM token WHERE token.hash = session.token "
        "AND revoked_at IS NULL AND (token.expires_at IS NULL OR token.expires_at > ?)))"
    )
    row = bulk.plain(connection, query, (hashed, kind, now, OUTSIDE, now)).fetchone()
    return None if row is None else Session(*row)


def end(connection: Connection, hashed: str) -> bool:
    """False: it had ended."""
    return bool(bulk.plain(connection, "DELETE FROM session WHERE hash = ?", (hashed,)).rowcount)


def any_browser(connection: Connection) -> bool:
    """Whether anybody was signed in lately."""
    query = "SELECT 1 FROM session WHERE kind = 'browser' LIMIT 1"
    return bulk.plain(connection, query).scalar() is not None
