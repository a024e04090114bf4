"""Where the time of an alert goes, by function: the senders' door in this process, down to SQLite's commit.

    python -m benchmarks.profile [--alerts 1 10 100] [--posts N] [--kind new|repeated|paging] [--top 25]
                                 [--sort own|all] [--clock cpu|wall]

Each size is run three times on an empty database: plain, for the true cost of each thread in CPU time; under cProfile
in the event loop's thread; under cProfile in the writer's. By CPU time, waits for the other thread, the disk and the
receiver count nothing. The profiler makes small functions look dearer than they are.
`paging` has the messages go out too, to a receiver in a process of its own; the sockets of senders are never in it.
"""

import argparse
import asyncio
import cProfile
import gc
import pstats
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from benchmarks import bodies, databases
from benchmarks.bodies import INGEST, stamped
from benchmarks.sinks import Sinks
from escalator.app import logs, serving
from escalator.store.schema import ensure
from escalator.store.sqlite import Sqlite
from escalator.web import build

AT_ONCE = 64
WARM = 500
"""POSTs before the clock runs: statements are compiled and caches filled at the first."""
DEPTH = 60
"""Characters of a function's place that are shown."""

Application = Callable[[Any, Any, Any], Any]


class Cost(NamedTuple):
    """CPU and wall time of one run, in seconds."""

    wall: float
    loop: float
    writer: float


class Writer:
    """SQLite's writer thread, watched: its CPU clock, and on demand its profile."""

    def __init__(self) -> None:
        self.profile: cProfile.Profile | None = None
        self._ident = 0
        self._active: cProfile.Profile | None = None

    def attach(self) -> None:
        """Before the database is opened."""
        commit = Sqlite._commit
        writer = self

        def watched(home: Sqlite, entries: list[Any]) -> Any:
            writer._ident = threading.get_ident()
            if writer._active is not writer.profile:
                writer._switch()
            return commit(home, entries)

        Sqlite._commit = watched  # type: ignore[method-assign, assignment]

    def cpu(self) -> float:
        return time.clock_gettime(time.pthread_getcpuclockid(self._ident))

    def _switch(self) -> None:
        if self._active is not None:
            self._active.disable()
        self._active = self.profile
        if self._active is not None:
            self._active.enable()


def scope() -> dict[str, Any]:
    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]
    return {
        "type": "http", "method": "POST", "path": INGEST, "raw_path": INGEST.encode(), "query_string": b"",
        "headers": headers, "client": ("127.0.0.1", 1), "http_version": "1.1", "scheme": "http",
    }  # fmt: skip


async def post(app: Application, body: bytes) -> None:
    """One request through the gate; an answer that is not 200 ends the run."""

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message.get("status", 200) != 200:
            raise SystemExit(f"refused: {message}")

    await app(scope(), receive, send)


async def posts(app: Application, each: Iterator[bytes]) -> None:
    async def sender() -> None:
        for body in each:
            await post(app, body)

    await asyncio.gather(*(sender() for _ in range(AT_ONCE)))


