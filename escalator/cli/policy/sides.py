"""Two timelines side by side: what was expected, what came. `-` is missing, `+` was not expected.

Law: a column is as wide as the terminal lets it be, and a wide character counts as two.
"""

import shutil
import sys
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rich.cells import cell_len, chop_cells

from escalator.cli.output import clean
from escalator.core.instant import to_datetime
from escalator.rehearsal.trials.judging import Row, Verdict
from escalator.rehearsal.trials.timelines import exact

WHEN = 26
"""Cells for the time and the offset."""
NARROWEST = 24
"""Cells of a column; where there are fewer, the two stand one below the other."""
WIDEST = 72


def beside(verdict: Verdict) -> None:
    """The whole comparison, in colours on a terminal."""
    width = shutil.get_terminal_size((120, 40)).columns
    lines = list(drawn(verdict, width))
    if not sys.stdout.isatty():
        for _, line in lines:
            print(line)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for agrees, line in lines:
        console.print(Text(line, "" if agrees else "bold red"))


def drawn(verdict: Verdict, width: int) -> Iterator[tuple[bool, str]]:
    """Lines, and whether each agrees."""
    trial = verdict.played.trial
    column = min(WIDEST, (width - WHEN - 6) // 2)
    yield True, f"{to_datetime(trial.starts).astimezone(ZoneInfo(trial.timezone)):%A %Y-%m-%d}, {trial.timezone}"
    if column >= NARROWEST:
        yield True, " " * WHEN + _padded("  expected", column + 2) + "    actual"
    before = ""
    for row in verdict.rows:
        when = stamp(row, verdict)
        shown, before = when if when != before else "", when
        for line in _wide(row, shown, column) if column >= NARROWEST else _narrow(row, shown, width):
            yield row.agrees, line.rstrip()


def stamp(row: Row, verdict: Verdict) -> str:
    """`Wed 03:15:00        +5m`."""
    trial = verdict.played.trial
    local = to_datetime(trial.starts + row.at).astimezone(ZoneInfo(trial.timezone))
    return f"{local:%a %H:%M:%S} {'+' + exact(row.at):>11}"


def _wide(row: Row, when: str, column: int) -> Iterator[str]:
    left, right = wrapped(row.expected, column), wrapped(row.actual, column)
    minus = "- " if not row.agrees and row.expected else "  "
    plus = "+ " if not row.agrees and row.actual else "  "
    for place in range(max(len(left), len(right), 1)):
        old, new = left[place : place + 1], right[place : place + 1]
        one = (minus if old else "  ") + (old[0] if old else "")
        other = (plus if new else "  ") + (new[0] if new else "")
        yield _padded(when if place == 0 else "", WHEN) + _padded(one, column + 2) + "  " + other


def _narrow(row: Row, when: str, width: int) -> Iterator[str]:
    if when:
        yield when
    if row.agrees:
        yield from (f"    {line}" for line in wrapped(row.actual or row.expected, max(width - 4, 20)))
        return
    for mark, text in (("-", row.expected), ("+", row.actual)):
        yield from (f"  {mark} {line}" for line in wrapped(text, max(width - 4, 20)))


def wrapped(text: str, width: int) -> list[str]:
    """Broken at spaces; a word that is too long is cut."""
    lines: list[str] = []
    for word in clean(text).split():
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines += chop_cells(word, width) if cell_len(word) > width else [word]
    return lines


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - cell_len(text))
