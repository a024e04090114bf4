"""What `policy test` prints and writes: a line a test, failures side by side, JUnit XML, JSON, what no test walked."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import typer

from escalator.cli import output
from escalator.cli.policy.sides import beside
from escalator.rehearsal.trials.running import Result
from escalator.rehearsal.trials.walked import KINDS, Coverage, Way

PATIENCE = 1.0
"""Seconds after which a person wants to see that it goes on."""
SPOKEN = {"route": "routes", "branch": "branches by severity", "level": "levels", "guard": "guards", "pass": "passes"}


@contextmanager
def patience(total: int) -> Iterator[Callable[[str], None]]:
    """A bar on a terminal where it takes long, nothing elsewhere; told of each test that is done."""
    if not sys.stderr.isatty():
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import Progress

    began = time.monotonic()
    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task("test", total=total)

    def done(name: str) -> None:
        if not bar.live.is_started and time.monotonic() - began > PATIENCE:
            bar.start()
        bar.update(task, advance=1, description=output.clean(name)[:60])

    try:
        yield done
    finally:
        bar.stop()


def show(results: Sequence[Result]) -> None:
    for result in results:
        output.say(f"{'ok  ' if result.passed else 'FAIL'}  {result.name}")
        if not result.passed:
            _show_failure(result)
    failed = sum(not result.passed for result in results)
    output.warn(f"{len(results) - failed} passed, {failed} failed")


def _show_failure(result: Result) -> None:
    for mark, text in result.failures:
        output.say(f"      {mark}: {text}")
    if result.verdict is not None and result.verdict.rows:
        print()
        beside(result.verdict)
        print()


# --- coverage ---------------------------------------------------------------------------------------------------------


def show_coverage(coverage: Coverage) -> None:
    """Numbers by route table and policy, then the places that no test walked."""
    names = dict.fromkeys(way.of for way in coverage.ways if way.kind not in ("route", "branch"))
    rows = [_counts(coverage, "routes", lambda way: way.kind in ("route", "branch"))]
    rows += [_counts(coverage, f"policy {name}", _belongs(name)) for name in names]
    print()
    output.table(("walked", *(SPOKEN[kind] for kind in KINDS)), rows, "There is nothing to walk.")
    for way in coverage.missed:
        output.say(f"not walked  {_place(way)}  {_spoken(way)}")
    done, total = len(coverage.walked), len(coverage.ways)
    output.say(f"{coverage.percent:.0f}% walked: {done} of {total}")


def _belongs(name: str) -> Callable[[Way], bool]:
    return lambda way: way.of == name and way.kind not in ("route", "branch")


def _counts(coverage: Coverage, name: str, keep: Callable[[Way], bool]) -> list[str]:
    cells = [name]
    for kind in KINDS:
        done, total = coverage.counted(lambda way, kind=kind: way.kind == kind and keep(way))  # type: ignore[misc]
        cells.append(f"{done}/{total}" if total else "-")
    return cells


def _place(way: Way) -> str:
    return way.where.rpartition(":")[0] or "(the catch-all)"


def _spoken(way: Way) -> str:
    return way.name if way.kind in ("route", "branch") else f"policy {way.of}: {way.name}"


def enough(coverages: Sequence[Coverage], percent: float | None) -> bool:
    """Whether each policy is walked so far; says where one is not."""
    if percent is None:
        return True
    short = [each for each in coverages if each.percent < percent]
    for each in short:
        output.warn(f"{each.percent:.1f}% walked, less than {percent:g}%")
    return not short


def coverage_text(coverages: Sequence[Coverage]) -> str:
    return json.dumps([_coverage(each) for each in coverages], indent=2, ensure_ascii=False) + "\n"


def _coverage(coverage: Coverage) -> dict[str, Any]:
    ways = [
        {"kind": way.kind, "of": way.of, "name": way.name, "where": way.where, "walked": way in coverage.walked}
        for way in coverage.ways
    ]
    return {"percent": round(coverage.percent, 2), "ways": ways}


# --- programs ---------------------------------------------------------------------------------------------------------


def document(results: Sequence[Result], coverages: Sequence[Coverage]) -> dict[str, Any]:
    failed = sum(not result.passed for result in results)
    return {
        "ok": not failed and bool(results),
        "passed": len(results) - failed,
        "failed": failed,
        "tests": [_shown(result) for result in results],
        "coverage": [_coverage(each) for each in coverages],
    }


def _shown(result: Result) -> dict[str, Any]:
    from escalator.rehearsal.trials.timelines import timeline

    lines = timeline(result.verdict.played) if result.verdict else []
    return {
        "file": result.file,
        "line": result.where.line,
        "name": result.name,
        "passed": result.passed,
        "seconds": round(result.took, 6),
        "failures": [
            {"file": mark.file, "line": mark.line, "column": mark.column, "text": text}
            for mark, text in result.failures
        ],
        "timeline": [line._asdict() for line in lines],
    }


def junit(results: Sequence[Result]) -> str:
    """`testsuites` of one `testsuite` a file, as continuous integration reads it."""
    root = ElementTree.Element("testsuites", _totals("escalator policy test", results))
    for file in dict.fromkeys(result.file for result in results):
        mine = [result for result in results if result.file == file]
        suite = ElementTree.SubElement(root, "testsuite", _totals(file, mine))
        for result in mine:
            _testcase(suite, result)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _totals(name: str, results: Sequence[Result]) -> dict[str, str]:
    return {
        "name": output.clean(name),
        "tests": str(len(results)),
        "failures": str(sum(not result.passed for result in results)),
        "errors": "0",
        "skipped": "0",
        "time": f"{sum(result.took for result in results):.6f}",
    }


def _testcase(suite: ElementTree.Element, result: Result) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        {
            "classname": output.clean(Path(result.file).name.split(".")[0]),
            "name": output.clean(result.name),
            "file": output.clean(result.file),
            "line": str(result.where.line),
            "time": f"{result.took:.6f}",
        },
    )
    if not result.passed:
        lines = [output.clean(f"{mark}: {text}") for mark, text in result.failures]
        failure = ElementTree.SubElement(
            case, "failure", {"message": output.clean(result.failures[0][1]), "type": "expectation"}
        )
        failure.text = "\n".join(lines)


def write(path: Path, text: str) -> None:
    """Exits 3 where the file cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        output.warn(f"{path}: {error.strerror}")
        raise typer.Exit(3) from error
