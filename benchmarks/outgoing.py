"""Messages out a second: a backlog of pages that a starting service finds, each claimed, sent and recorded.

The receiver only answers. The clock runs from the first arrival until nothing waits in the outbox any more.
"""

import time

from benchmarks.bench import Bench
from benchmarks.databases import DIALECTS, Seed

NAME = "messages out"
AIMS = {"page": ("webhook", "≥ 3,000"), "mail": ("e-mail", "≥ 1,500")}
WAITING = "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')"
SENT = "SELECT count(*) FROM outbox WHERE state IN ('sent', 'delivered')"
PATIENCE = 60.0


def steps(bench: Bench) -> int:
    return len(AIMS) * len(DIALECTS) * bench.rounds


def run(bench: Bench) -> None:
    rates: dict[tuple[str, str], list[float]] = {(lane, dialect): [] for lane in AIMS for dialect in DIALECTS}
    for _ in range(bench.rounds):
        for lane, dialect in rates:
            bench.step(f"messages out: {AIMS[lane][0]}, {dialect}")
            rates[lane, dialect].append(_drain(bench, lane, dialect))
    for (lane, dialect), found in rates.items():
        channel, aim = AIMS[lane]
        bench.add(NAME, f"{channel}, {dialect}", "messages/s", found, aim=aim)


def _drain(bench: Bench, lane: str, dialect: str) -> float:
    count = bench.either(6_000, 400)
    url = bench.fresh(dialect, Seed(count, lane, "critical"))
    bench.sinks.take()
    with bench.serve(url):
        end = time.monotonic() + PATIENCE
        bench.sinks.wait(count, PATIENCE)
        while bench.home.query(url, WAITING)[0][0] and time.monotonic() < end:
            time.sleep(0.02)
        done = time.monotonic()
    arrivals = [at for _, at in bench.sinks.take()]
    sent = bench.home.query(url, SENT)[0][0]
    bench.home.remove(url)
    if sent != count or len(arrivals) != count:
        bench.notes.append(f"{lane}, {dialect}: {count} to send, {len(arrivals)} arrived, {sent} recorded as sent.")
    return float(sent / (done - min(arrivals, default=end)))
