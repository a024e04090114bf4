"""Memory, start and recovery: a service with nothing to do, one with 100,000 open incidents, one that was killed."""

import time

from benchmarks import bodies
from benchmarks.bench import Bench
from benchmarks.bodies import INGEST, request
from benchmarks.databases import DIALECTS, Seed
from benchmarks.load import Shot
from benchmarks.report import Figure

NAME = "memory, start, recovery"
MB = 1_000_000


def steps(bench: Bench) -> int:
    return bench.rounds * 2 + 1 + len(DIALECTS)


def run(bench: Bench) -> None:
    idle, empty = _start(bench, Seed())
    full, crowded = _start(bench, Seed(bench.crowd))
    count = f"{bench.crowd:,} open"
    bench.add(NAME, "start to serving, empty", "s", empty, aim="≤ 2 s")
    bench.add(NAME, f"start to serving, {count}", "s", crowded, aim="≤ 3 s")
    bench.add(NAME, "resident, idle", "MB", [value / MB for value in idle], aim="≤ 120 MB")
    bench.add(NAME, f"resident, {count}, after a start", "MB", [value / MB for value in full])
    each = (Figure("", "", "", tuple(full)).median - Figure("", "", "", tuple(idle)).median) / bench.crowd
    bench.add(NAME, f"resident per open incident ({count}, after a start)", "bytes", each, aim="≤ 1 kB")
    bench.step("memory: while they come in")
    _taking_in(bench)
    for dialect in DIALECTS:
        bench.step(f"recovery: {dialect}")
        _recover(bench, dialect)


def _start(bench: Bench, seed: Seed) -> tuple[list[float], list[float]]:
    """Bytes, and seconds to /readyz, of several starts."""
    resident, started = [], []
    for _ in range(bench.rounds):
        bench.step(f"start: {seed.incidents:,} open")
        url = bench.fresh("SQLite", seed)
        with bench.serve(url) as server:
            time.sleep(bench.either(3.0, 0.5))
            resident.append(float(server.resident()))
            started.append(server.started)
        bench.home.remove(url)
    return resident, started


def _taking_in(bench: Bench) -> None:
    """What stays in memory of incidents that came in through the door, once it is quiet again."""
    url = bench.fresh("SQLite")
    half = bench.either(20_000, 500)
    template = request("POST", INGEST, bodies.webhook(1))
    with bench.serve(url) as server:
        # The first half warms caches and arenas up to their size.
        bench.load.fire(Shot(server.port, template, 30, 1, half))
        before = server.resident()
        bench.load.fire(Shot(server.port, template, 30, 1 + half, half))
        after = server.resident()
    bench.home.remove(url)
    bench.add(NAME, f"resident after {2 * half:,} new incidents", "MB", after / MB)
    bench.add(NAME, f"growth per new incident, second {half:,}", "bytes", (after - before) / half, aim="≤ 1 kB")


def _recover(bench: Bench, dialect: str) -> None:
    """SIGKILL in the middle of a stream of new alerts; the clock runs from the start of the next process."""
    url = bench.fresh(dialect, Seed(bench.crowd))
    template = request("POST", INGEST, bodies.webhook(1))
    with bench.serve(url) as server:
        bench.load.begin(Shot(server.port, template, 2.0, 7 * 10**7))
        time.sleep(bench.either(1.5, 0.5))
        server.kill()
    accepted = bench.load.end().answers
    began = time.monotonic()
    with bench.serve(url) as server:
        bench.load.fire(Shot(server.port, template, 5, 8 * 10**7, 1, connections=1))
        took = time.monotonic() - began
    stored = bench.home.query(url, "SELECT count(*) FROM incident")[0][0] - bench.crowd - 1
    bench.home.remove(url)
    if stored < accepted:
        bench.notes.append(f"LOST: {dialect}: {accepted} alerts were accepted before SIGKILL, {stored} are there.")
    name = f"{dialect}: from a start after SIGKILL to the first alert accepted, {bench.crowd:,} open"
    bench.add(NAME, name, "s", took, f"{accepted:,} accepted before, {stored:,} there", "≤ 3 s")
