"""The database as the rest of the house sees it: write together, read apart, ask the time.

Law: works and queries are synchronous functions on a Connection, the same for both databases.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from escalator.core.instant import Span
from escalator.store.batch import I, Line, O, Refused, Unavailable, Work
from escalator.store.clock import Clock, Local, Steady
from escalator.store.postgresql import Postgresql
from escalator.store.sqlite import Sqlite

__all__ = ["Database", "Home", "Refused", "Unavailable", "Work", "sqlite_path"]

T = TypeVar("T")
Dialect = Literal["sqlite", "postgresql"]


class Home(Protocol):
    """Where the items of a `Line` are committed."""

    line: Line

    async def read(self, query: Callable[[Connection], T]) -> T: ...

    async def close(self) -> None: ...


class Database:
    """One per process; belongs to the event loop on which it was opened."""

    dialect: Dialect

    def __init__(self, dialect: Dialect, home: Home, clock: Clock, kept: Steady | None = None) -> None:
        self.dialect = dialect
        self._home = home
        self._line = home.line
        self.now = clock
        """Microseconds since 1970, never going back."""
        self._kept = kept

    @classmethod
    async def open(cls, url: str, *, clock: Clock | None = None) -> "Database":
        """Opens `sqlite+aiosqlite:///path` (or `sqlite:///path`) or `postgresql+asyncpg://…`, migrated before.

        Raises ValueError for another URL, Refused for a database that must not be used, Unavailable for one that
        cannot be reached.
        """
        path = sqlite_path(url)
        if path is not None:
            kept = Local()
            return cls("sqlite", Sqlite(path), clock or kept.now, kept)
        if make_url(url).get_backend_name() != "postgresql":
            raise ValueError("the database URL must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://")
        home = await Postgresql(asyncpg_url(url)).open()
        return cls("postgresql", home, clock or home.clock.now, home.clock)

    @property
    def skew(self) -> Span:
        """By how much the database's own clock was last found ahead of `now`: beyond seconds it has jumped."""
        return 0 if self._kept is None else self._kept.skew

    async def write(self, work: Work[I, O], item: I) -> O:
        """Joins the next commit and returns this item's outcome once it is durable.

        Raises what the work raised for this item, and Unavailable when nothing was committed within 5 s (or so it
        seems: the work must bear being run again).
        """
        outcome: O = await self._line.join(work, item)
        return outcome

    async def ride(self, tag: str, work: Work[I, O], item: I) -> O:
        """Like `write`, but starts no commit: the item is run, last, in the next transaction in which a work calls the
        tag (`batch.call`), or in the next one after `call`. It waits without limit.
        """
        outcome: O = await self._line.ride(tag, work, item)
        return outcome

    def call(self, tag: str) -> None:
        """Who rides under this tag joins the next commit; nobody is no fault."""
        self._line.call(tag)

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Runs a query outside any write transaction; raises Unavailable."""
        return await self._home.read(query)

    async def close(self) -> None:
        """Commits what waits, then lets go."""
        await self._home.close()


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite URL, None for another database; raises ValueError for what is no URL."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ValueError(f"not a database URL: {error}") from error
    if parsed.get_backend_name() != "sqlite":
        return None
    if parsed.database in (None, "", ":memory:"):
        raise ValueError("an SQLite database needs a file: memory would lose every alert at a restart")
    return Path(str(parsed.database))


def asyncpg_url(url: str) -> str:
    """The same PostgreSQL URL with asyncpg as its driver."""
    parsed = make_url(url).set(drivername="postgresql+asyncpg")
    return parsed.render_as_string(hide_password=False)
