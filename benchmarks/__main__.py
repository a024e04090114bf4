"""`python -m benchmarks [--quick] [--only NAME …]`: every figure beside what this machine can do at all."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import checking, console, first_message, footprint, growth, ingest, limits, outgoing, report, timers
from benchmarks.bench import Bench, Part
from benchmarks.databases import Home
from benchmarks.load import Load
from benchmarks.service import NotServing
from benchmarks.sinks import Sinks

PARTS: dict[str, Part] = {
    "limits": limits, "ingest": ingest, "first-message": first_message, "timers": timers, "growth": growth,
    "footprint": footprint, "messages-out": outgoing, "policies": checking, "console": console,
}  # fmt: skip


def main() -> int:
    asked = arguments()
    if asked.document:
        report.document(asked.document, "")
    console = Console()
    if not console.is_terminal:
        console = Console(width=140)
    folder = Path(tempfile.mkdtemp(prefix="escalator-bench-", dir=asked.folder))
    before = report.machine(folder)
    if before["filesystem"] in ("tmpfs", "ramfs"):
        console.print(f"[red]{folder} is in memory, where nothing is durable: give --folder on a disk[/red]")
    home, load, sinks = Home(folder), Load(), Sinks()
    try:
        bench, failed = measure(asked, folder, home, load, sinks, console)
    finally:
        load.close()
        sinks.close()
        home.close()
        shutil.rmtree(folder, ignore_errors=True)
    path = report.keep(bench.figures, before, bench.notes)
    console.print(report.terminal(bench.figures), *bench.notes, sep="\n")
    console.print(f"Kept in {path} and .json beside it")
    if asked.document:
        report.document(asked.document, path.read_text())
    return 1 if failed else 0


def measure(
    asked: argparse.Namespace, folder: Path, home: Home, load: Load, sinks: Sinks, console: Console
) -> tuple[Bench, bool]:
    """Runs the parts one after another; True where one of them could not be run."""
    columns = (TextColumn("{task.description:48}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    failed = False
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("starting")
        begun = -1

        def step(text: str) -> None:
            nonlocal begun
            begun += 1
            progress.update(task, description=text, completed=begun)
            if not console.is_terminal:
                print(text, file=sys.stderr, flush=True)

        bench = Bench(asked.quick, folder, home, load, sinks, step)
        parts = [PARTS[name] for name in asked.only or PARTS]
        done = [0]
        for part in parts:
            done.append(done[-1] + part.steps(bench))
        progress.update(task, total=done[-1])
        for part, end in zip(parts, done[1:], strict=True):
            try:
                part.run(bench)
            except (NotServing, OSError) as trouble:
                failed = True
                bench.notes.append(f"{part.NAME}: not measured: {trouble}")
            begun = end - 1
            progress.update(task, completed=end, description="done")
    return bench, failed


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small counts, one round: shows that it runs")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="NAME", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--folder", help="where databases go: on the disk to measure; the system's temporary folder")
    parser.add_argument("--document", type=Path, help="put the table between the marks in this page too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
