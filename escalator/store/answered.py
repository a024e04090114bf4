"""Requests of vendors that were carried out, so that none is carried out twice; and secrets of ours, made once."""

from sqlalchemy import Connection

from escalator.core.instant import Instant
from escalator.store import bulk


def take(connection: Connection, request: str, now: Instant) -> bool:
    """False: it was carried out before."""
    query = "INSERT INTO answered (request, at) VALUES (?, ?) ON CONFLICT DO NOTHING"
    return bool(bulk.plain(connection, query, (request, now)).rowcount)


def taken(connection: Connection, request: str) -> bool:
    """Whether it was carried out; takes nothing."""
    query = "SELECT 1 FROM answered WHERE request = ?"
    return bulk.plain(connection, query, (request,)).scalar() is not None


def give_back(connection: Connection, request: str) -> None:
    """It was refused after all: it may come again."""
    bulk.plain(connection, "DELETE FROM answered WHERE request = ?", (request,))


def kept(connection: Connection, name: str, fresh: str) -> str:
    """The value kept under this name; `fresh` where there is none yet, which then is kept."""
    query = "INSERT INTO kept (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING"
    bulk.plain(connection, query, (name, fresh))
    value: str = bulk.plain(connection, "SELECT value FROM kept WHERE name = ?", (name,)).scalar()
    return value
