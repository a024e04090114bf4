"""The console's list beside 10,000 open incidents: how long the server takes for a page, and what a browser is sent.

One at a time, as one person opens it; with everything that the page refers to, as a browser asks for it.
"""

import re
import zlib
from http.client import HTTPConnection

from benchmarks.bench import Bench
from benchmarks.bodies import request
from benchmarks.databases import DIALECTS, Seed
from benchmarks.load import Shot
from benchmarks.report import percentile

NAME = "console"
PAGES = {"/": "the list", "/?urgency=high&severity=critical": "the list, filtered", "/?q=nothing": "nothing is found"}
AS_A_BROWSER = {"Accept": "text/html", "Accept-Encoding": "gzip"}


def steps(bench: Bench) -> int:
    return len(_dialects(bench)) * bench.rounds


def _dialects(bench: Bench) -> tuple[str, ...]:
    return bench.either(DIALECTS, DIALECTS[:1])


def run(bench: Bench) -> None:
    count = bench.either(10_000, 1_000)
    for dialect in _dialects(bench):
        url = bench.fresh(dialect, Seed(count))
        found: dict[str, list[list[float]]] = {path: [] for path in PAGES}
        with bench.serve(url) as server:
            for turn in range(bench.rounds):
                bench.step(f"console: {dialect}, {count:,} open")
                for path in PAGES:
                    shot = Shot(server.port, _asked(path), bench.either(2.0, 0.5), connections=1)
                    score = bench.load.fire(shot)
                    if score.refused:
                        bench.notes.append(f"console: {score.refused} of {path} refused in round {turn + 1}.")
                    found[path].append(score.took)
            weight = first_page(server.port)
        bench.home.remove(url)
        for path, what in PAGES.items():
            for share, aim in ((0.5, "≤ 150 ms"), (0.99, "")):
                values = [1000 * percentile(took, share) for took in found[path]]
                name = f"{dialect}, {count:,} open: {what}" + (": p99" if share > 0.5 else "")
                bench.add(NAME, name, "ms", values, aim=aim)
        bench.add(NAME, f"{dialect}, {count:,} open: first page with all it needs", "kB", weight / 1000, aim="≤ 100 kB")


def _asked(path: str) -> bytes:
    more = "".join(f"{name}: {value}\r\n" for name, value in AS_A_BROWSER.items()).encode()
    return request("GET", path)[:-2] + more + b"\r\n"


def first_page(port: int) -> int:
    """Bytes of the page and of everything that it refers to, as they are sent to a browser."""
    page = _get(port, "/")
    text = zlib.decompress(page, wbits=47).decode()
    parts = set(re.findall(r'(?:src|href|data-[a-z-]+)="(/assets/[^"]+)"', text))
    return len(page) + sum(len(_get(port, path)) for path in parts)


def _get(port: int, path: str) -> bytes:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=AS_A_BROWSER)
        return connection.getresponse().read()
    finally:
        connection.close()