async def run(
    writer: Writer, asked: argparse.Namespace, alerts: int, profiled: str, folder: Path
) -> tuple[Cost, cProfile.Profile]:
    """One run on a database of its own; `profiled` is `loop`, `writer` or nothing."""
    url = f"sqlite+aiosqlite:///{folder / f'{alerts}-{profiled}.db'}"
    await ensure(url)
    profile = cProfile.Profile(time.thread_time if asked.clock == "cpu" else time.perf_counter)
    writer.profile = None
    paging = asked.kind == "paging"
    async with databases.house(url, folder, asked.sinks.web_port) as house:
        await house.revisions.look()
        if paging:
            house.delivery.start()
        app = build(serving.doors(house, open_mode=True))
        lane = ("page", "critical") if paging else ("slow", "warning")
        template = bodies.webhook(alerts, *lane)
        await posts(app, (stamped(template, number) for number in range(WARM)))
        if asked.kind == "repeated":
            listed = [stamped(template, number % WARM) for number in range(asked.posts)]
        else:
            listed = [stamped(template, WARM + number) for number in range(asked.posts)]
        await _drained(asked.sinks, WARM * paging)
        gc.collect()
        if profiled == "writer":
            writer.profile = profile
        elif profiled == "loop":
            profile.enable()
        began = time.perf_counter(), time.thread_time(), writer.cpu()
        await posts(app, iter(listed))
        await _drained(asked.sinks, (WARM + asked.posts) * paging)
        ended = time.perf_counter(), time.thread_time(), writer.cpu()
        if profiled == "loop":
            profile.disable()
        writer.profile = None
        # One more commit, so that the writer's thread leaves its profiler by itself.
        await post(app, stamped(template, 0))
        if paging:
            await house.delivery.stop(1.0)
        asked.sinks.take()
    return Cost(*(after - before for before, after in zip(began, ended, strict=True))), profile


async def _drained(sinks: Sinks, count: int) -> None:
    """Until so many messages have arrived, and half a tenth of a second for them to be recorded."""
    while sinks.count() < count:
        await asyncio.sleep(0.01)
    if count:
        await asyncio.sleep(0.05)


def show(profile: cProfile.Profile, thread: str, alerts: int, asked: argparse.Namespace) -> None:
    stats: Any = pstats.Stats(profile)
    column = 2 if asked.sort == "own" else 3
    rows = sorted(stats.stats.items(), key=lambda row: -row[1][column])[: asked.top]
    print(f"\n{thread}, {alerts} a POST: µs per alert under cProfile\n{'own':>8}{'all':>9}{'calls':>8}  function")
    each = 1e6 / (alerts * asked.posts)
    for (path, line, name), (_, calls, own, everything, _) in rows:
        place = f"{name} {_short(path)}{f':{line}' if line else ''}"
        print(f"{own * each:8.2f}{everything * each:9.2f}{calls / (alerts * asked.posts):8.2f}  {place[: DEPTH * 2]}")


def _short(path: str) -> str:
    return path.split("/site-packages/")[-1].split("/python3")[-1].replace(f"{Path.cwd()}/", "") if path != "~" else ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__.splitlines()[0])
    parser.add_argument("--alerts", type=int, nargs="+", default=[1, 100], help="alerts in a POST")
    parser.add_argument("--posts", type=int, help="default: as many as make some 5,000 alerts, at least 200")
    parser.add_argument("--kind", choices=("new", "repeated", "paging"), default="new")
    parser.add_argument("--top", type=int, default=25)
    parser.add_argument("--sort", choices=("own", "all"), default="own")
    parser.add_argument("--clock", choices=("cpu", "wall"), default="cpu")
    asked = parser.parse_args()
    logs.configure("json", "error")
    given, asked.sinks = asked.posts, Sinks()
    writer = Writer()
    writer.attach()
    folder = Path(tempfile.mkdtemp(prefix="escalator-profile-"))
    try:
        for alerts in asked.alerts:
            asked.posts = given or max(200, 5000 // alerts)
            total = alerts * asked.posts
            cost, _ = uvloop.run(run(writer, asked, alerts, "", folder))
            wall, loop, write = (each / total * 1e6 for each in cost)
            print(
                f"\n== {asked.kind}, {alerts} a POST, {asked.posts} POSTs: {total / cost.wall:,.0f} alerts/s; "
                f"µs per alert: {wall:.1f} wall, {loop:.1f} CPU in the event loop, {write:.1f} CPU in the writer"
            )
            for thread in ("loop", "writer"):
                _, profile = uvloop.run(run(writer, asked, alerts, thread, folder))
                show(profile, "event loop" if thread == "loop" else "writer thread", alerts, asked)
    finally:
        asked.sinks.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if sys.version_info >= (3, 12):
        print("From Python 3.12 on, one profile may show both threads.", file=sys.stderr)
    main()
