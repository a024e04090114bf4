"""From a critical alert's webhook to the first byte of its message at the receiver, at 500 new incidents a second.

Open loop: an alert's clock runs from the instant it is due to be sent. Beside it, how the disk did meanwhile.
"""

import threading
import time
from collections import defaultdict
from contextlib import ExitStack

from benchmarks import bodies
from benchmarks.bench import Bench
from benchmarks.bodies import INGEST, request
from benchmarks.databases import DIALECTS
from benchmarks.limits import fsyncs
from benchmarks.load import Shot
from benchmarks.report import percentile
from benchmarks.service import Server

NAME = "first message"
RATE = 500.0
PROBE_EVERY = 0.01
"""Seconds between fsyncs that watch the disk: often enough for a tail, too seldom to matter."""


def steps(bench: Bench) -> int:
    return len(DIALECTS) * bench.rounds


def run(bench: Bench) -> None:
    middles, tails, disks = defaultdict(list), defaultdict(list), defaultdict(list)
    with ExitStack() as stack:
        servers = {dialect: stack.enter_context(bench.serve(bench.fresh(dialect))) for dialect in DIALECTS}
        for turn in range(bench.rounds):
            for dialect, server in servers.items():
                bench.step(f"first message: {dialect}")
                took, disk = _shoot(bench, server, 10**6 * (turn + 1))
                middles[dialect].append(1000 * percentile(took, 0.5))
                tails[dialect].append(1000 * percentile(took, 0.99))
                disks[dialect].append(1000 * percentile(disk, 0.999))
    for dialect in DIALECTS:
        beside = f"the disk's p99.9 meanwhile {percentile(disks[dialect], 0.5):.3g} ms"
        bench.add(NAME, f"{dialect}: p50", "ms", middles[dialect], aim="≤ 3 ms")
        bench.add(NAME, f"{dialect}: p99", "ms", tails[dialect], beside, "≤ 15 ms + the disk's p99.9")


def _shoot(bench: Bench, server: Server, first: int) -> tuple[list[float], list[float]]:
    """Seconds of each message, and of each fsync meanwhile."""
    seconds = bench.either(5.0, 1.0)
    template = request("POST", INGEST, bodies.webhook(1, "page", "critical"))
    # The first requests find cold caches and closed connections; a service that has run for a minute does not.
    bench.load.fire(Shot(server.port, template, 0.5, first - 10_000, rate=RATE))
    time.sleep(0.5)
    bench.sinks.take()
    disk: list[float] = []
    stop = threading.Event()
    watch = threading.Thread(target=lambda: disk.extend(fsyncs(bench.folder, 60, PROBE_EVERY, stop)))
    watch.start()
    try:
        score = bench.load.fire(Shot(server.port, template, seconds, first, rate=RATE))
    finally:
        stop.set()
        watch.join()
    arrivals = dict(reversed(_arrived(bench, len(score.sent))))
    if lost := sum(number not in arrivals for number, _ in score.sent):
        bench.notes.append(f"first message: {lost} of {len(score.sent)} had not arrived 5 s after the run.")
    return [arrivals[number] - at for number, at in score.sent if number in arrivals], disk


def _arrived(bench: Bench, count: int) -> list[tuple[int, float]]:
    bench.sinks.wait(count, 5)
    return bench.sinks.take()
