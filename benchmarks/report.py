"""Figures and how they are shown: a table on the terminal, the same in Markdown, all values in JSON."""

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from rich.table import Table

from benchmarks.service import ROOT

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
RESULTS = ROOT / "benchmarks" / "results"


class Figure(NamedTuple):
    """One row."""

    part: str
    name: str
    unit: str
    values: tuple[float, ...]
    """One for each round, never empty; the median is shown."""
    beside: str = ""
    """What to read it against: a ratio to a limit of this machine or to another program."""
    aim: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def shown(self) -> str:
        low, high = min(self.values), max(self.values)
        span = f" [{_short(low)}-{_short(high)}]" if len(self.values) > 1 else ""
        return f"{_short(self.median)}{span} {self.unit}"


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that `share` of all (0 to 1) do not exceed; NaN where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def ratio(ours: float, theirs: float, whose: str) -> str:
    return f"{ours / theirs:.2f} × {whose}" if theirs else ""


def machine(folder: Path) -> dict[str, Any]:
    """What the figures were measured on, and how busy it was before."""
    disk = subprocess.run(["df", "-PT", str(folder)], capture_output=True, text=True, check=False).stdout.split()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "filesystem": disk[9] if len(disk) > 9 else "unknown",
    }


def terminal(figures: Sequence[Figure]) -> Table:
    table = Table(title="Escalator beside this machine's limits", title_justify="left")
    for heading in ("figure", "median [min-max]", "beside", "aim"):
        table.add_column(heading, justify="left", overflow="fold")
    part = ""
    for figure in figures:
        if figure.part != part:
            part = figure.part
            table.add_section()
            table.add_row(f"[bold]{part}")
        table.add_row(figure.name, figure.shown, figure.beside, figure.aim)
    return table


def markdown(figures: Sequence[Figure], machine: dict[str, Any], notes: Sequence[str]) -> str:
    lines = [
        f"Measured {machine['at']} at commit {machine['commit']}: {machine['cores']} cores, {machine['system']}, "
        f"Python {machine['python']}, {machine['filesystem']}; load before {machine['load']}.",
        "",
        "| figure | median [min-max] | beside | aim |",
        "|---|---|---|---|",
    ]
    part = ""
    for figure in figures:
        if figure.part != part:
            part = figure.part
            lines.append(f"| **{part}** | | | |")
        lines.append(f"| {figure.name} | {figure.shown} | {figure.beside} | {figure.aim} |")
    return "\n".join([*lines, "", *(f"- {note}" for note in notes)]).rstrip() + "\n"


def keep(figures: Sequence[Figure], machine: dict[str, Any], notes: Sequence[str]) -> Path:
    """Writes both files and returns the Markdown one."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{machine['at'].replace(':', '').split('+')[0]}.md"
    path.write_text(markdown(figures, machine, notes))
    rows = [
        {**figure._asdict(), "values": list(map(_known, figure.values)), "median": _known(figure.median)}
        for figure in figures
    ]
    path.with_suffix(".json").write_text(
        json.dumps({"machine": machine, "figures": rows, "notes": notes}, indent=1) + "\n"
    )
    return path


def document(path: Path, table: str) -> None:
    """Puts the table between the marks in a page; without a table, only looks for them.

    Raises ValueError where they are missing, OSError where the page is.
    """
    before, begun, rest = path.read_text().partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (begun and ended):
        raise ValueError(f"{path}: {BEGIN} and {END} must both stand in it")
    if not table:
        return
    path.write_text(f"{before}{BEGIN}\n{table}{END}{after}")


def _known(value: float) -> float | None:
    return value if value == value else None


def _short(value: float) -> str:
    if value != value:
        return "none"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
