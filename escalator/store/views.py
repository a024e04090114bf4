"""Saved views: filters of the list of incidents that somebody gave a name, for everybody."""

from typing import NamedTuple

from sqlalchemy import Connection

from escalator.core.instant import Instant
from escalator.store import bulk
from escalator.store.registers import SavedViewRow

MOST = 50
"""They are shown side by side."""


class View(NamedTuple):
    id: str
    name: str
    query: str
    """What stands behind the `?` of its address."""
    by: str
    created_at: Instant


_COLUMNS = ", ".join(f'"{name}"' for name in View._fields)


def add(connection: Connection, view: View) -> None:
    bulk.insert(connection, SavedViewRow, View._fields, [view])


def drop(connection: Connection, id: str) -> str | None:
    """The name of the view that is gone; None: there was none."""
    query = "DELETE FROM saved_view WHERE id = ? RETURNING name"
    found: str | None = bulk.plain(connection, query, (id,)).scalar()
    return found


def listed(connection: Connection) -> list[View]:
    """In the order in which they were made."""
    query = f"SELECT {_COLUMNS} FROM saved_view ORDER BY created_at, id LIMIT ?"  # noqa: S608  our own names
    return [View(*row) for row in bulk.plain(connection, query, (MOST,)).fetchall()]
