"""A diagnostic says where, what is wrong, and the cure. Rendering imitates rustc: legible at 3 a.m.

A literal secret is never printed, though its line is: what E220 points at is blotted out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

LITERAL = "E220"
WIDEST = 160
"""Characters of a source line that are shown."""
# Exactly what libyaml counts as the end of a line; `str.splitlines` would count more and point beside the mark.
LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class Mark(NamedTuple):
    """A place in a file: line and column from 1, `end` the column after the last character on that line."""

    file: str
    line: int
    column: int
    end: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Note(NamedTuple):
    """A second place that explains the first."""

    mark: Mark
    text: str


class Diagnostic(NamedTuple):
    """One finding. `code` is stable: E… for errors, W… for warnings."""

    code: str
    severity: Literal["error", "warning"]
    message: str
    file: str
    line: int
    column: int
    end: int
    help: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@lru_cache(maxsize=64)
def lines(text: str) -> list[str]:
    """The lines of a source, as YAML counts them."""
    return LINE_END.split(text.removeprefix("\ufeff"))


def source_line(sources: Mapping[str, str], file: str, line: int) -> str:
    """One line of a source; empty where there is none."""
    found = lines(sources.get(file, ""))
    return found[line - 1] if 0 < line <= len(found) else ""


class Line(NamedTuple):
    """One line of a diagnostic as it is shown."""

    role: Literal["error", "warning", "place", "source", "caret", "note", "help"]
    text: str


def render(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> str:
    """All diagnostics as text, each with its source line and carets, a blank line between two."""
    return "\n".join("".join(f"{line.text}\n" for line in each) for each in drawn(diagnostics, sources))


def drawn(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> list[list[Line]]:
    """Each diagnostic as lines that say what they are, for whoever has colours."""
    every = list(diagnostics)
    hidden = blots(every)
    return [list(_one(each, sources, hidden.get((each.file, each.line), []))) for each in every]


def blots(diagnostics: Iterable[Diagnostic]) -> dict[tuple[str, int], list[tuple[int, int]]]:
    """By file and line, from which column to which a literal secret stands."""
    found: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for each in diagnostics:
        if each.code == LITERAL:
            found.setdefault((each.file, each.line), []).append((each.column, each.end))
    return found


def _one(each: Diagnostic, sources: Mapping[str, str], blots: list[tuple[int, int]]) -> Iterator[Line]:
    number = str(each.line)
    gutter = " " * len(number)
    yield Line(each.severity, f"{each.severity}[{each.code}]: {printable(each.message)}")
    yield Line("place", f"{gutter}--> {each.where}")
    line = source_line(sources, each.file, each.line)
    if line.strip():
        shown, column = window(printable(blotted(line, blots)), each.column)
        width = max(1, min(each.end - each.column, len(shown) - column + 1))
        yield Line("source", f"{number} | {shown}")
        yield Line("caret", f"{gutter} | {' ' * (column - 1)}{'^' * width}")
    for note in each.notes:
        yield Line("note", f"{gutter}::: {note.mark}  {note.text}")
    if each.help:
        yield Line("help", f"{gutter} = help: {printable(each.help)}")


def printable(text: str) -> str:
    """A file must not steer the terminal that shows it."""
    return "".join(
        char if char.isprintable() else " " if char == "\t" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def blotted(line: str, blots: Iterable[tuple[int, int]]) -> str:
    """The line with secrets as asterisks."""
    for start, end in blots:
        line = line[: start - 1] + "*" * (end - start) + line[end - 1 :]
    return line


def window(line: str, column: int) -> tuple[str, int]:
    """What is shown of a long line: the part around the column, and the column within it."""
    if len(line) <= WIDEST:
        return line.rstrip(), column
    start = max(0, min(column - WIDEST // 2, len(line) - WIDEST))
    return line[start : start + WIDEST].rstrip(), column - start
