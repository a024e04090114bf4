"""What commands print: JSON for programs, tables for people, tab-separated lines for pipes.

Law: labels and titles come from outside; no control character of theirs reaches the terminal.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

STATUS_STYLES = {"triggered": "bold red", "acknowledged": "yellow", "snoozed": "blue", "resolved": "green"}


def document(value: Any) -> None:
    """The value as JSON on standard output."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], empty: str) -> None:
    """A table; `empty` is the sentence for no rows, told on standard error so that a pipe stays empty."""
    lines = [[clean(cell) for cell in row] for row in rows]
    if not lines:
        print(empty, file=sys.stderr)
    elif sys.stdout.isatty():
        _drawn(columns, lines)
    else:
        for line in [list(columns), *lines]:
            print("\t".join(line))


def say(text: str) -> None:
    print(clean(text))


def warn(text: str) -> None:
    print(clean(text), file=sys.stderr)


def clean(cell: Any) -> str:
    """One line without control characters, bidirectional overrides included."""
    if cell is None:
        return ""
    if isinstance(cell, list | tuple):
        cell = ", ".join(map(str, cell))
    return "".join(character if character.isprintable() else " " for character in str(cell))


def labels(given: Any) -> str:
    """`{"a": "b"}` as `a=b`, sorted."""
    return ", ".join(f"{name}={value}" for name, value in sorted(given.items())) if isinstance(given, dict) else ""


def _drawn(columns: Sequence[str], lines: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(column.upper(), overflow="fold")
    for line in lines:
        drawn.add_row(*(Text(cell, style=STATUS_STYLES.get(cell, "")) for cell in line))
    Console().print(drawn)
