"""What this machine can do without us: the generator, the disk, and both databases in batches of 64 rows."""

import asyncio
import os
import sqlite3
import threading
import time
from pathlib import Path

import asyncpg

from benchmarks import bodies, service
from benchmarks.bench import Bench
from benchmarks.load import Shot
from benchmarks.report import percentile

NAME = "limits"
BATCH = 64


def steps(bench: Bench) -> int:
    return 4 * bench.rounds


def run(bench: Bench) -> None:
    seconds = bench.either(1.5, 0.4)
    ceiling, syncs, tails, sqlite, postgresql = [], [], [], [], []
    with service.bare("protocol", bench.folder) as server:
        for _ in range(bench.rounds):
            bench.step("limits: load generator")
            shot = Shot(server.port, bodies.request("POST", bodies.INGEST, bodies.webhook(1)), seconds)
            ceiling.append(bench.load.fire(shot).rate)
            bench.step("limits: fsync")
            took = fsyncs(bench.folder, seconds)
            syncs.append(1 / (sum(took) / len(took)))
            tails.append(1000 * percentile(took, 0.999))
            bench.step("limits: SQLite")
            sqlite.append(upserts(bench.folder / "limits.db", seconds))
            bench.step("limits: PostgreSQL")
            postgresql.append(asyncio.run(unnested(bench.home.address(), seconds)))
    bench.add(NAME, "load generator against a server that only answers", "requests/s", ceiling, aim="≥ 20,000")
    bench.add(NAME, "append 4 KiB and fsync", "/s", syncs)
    bench.add(NAME, "the same, p99.9", "ms", tails)
    bench.add(NAME, f"SQLite, WAL, synchronous=FULL: upserts, {BATCH} a commit", "rows/s", sqlite)
    bench.add(NAME, f"PostgreSQL, unnest: upserts, {BATCH} a commit", "rows/s", postgresql)


def fsyncs(folder: Path, seconds: float, pause: float = 0.0, stop: threading.Event | None = None) -> list[float]:
    """Seconds that each append of 4 KiB took to be durable; `pause` seconds lie between them."""
    took = []
    path = folder / "fsync.probe"
    page = os.urandom(4096)
    end = time.monotonic() + seconds
    with path.open("wb", buffering=0) as file:
        while time.monotonic() < end and not (stop and stop.is_set()):
            began = time.monotonic()
            file.write(page)
            os.fsync(file.fileno())
            took.append(time.monotonic() - began)
            if pause:
                time.sleep(pause)
    path.unlink()
    return took


def _rows(batch: int) -> list[tuple[int, int, int, int]]:
    # Half of them are there already, as alerts that repeat are.
    first = batch * BATCH // 2
    return [(n * 0x9E3779B97F4A7C15 % 2**63, n, 0, time.time_ns()) for n in range(first, first + BATCH)]


def upserts(path: Path, seconds: float) -> float:
    """Rows a second into SQLite."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}").close()
    connection.execute("CREATE TABLE IF NOT EXISTS hot (key INTEGER PRIMARY KEY, episode INT, state INT, seen INT)")
    connection.execute("DELETE FROM hot")
    statement = "INSERT INTO hot VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET seen = excluded.seen"
    batches, began = 0, time.monotonic()
    while time.monotonic() < began + seconds:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, _rows(batches))
        connection.execute("COMMIT")
        batches += 1
    rate = batches * BATCH / (time.monotonic() - began)
    connection.close()
    return rate


async def unnested(host: str, seconds: float) -> float:
    """Rows a second into PostgreSQL, on one connection."""
    connection = await asyncpg.connect(host=host, user="postgres", database="postgres")
    await connection.execute("DROP TABLE IF EXISTS hot_limit")
    await connection.execute("CREATE TABLE hot_limit (key BIGINT PRIMARY KEY, episode BIGINT, state INT, seen BIGINT)")
    statement = await connection.prepare(
        "INSERT INTO hot_limit SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::bigint[]) "
        "ON CONFLICT (key) DO UPDATE SET seen = excluded.seen"
    )
    batches, began = 0, time.monotonic()
    while time.monotonic() < began + seconds:
        await statement.fetch(*(list(column) for column in zip(*_rows(batches), strict=True)))
        batches += 1
    rate = batches * BATCH / (time.monotonic() - began)
    await connection.execute("DROP TABLE hot_limit")
    await connection.close()
    return rate
