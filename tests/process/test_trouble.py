"""A full disk, a database that goes away, one that is too new: 503 and no false promise, and healed by itself."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import text

from escalator.store.db import Database
from tests.process.ledger import receiver
from tests.process.service import Service, until, webhook
from tests.process.test_kill import end
from tests.store.test_postgresql import Own

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
HEALED = 5.0
"""Seconds within which alerts are taken again."""


@asynccontextmanager
async def running(url: str, folder: Path) -> AsyncIterator["Door"]:
    async with receiver() as (_, hook), aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(15)) as session:
        service = Service(url, folder, HOOK=hook)
        try:
            service.start()
            await service.ready()
            yield Door(service, session)
        finally:
            service.close()


class Door:
    """Posts an alert of its own each time, and keeps a ledger."""

    def __init__(self, service: Service, session: aiohttp.ClientSession) -> None:
        self.service = service
        self.session = session
        self.promised: set[str] = set()
        self.refused: set[str] = set()
        self._number = 0

    async def post(self) -> int:
        self._number += 1
        name = f"n{self._number}"
        url = f"{self.service.base}/integrations/alertmanager"
        async with self.session.post(url, json=webhook(name)) as answer:
            (self.promised if answer.status == 200 else self.refused).add(name)
            assert answer.status in (200, 503)
            if answer.status == 503:
                assert answer.headers["Retry-After"].isdigit()
            return answer.status

    async def heals(self) -> None:
        before = time.monotonic()
        await until(self._taken)
        assert time.monotonic() - before < HEALED

    async def _taken(self) -> bool:
        return await self.post() == 200


async def test_a_full_disk_is_503_without_a_false_promise_and_heals(sqlite_url: str, tmp_path: Path) -> None:
    """The system refuses each write beyond a few bytes of any file, as a full disk does."""
    async with running(sqlite_url, tmp_path / "service") as door:
        for _ in range(5):
            assert await door.post() == 200
        door.service.largest_file(4096)
        assert [await door.post() for _ in range(4)] == [503] * 4
        door.service.largest_file(-1)
        await door.heals()
        for _ in range(5):
            assert await door.post() == 200
        took, code = await door.service.terminate()
        assert (code, took < 10) == (0, True)
    stored, _, _ = await end(sqlite_url)
    assert door.promised - stored == set()


async def test_a_database_folder_that_vanishes_under_it_makes_no_false_promise(sqlite_url: str, tmp_path: Path) -> None:
    """Moved away and back: what was answered 2xx in between is in the file all the same."""
    home = tmp_path / "data"
    home.mkdir()
    file = Path(sqlite_url.removeprefix("sqlite+aiosqlite:///")).rename(home / "escalator.db")
    async with running(f"sqlite+aiosqlite:///{file}", tmp_path / "service") as door:
        assert await door.post() == 200
        home.rename(tmp_path / "away")
        for _ in range(3):
            await door.post()
        (tmp_path / "away").rename(home)
        await door.heals()
        await door.service.terminate()
    stored, _, _ = await end(f"sqlite+aiosqlite:///{file}")
    assert door.promised - stored == set()


@pytest.fixture
def own_server() -> Iterator[Own]:
    own = Own(Path(tempfile.mkdtemp(prefix="pg")))
    yield own
    own.server.cleanup()


async def test_postgresql_crashing_in_the_middle_is_503_and_heals(own_server: Own, tmp_path: Path) -> None:
    async with running(own_server.url, tmp_path / "service") as door:
        for _ in range(5):
            assert await door.post() == 200
        for _ in range(2):
            await asyncio.to_thread(own_server.crash)
            assert [await door.post() for _ in range(3)] == [503] * 3
            await asyncio.to_thread(own_server.start)
            await door.heals()
        took, code = await door.service.terminate()
        assert (code, took < 10) == (0, True)
    stored, _, _ = await end(own_server.url)
    assert door.promised - stored == set()


async def test_a_database_that_a_newer_version_migrated_is_refused(database_url: str, tmp_path: Path) -> None:
    database = await Database.open(database_url)
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    await database.write(lambda connection, items: [connection.execute(newer).rowcount for _ in items], None)
    await database.close()
    service = Service(database_url, tmp_path)
    try:
        service.start()
        code, said = await service.left()
    finally:
        service.close()
    assert code != 0
    assert "9999" in said
    assert "upgrade Escalator" in said
    assert "Traceback" not in said


async def test_a_second_process_on_one_sqlite_file_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    async with running(sqlite_url, tmp_path / "one") as door:
        second = Service(sqlite_url, tmp_path / "two")
        try:
            second.start()
            code, said = await second.left()
        finally:
            second.close()
        assert (code != 0, "in use by another process" in said, "Traceback" in said) == (True, True, False)
        assert await door.post() == 200
