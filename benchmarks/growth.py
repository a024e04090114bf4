"""The same work beside 1,000 open incidents and beside 100,000: taking in new alerts, the first page, acknowledging.

Both services run at once and take turns; what a turn opens it resolves, so that neither grows.
"""

import json
from collections import defaultdict
from contextlib import ExitStack

from benchmarks import bodies
from benchmarks.bench import Bench
from benchmarks.bodies import INGEST, request
from benchmarks.databases import DIALECTS, Seed
from benchmarks.load import Score, Shot
from benchmarks.report import Figure, percentile, ratio
from benchmarks.service import Server

NAME = "growth"
FEW = 1_000
LIST = "/api/v1/incidents?limit=100"


def steps(bench: Bench) -> int:
    return len(_dialects(bench)) * bench.rounds * 2


def _dialects(bench: Bench) -> tuple[str, ...]:
    return bench.either(DIALECTS, DIALECTS[:1])


def run(bench: Bench) -> None:
    for dialect in _dialects(bench):
        counts = (FEW, bench.crowd)
        urls = {count: bench.fresh(dialect, Seed(count)) for count in counts}
        found: dict[tuple[str, int], list[float]] = defaultdict(list)
        with ExitStack() as stack:
            servers = {count: stack.enter_context(bench.serve(url)) for count, url in urls.items()}
            for server in servers.values():
                _take_in(bench, server, 5 * 10**7, 500)
            for turn in range(bench.rounds):
                for count, server in servers.items():
                    bench.step(f"growth: {dialect}, {count:,} open")
                    for name, value in _turn(bench, server, turn).items():
                        found[name, count].append(value)
        for url in urls.values():
            bench.home.remove(url)
        _tell(bench, dialect, found)


def _turn(bench: Bench, server: Server, turn: int) -> dict[str, float]:
    port, seconds = server.port, bench.either(1.5, 0.3)
    posts = bench.either(4_000, 300)
    first = 6 * 10**7 + turn * posts
    new = _take_in(bench, server, first, posts)
    listed = bench.load.fire(Shot(port, request("GET", LIST), seconds, connections=1))
    acks = bench.either(300, 50)
    path = f"/api/v1/incidents/{bodies.STAMP.decode()}/acknowledge"
    body = json.dumps({"by": "alice"}).encode()
    shot = Shot(port, request("POST", path, body), 20, 1 + turn * acks, acks, connections=16, form=b"%d")
    acknowledged = bench.load.fire(shot)
    for name, score in (("new", new), ("list", listed), ("acknowledge", acknowledged)):
        if score.refused:
            bench.notes.append(f"growth: {score.refused} of {score.answers + score.refused} refused at {name}.")
    return {
        "new alerts": new.rate,
        "list, first page of 100, one at a time": listed.rate,
        "list, first page of 100, one at a time: p99": 1000 * percentile(listed.took, 0.99),
        "acknowledge": acknowledged.rate,
    }


def _take_in(bench: Bench, server: Server, first: int, posts: int) -> Score:
    """Opens so many incidents, which is the score, and resolves them."""
    new = bench.load.fire(Shot(server.port, request("POST", INGEST, bodies.webhook(1)), 20, first, posts))
    ending = request("POST", INGEST, bodies.webhook(1, status="resolved"))
    bench.load.fire(Shot(server.port, ending, 30, first, posts))
    return new


def _tell(bench: Bench, dialect: str, found: dict[tuple[str, int], list[float]]) -> None:
    for (name, count), values in sorted(found.items()):
        late = name.endswith("p99")
        beside = aim = ""
        if count != FEW and not late:
            beside = ratio(Figure("", "", "", tuple(values)).median, _median(found[name, FEW]), f"{FEW:,} open")
            aim = "≥ 0.9 ×"
        elif count != FEW:
            aim = "≤ 20 ms"
        bench.add(NAME, f"{dialect}, {count:,} open: {name}", "ms" if late else "/s", values, beside, aim)


def _median(values: list[float]) -> float:
    return Figure("", "", "", tuple(values)).median
