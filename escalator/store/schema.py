"""The version of the schema: brought forward under a lock, refused when it is ahead of this program.

Law: all migrations of one run are one transaction; a database is never left between two versions.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from escalator.store import sqlite
from escalator.store.batch import Refused
from escalator.store.db import asyncpg_url, sqlite_path

T = TypeVar("T")

HEAD = "0010"
"""The newest revision. Named here so that a start without anything to do need not import Alembic (0.3 s)."""
LOCK = 0x65_73_63_61_6C  # "escal": any number that no other program on the server uses
SQLITE_WAIT = 60_000
"""Milliseconds to wait for another process that migrates."""


class Ahead(Refused):
    """A newer Escalator has migrated this database."""


def migrations() -> Path:
    """Where the revisions are: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "migrations"
    return installed if installed.exists() else package.parent / "migrations"


async def ensure(url: str) -> list[str]:
    """Brings the schema to this program's version, and returns the revisions that this took, as `0001 words`.

    Raises Ahead when the database is newer, Refused when it cannot be opened, OSError when no server answers. Two
    processes may call it at once: one works, the other waits.
    """
    return await _with_connection(url, bring_forward)


async def pending(url: str) -> list[str]:
    """What `ensure` would do, without doing it; raises the same."""
    return await _with_connection(url, missing)


async def look(url: str, query: Callable[[Connection], T]) -> T:
    """What a query reads from a database that is up to date, also while another process works on it. Raises as
    `ensure` does.
    """
    return await _with_connection(url, query)


def migrate(url: str, check: bool = False) -> list[str]:
    """`escalator migrate [--check]`: `ensure` or `pending`, for a caller without an event loop."""
    return asyncio.run(pending(url) if check else ensure(url))


def current(connection: Connection) -> str | None:
    """The revision of the database; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def missing(connection: Connection) -> list[str]:
    """The revisions between the database and HEAD; raises Ahead."""
    have = current(connection)
    if have == HEAD:
        return []
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_config())
    known = {revision.revision: revision.doc for revision in script.walk_revisions()}
    if have is not None and have not in known:
        raise Ahead(f"the database is at revision {have}, newer than this Escalator knows ({HEAD}): upgrade Escalator")
    return [f"{number} {known[number]}" for number in sorted(known) if have is None or number > have]


def bring_forward(connection: Connection) -> list[str]:
    """Inside a transaction that commits afterwards."""
    if current(connection) == HEAD:
        return []
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    steps = missing(connection)
    if steps:
        from alembic import command

        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return steps


def _config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations()).replace("%", "%%"))
    return config


async def _with_connection(url: str, act: Callable[[Connection], T]) -> T:
    path = sqlite_path(url)
    if path is not None:
        return await asyncio.to_thread(_on_sqlite, path, act)
    settings = {"statement_timeout": "0", "lock_timeout": "30000", "application_name": "escalator migrate"}
    engine = create_async_engine(
        asyncpg_url(url), poolclass=NullPool, connect_args={"server_settings": settings, "timeout": 5.0}
    )
    async with engine.begin() as connection:
        return await connection.run_sync(act)


def _on_sqlite(path: Path, act: Callable[[Connection], T]) -> T:
    sqlite.refuse_network(path)
    if act is missing and not path.exists():
        path = Path(":memory:")
    engine = sqlite.make_engine(str(path), begin="BEGIN IMMEDIATE", timeout=SQLITE_WAIT)
    with sqlite.opening(path), engine.connect() as connection, connection.begin():
        return act(connection)
