"""The exports beside this file, built by hand in the vendors' documented formats, and what becomes of them.

`served` and `ladder` are what an oracle is compared with: who is on call at an instant, by all sides of a schedule, and
who is told how many seconds after the start of a pass.
"""

import copy
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from escalator.core.book import Book
from escalator.core.instant import SECOND, from_datetime
from escalator.core.oncall import on_call
from escalator.importers import SOURCES
from escalator.importers.sheet import Imported
from escalator.language import compile_book, render

ROOT = Path(__file__).parent / "exports"
HALF_HOUR = timedelta(minutes=30)


def files(source: str) -> dict[str, bytes]:
    """The export of a source, by path below its directory."""
    root = ROOT / source
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@cache
def imported(source: str) -> Imported:
    return SOURCES[source](files(source))


def changed(source: str, name: str, edit) -> Imported:
    """What becomes of the export after `edit` has changed one of its documents in place."""
    given = files(source)
    document = copy.deepcopy(json.loads(given[name]))
    edit(document)
    return SOURCES[source]({**given, name: json.dumps(document).encode()})


def book(result: Imported) -> Book:
    """The compiled policies; they must pass `check` without an error."""
    compiled = compile_book(result.files)
    assert compiled.book is not None, render(compiled.diagnostics, result.files)
    return compiled.book


def instants(first: str, days: int):
    """Every half hour from a date on, in UTC."""
    start = datetime.fromisoformat(first).replace(tzinfo=UTC)
    return [start + number * HALF_HOUR for number in range(days * 48)]


def served(of: Book, schedule: str, moment: datetime, *, overridden: bool = True) -> set[str]:
    """Everybody whom the sides of a schedule name at an instant."""
    names = [name for name in of.schedules if name == schedule or name.startswith(f"{schedule} side ")]
    overrides = of.overrides if overridden else ()
    found = {on_call(of.schedules[name], overrides, from_datetime(moment)) for name in names}
    return {name for name in found if name is not None}


def ladder(of: Book, policy: str) -> list[tuple[float, set[str]]]:
    """(minutes from the start of a pass, whom a level names) of every level; sides of a schedule as one."""
    found, at = [], 0
    for level in of.policies[policy].levels:
        found.append(
            (at / 60 / SECOND, {f"{target.kind} {target.name.partition(' side ')[0]}" for target in level.targets})
        )
        at += level.escalate_after * level.attempts
    return [*found, (at / 60 / SECOND, set())]


def lines(result: Imported, fate: str) -> list[str]:
    return [f"{line.source}: {line.why}" for line in result.report.lines(fate)]
