"""What became of a test: follows its notifications until nothing more will happen, and shows each change."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from escalator.cli import output
from escalator.cli.client import Service, segment

EVERY = 0.5
"""Seconds between two looks."""
SETTLES = 5.0
"""Seconds after which a message that was taken without a receipt counts as all that there is to know."""
OVER = frozenset({"delivered", "failed", "cancelled", "unknown"})
ARRIVED = frozenset({"delivered", "sent"})
UNUSED = frozenset({"not usable", "opted out"})
"""Of a contact: no message is made for it."""
COLUMNS = ("channel", "contact", "state", "sent_at", "evidence")

Rows = list[dict[str, Any]]


class Show(Protocol):
    """Shows all rows as they are now."""

    def __call__(self, rows: Rows) -> None: ...


def follow(service: Service, incident: str, wait: float, show: Show) -> Rows:
    """The pages of the incident's newest round, once each is over or `wait` seconds have passed."""
    ends = time.monotonic() + wait
    taken: dict[str, float] = {}
    while True:
        rows, now = _pages(service, incident), time.monotonic()
        for row in rows:
            if row.get("state") == "sent":
                taken.setdefault(str(row.get("id")), now)
        show(rows)
        over = [r.get("state") in OVER or now - taken.get(str(r.get("id")), now) >= SETTLES for r in rows]
        if (rows and all(over)) or now >= ends:
            return rows
        time.sleep(EVERY)


def unused(contacts: Rows) -> Rows:
    """Of contacts as the doors show them, those by which nothing can go, as rows."""
    return [
        {
            "id": f"no {each.get('via')}", "channel": each.get("via"), "contact": each.get("address"),
            "state": each.get("state"), "evidence": each.get("why"),
        }
        for each in contacts if each.get("state") in UNUSED
    ]  # fmt: skip


def _pages(service: Service, incident: str) -> Rows:
    items = service.get(f"/api/v1/incidents/{segment(incident)}/notifications", limit=1000)["items"]
    pages = [item for item in items if item.get("kind") == "page"]
    newest = max((page.get("round", 0) for page in pages), default=0)
    return sorted((page for page in pages if page.get("round", 0) == newest), key=lambda page: str(page.get("channel")))


@contextmanager
def shown(quiet: bool) -> Iterator[Show]:
    """A table that changes on a terminal, a line for each change elsewhere; nothing when quiet."""
    if quiet:
        yield lambda rows: None
    elif sys.stdout.isatty():
        with _table() as show:
            yield show
    else:
        yield _lines()


def _lines() -> Show:
    told: dict[str, str] = {}

    def show(rows: Rows) -> None:
        for row in rows:
            line = "\t".join(output.clean(row.get(column)) for column in COLUMNS)
            if told.get(str(row.get("id"))) != line:
                told[str(row.get("id"))] = line
                print(line, flush=True)

    return show


@contextmanager
def _table() -> Iterator[Show]:
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text

    def drawn(rows: Rows) -> Table:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in COLUMNS:
            table.add_column(column.upper(), overflow="fold")
        for row in rows:
            table.add_row(*(Text(output.clean(row.get(column))) for column in COLUMNS))
        return table

    with Live(drawn([]), refresh_per_second=4) as live:
        yield lambda rows: live.update(drawn(rows), refresh=True)
