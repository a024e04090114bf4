"""SQLite as it must be: durable, one writer, one process, the log carried back."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from escalator.store import checkpoint, sqlite
from escalator.store.db import Database, Refused, Unavailable, sqlite_path
from tests.store.test_db import add, names


@pytest.fixture
def path(sqlite_url: str) -> Path:
    path = sqlite_path(sqlite_url)
    assert path is not None
    return path


async def test_the_writer_is_durable_and_on_a_thread_of_its_own(sqlite_url: str) -> None:
    def look(connection: Connection, items: Sequence[str]) -> list[tuple[object, ...]]:
        found = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in items]
        return [(value, threading.current_thread().name) for value in found]

    database = await Database.open(sqlite_url)
    wanted = {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000, "foreign_keys": 1, "wal_autocheckpoint": 0}
    for pragma, value in wanted.items():
        assert await database.write(look, pragma) == (value, "sqlite-writer")
    await database.close()


async def test_a_transaction_takes_the_write_lock_at_its_beginning(sqlite_url: str, path: Path) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection, items: Sequence[str]) -> list[str]:
        started.set()
        go_on.wait(5)
        return list(items)

    database = await Database.open(sqlite_url)
    writing = asyncio.ensure_future(database.write(slow, "x"))
    await asyncio.to_thread(started.wait, 5)
    other = sqlite3.connect(path, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()
    go_on.set()
    await writing
    await database.close()


async def test_readers_cannot_write_and_see_one_moment(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url)
    with pytest.raises(Unavailable, match="readonly"):
        await database.read(lambda c: c.execute(text("DELETE FROM heartbeat")))
    await database.close()


async def test_a_second_process_is_refused(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url)
    with pytest.raises(Refused, match="in use by another process"):
        await Database.open(sqlite_url)
    await database.close()
    again = await Database.open(sqlite_url)
    await again.close()


async def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No such file"):
        await Database.open(f"sqlite:///{tmp_path}/nowhere/escalator.db")


@pytest.mark.parametrize(
    ("mounts", "refused"),
    [
        ("/dev/sda / ext4 rw 0 0\n", False),
        ("server:/x / nfs4 rw 0 0\n", True),
        ("/dev/sda / ext4 rw 0 0\n//nas/x {here} cifs rw 0 0\n", True),
        # the nearest mount decides
        ("server:/x / nfs rw 0 0\n/dev/sdb {here} ext4 rw 0 0\n", False),
        # a home shared into a virtual machine is local enough
        ("share / 9p rw 0 0\n", False),
    ],
)
def test_network_disks_are_refused(tmp_path: Path, mounts: str, refused: bool) -> None:
    table = tmp_path / "mounts"
    table.write_text(mounts.format(here=tmp_path))
    if refused:
        with pytest.raises(Refused, match="local disk"):
            sqlite.refuse_network(tmp_path / "escalator.db", table)
    else:
        sqlite.refuse_network(tmp_path / "escalator.db", table)


def test_no_mount_table_is_no_reason_to_refuse(tmp_path: Path) -> None:
    sqlite.refuse_network(tmp_path / "escalator.db", tmp_path / "absent")


async def test_a_full_disk_is_unavailable_and_heals_by_itself(sqlite_url: str) -> None:
    def limit(connection: Connection, items: Sequence[int]) -> list[int]:
        # What a full disk answers, without one: SQLITE_FULL.
        return [connection.execute(text(f"PRAGMA max_page_count = {n}")).scalar_one() for n in items]

    def big(connection: Connection, items: Sequence[str]) -> list[str]:
        query = text("INSERT INTO quarantine (at, source, reason, body) VALUES (1, :s, 'x', zeroblob(4000000))")
        connection.execute(query, [{"s": item} for item in items])
        return list(items)

    database = await Database.open(sqlite_url)
    await database.write(limit, 100)
    # The writer drops its connection after such an error, and with it the limit: the last of the tries succeeds.
    assert await database.write(big, "x") == "x"
    await database.close()


async def test_a_disk_that_stays_full_is_unavailable_at_once(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = await Database.open(sqlite_url)
    full = True

    def write(connection: Connection, items: Sequence[str]) -> list[str]:
        if full:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
            connection.exec_driver_sql(
                "INSERT INTO quarantine (at, source, reason, body) VALUES (1,'','',zeroblob(9000000))"
            )
        return add(connection, items)

    started = time.monotonic()
    with pytest.raises(Unavailable, match="full"):
        await database.write(write, "a")
    assert time.monotonic() - started < 2
    full = False
    assert await database.write(write, "a") == "A"
    assert await names(database) == ["a"]
    await database.close()


def test_the_log_is_grown_and_carried_back_without_losing_a_row(path: Path) -> None:
    wal = path.with_name(path.name + "-wal")
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("PRAGMA wal_autocheckpoint=0")
    insert = "INSERT INTO heartbeat VALUES (?, 1)"
    writer.execute(insert, ("before",))
    assert checkpoint.grow(wal)
    assert wal.stat().st_size >= checkpoint.GROWN
    writer.execute(insert, ("after",))
    carrier = sqlite3.connect(path, isolation_level=None)
    checkpoint.checkpoint(carrier, wal)
    writer.execute(insert, ("later",))
    # A second reader begins from the file and the log as they lie on the disk.
    reader = sqlite3.connect(path)
    assert [row[0] for row in reader.execute("SELECT name FROM heartbeat ORDER BY 1")] == ["after", "before", "later"]
    for connection in (reader, carrier, writer):
        connection.close()


def test_a_log_that_grew_too_long_is_begun_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "RESTART", 10 * checkpoint.PAGE)
    wal = path.with_name(path.name + "-wal")
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("PRAGMA wal_autocheckpoint=0")
    carrier = sqlite3.connect(path, isolation_level=None)
    sizes = []
    for _ in range(5):
        writer.execute("INSERT INTO quarantine (at, source, reason, body) VALUES (1, '', '', zeroblob(200000))")
        checkpoint.checkpoint(carrier, wal)
        sizes.append(wal.stat().st_size)
    assert sizes[-1] == sizes[1]
    monkeypatch.setattr(checkpoint, "TRUNCATE", 0)
    checkpoint.checkpoint(carrier, wal)
    assert wal.stat().st_size == 0
    carrier.close()
    writer.close()


async def test_the_log_is_carried_back_while_the_service_runs(sqlite_url: str, path: Path) -> None:
    database = await Database.open(sqlite_url)
    await database.write(add, "a")
    size = path.stat().st_size
    for _ in range(50):
        carried = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
        found = carried.execute("SELECT count(*) FROM heartbeat").fetchone()[0]
        carried.close()
        if found:
            break
        await asyncio.sleep(0.1)
    assert (found, path.stat().st_size) == (1, size)
    await database.close()


WRITER = """
import asyncio, sys
from tests.store.test_db import add
from escalator.store.db import Database
async def main():
    database = await Database.open(sys.argv[1])
    async def client(k):
        n = 0
        while True:
            name = f"{sys.argv[2]}-{k}-{n}"
            await database.write(add, name)
            print(name, flush=True)
            n += 1
    await asyncio.gather(*(client(k) for k in range(16)))
asyncio.run(main())
"""


@pytest.mark.slow
def test_kill_minus_nine_loses_nothing_that_was_answered(sqlite_url: str, path: Path) -> None:
    root = Path(__file__).parents[2]
    answered: set[str] = set()
    for run in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, sqlite_url, str(run)], cwd=root, stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(200 + 50 * run):
            answered.add(writer.stdout.readline().strip())
        os.kill(writer.pid, signal.SIGKILL)
        answered.update(writer.stdout.read().split("\n")[:-1])
        writer.wait()
        writer.stdout.close()
    connection = sqlite3.connect(path)
    stored = {row[0] for row in connection.execute("SELECT name FROM heartbeat")}
    connection.close()
    assert len(answered) > 1000
    assert answered - stored == set()
