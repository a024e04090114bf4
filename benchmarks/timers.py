"""How late levels page that fall due: spread over ten minutes while alerts come in, and 2,000 in the same instant.

Lateness is read from the timeline (when the engine acted) and at the receiver (when the message was there), against the
deadline that stood in the database.
"""

import json
import time
from collections.abc import Sequence

from benchmarks import bodies
from benchmarks.bench import Bench
from benchmarks.bodies import INGEST, request
from benchmarks.databases import DIALECTS, Seed
from benchmarks.load import Shot
from benchmarks.report import percentile

NAME = "timers"
LIGHT = 100.0
"""New alerts a second meanwhile."""
LEAD = 4.0
"""Seconds from writing the deadlines to the first of them: the service starts in this time."""
SECOND = 1_000_000
SET = {
    "SQLite": "UPDATE incident SET due_at = {at}, state = json_set(state, '$.level_at', {at})",
    "PostgreSQL": "UPDATE incident SET due_at = {at}, "
    "state = jsonb_set(state::jsonb, '{{level_at}}', to_jsonb({at}))::text",
}


def steps(bench: Bench) -> int:
    return len(_cases(bench)) + len(DIALECTS)


def _cases(bench: Bench) -> list[tuple[str, int]]:
    counts = bench.either((1_000, 10_000, 100_000), (4_000,))
    return [*(("SQLite", count) for count in counts), ("PostgreSQL", bench.crowd)]


def run(bench: Bench) -> None:
    for dialect, count in _cases(bench):
        bench.step(f"timers: {dialect}, {count:,} open")
        _spread(bench, dialect, count)
    for dialect in DIALECTS:
        bench.step(f"timers: {dialect}, all at once")
        _at_once(bench, dialect, bench.either(2_000, 500))


def _spread(bench: Bench, dialect: str, count: int) -> None:
    seconds, span = bench.either((15.0, 600), (3.0, 60))
    url = bench.fresh(dialect, Seed(count))
    start = int((time.time() + LEAD) * SECOND)
    bench.home.query(url, SET[dialect].format(at=f"({start} + id * {span * SECOND} / {count})"))
    due = _deadlines(bench, url)
    bench.sinks.take()
    with bench.serve(url) as server:
        time.sleep(max(0.0, start / SECOND - time.time()))
        template = request("POST", INGEST, bodies.webhook(1))
        bench.load.fire(Shot(server.port, template, seconds, 5 * 10**7, rate=LIGHT))
        time.sleep(0.5)
    here = time.time() - time.monotonic()
    # What was due before the service ran says nothing about timers.
    timely = start + SECOND
    wire = [at + here - due[n] / SECOND for n, at in bench.sinks.take() if due.get(n, 0) >= timely]
    acted = [at - was for at, was in _paged(bench, url, due) if was >= timely]
    bench.home.remove(url)
    name, found = f"{dialect}, {count:,} open", f"{len(acted)} levels"
    aim = "≤ 10 ms" if count >= 10_000 else ""
    bench.add(NAME, f"{name}: p50", "ms late", percentile(acted, 0.5) / 1000, found)
    bench.add(NAME, f"{name}: p99", "ms late", percentile(acted, 0.99) / 1000, found, aim)
    worst = f"at the receiver p99 {1000 * percentile(wire, 0.99):.3g} ms"
    bench.add(NAME, f"{name}: worst", "ms late", percentile(acted, 1) / 1000, worst, "≤ 100 ms" if aim else "")


def _at_once(bench: Bench, dialect: str, count: int) -> None:
    url = bench.fresh(dialect, Seed(count))
    due = int((time.time() + LEAD) * SECOND)
    bench.home.query(url, SET[dialect].format(at=due))
    bench.sinks.take()
    with bench.serve(url):
        bench.sinks.wait(count, LEAD + 20)
    here = time.time() - time.monotonic()
    arrivals = [at + here for _, at in bench.sinks.take()]
    bench.home.remove(url)
    if len(arrivals) < count:
        bench.notes.append(f"timers: {dialect}: {len(arrivals)} of {count} messages came within 20 s.")
    name = f"{dialect}, {count:,} due in one instant: until all are out"
    bench.add(NAME, name, "s", max(arrivals, default=float("nan")) - due / SECOND, aim="≤ 1 s")


def _deadlines(bench: Bench, url: str) -> dict[int, int]:
    """By the incident's number in its label: microseconds since 1970."""
    return {_number(labels): at for labels, at in bench.home.query(url, "SELECT labels, due_at FROM incident")}


def _paged(bench: Bench, url: str, due: dict[int, int]) -> Sequence[tuple[int, int]]:
    """When the engine acted, and when it should have."""
    rows = bench.home.query(
        url, "SELECT labels, at FROM timeline JOIN incident ON incident.id = incident_id WHERE event = 'paged'"
    )
    found = [(at, _number(labels)) for labels, at in rows]
    return [(at, due[number]) for at, number in found if number in due]


def _number(labels: str) -> int:
    service = json.loads(labels).get("service", "")
    return int(service.removeprefix("bench-")) if service.startswith("bench-") else -1
