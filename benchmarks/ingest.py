"""Durable alerts a second: webhooks of 1, 10 and 100 alerts, new, repeated and resolving.

Everyone takes turns within each round, so that a slow minute of the machine is everyone's. `new`: each webhook opens an
incident. `repeated`: the same webhooks again. `resolved`: they resolve. `paging`: new, critical, each with its message.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

from benchmarks import bodies, rival, service
from benchmarks.bench import Bench
from benchmarks.bodies import INGEST, SIZES, request
from benchmarks.databases import DIALECTS
from benchmarks.load import Score, Shot
from benchmarks.report import Figure, ratio

NAME = "ingest"
AIMS = {
    ("SQLite", 1): "8,000", ("SQLite", 10): "25,000", ("SQLite", 100): "40,000",
    ("PostgreSQL", 1): "7,000", ("PostgreSQL", 10): "22,000", ("PostgreSQL", 100): "30,000",
}  # fmt: skip
BARE = {"bare ASGI, msgspec": "asgi", "bare FastAPI, pydantic": "fastapi"}
ALERTMANAGER = "Alertmanager, in memory"


class Cell(NamedTuple):
    """One figure: whose, how many alerts a webhook, which kind."""

    whose: str
    size: int
    kind: str


def steps(bench: Bench) -> int:
    each = len(BARE) * len(SIZES) + len(DIALECTS) * (3 * len(SIZES) + 1)
    return bench.rounds * (each + (2 * len(SIZES) if rival.PROGRAM else 0))


def run(bench: Bench) -> None:
    rates: dict[Cell, list[float]] = defaultdict(list)
    refused = 0
    with ExitStack() as stack:
        bares = {name: stack.enter_context(service.bare(kind, bench.folder)) for name, kind in BARE.items()}
        ours = {dialect: stack.enter_context(bench.serve(bench.fresh(dialect))) for dialect in DIALECTS}
        for server in ours.values():
            # Caches cold and connections not yet made belong to a start, not to a rate.
            bench.load.fire(Shot(server.port, request("POST", INGEST, bodies.webhook(1)), 0.5, 9 * 10**7))
        for turn in range(bench.rounds):
            for cell, score in _round(bench, bares, ours, turn):
                rates[cell].append(score.rate * cell.size)
                refused += score.refused
    if rival.PROGRAM is None:
        bench.notes.append("Alertmanager is not installed here: its rows are missing.")
    if refused:
        bench.notes.append(f"ingest: {refused} requests were refused or lost their connection.")
    _tell(bench, rates)


def _round(
    bench: Bench, bares: dict[str, service.Server], ours: dict[str, service.Server], turn: int
) -> Iterator[tuple[Cell, Score]]:
    seconds = bench.either(2.0, 0.3)
    for size in SIZES:
        for name, server in bares.items():
            bench.step(f"ingest: {name}, {size} alerts")
            shot = Shot(server.port, request("POST", INGEST, bodies.webhook(size)), seconds)
            yield Cell(name, size, "parsed"), bench.load.fire(shot)
        if rival.PROGRAM is not None:
            yield from _alertmanager(bench, size, seconds)
        for dialect, server in ours.items():
            # Numbers of eight digits: each round and size begins where no other comes to.
            yield from _escalator(bench, Cell(dialect, size, ""), server, 10**7 * turn + 10**6 * SIZES.index(size))
    for dialect, server in ours.items():
        bench.step(f"ingest: {dialect}, paging")
        template = request("POST", INGEST, bodies.webhook(1, "page", "critical"))
        first = 10**7 * turn + 5 * 10**6
        yield Cell(dialect, 1, "paging"), bench.load.fire(Shot(server.port, template, seconds, first))
        _quiet(bench)


def _alertmanager(bench: Bench, size: int, seconds: float) -> Iterator[tuple[Cell, Score]]:
    template = request("POST", rival.ALERTS, bodies.prometheus(size))
    with rival.alertmanager(bench.folder) as server:
        bench.step(f"ingest: Alertmanager, {size} alerts")
        new = bench.load.fire(Shot(server.port, template, seconds))
        yield Cell(ALERTMANAGER, size, "new"), new
        bench.step(f"ingest: Alertmanager, {size} alerts, repeated")
        repeated = Shot(server.port, template, seconds, numbers=max(new.used, 1), cycle=True)
        yield Cell(ALERTMANAGER, size, "repeated"), bench.load.fire(repeated)


def _escalator(bench: Bench, cell: Cell, server: service.Server, first: int) -> Iterator[tuple[Cell, Score]]:
    seconds = bench.either(2.0, 0.3)
    template = request("POST", INGEST, bodies.webhook(cell.size))
    bench.step(f"ingest: {cell.whose}, {cell.size} alerts, new")
    new = bench.load.fire(Shot(server.port, template, seconds, first))
    yield cell._replace(kind="new"), new
    known = max(new.used, 1)
    bench.step(f"ingest: {cell.whose}, {cell.size} alerts, repeated")
    yield (
        cell._replace(kind="repeated"),
        bench.load.fire(Shot(server.port, template, seconds, first, known, cycle=True)),
    )
    bench.step(f"ingest: {cell.whose}, {cell.size} alerts, resolved")
    ending = request("POST", INGEST, bodies.webhook(cell.size, status="resolved"))
    score = bench.load.fire(Shot(server.port, ending, seconds, first, known))
    yield cell._replace(kind="resolved"), score
    if score.used < known:
        # The next turn finds as few open incidents as this one did.
        bench.load.fire(Shot(server.port, ending, 30, first + score.used, known - score.used))


def _quiet(bench: Bench) -> None:
    """Waits until the messages of the last shot are out, so that they cost the next one nothing."""
    before = -1
    for _ in range(bench.either(40, 6)):
        if (count := bench.sinks.count()) == before:
            break
        before = count
        bench.sinks.wait(before + 1, 0.25)
    bench.sinks.take()


def _tell(bench: Bench, rates: dict[Cell, list[float]]) -> None:
    order = {"parsed": 0, "new": 1, "repeated": 2, "resolved": 3, "paging": 4}
    medians = {cell: Figure("", "", "", tuple(values)).median for cell, values in rates.items()}
    for cell in sorted(rates, key=lambda cell: (order[cell.kind], cell.size, cell.whose)):
        beside, aim = [], ""
        if cell.whose in DIALECTS:
            theirs = "repeated" if cell.kind == "repeated" else "new"
            beside.append(ratio(medians[cell], medians.get(Cell(ALERTMANAGER, cell.size, theirs), 0), "Alertmanager"))
            beside.append(ratio(medians[cell], medians[Cell("bare ASGI, msgspec", cell.size, "parsed")], "bare ASGI"))
            if cell.kind in ("repeated", "resolved"):
                beside.append(ratio(medians[cell], medians[cell._replace(kind="new")], "new"))
            aim = {"new": AIMS[cell.whose, cell.size], "paging": ""}.get(cell.kind, "≥ 1.0 × new")
        name = f"{cell.kind}, {cell.size} a POST: {cell.whose}"
        bench.add(NAME, name, "alerts/s", rates[cell], ", ".join(filter(None, beside)), aim)
