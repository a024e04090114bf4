"""The forms in which `policy check` answers: text for people, JSON, SARIF and workflow commands for programs."""

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from escalator import __version__
from escalator.cli import output

if TYPE_CHECKING:
    from escalator.language import Diagnostic

PAGE = "https://escalator.example/docs/codes.md"
"""Where docs/codes.md can be read. There is no public address yet, and `.example` is nobody else's."""
STYLES = {
    "error": "bold red", "warning": "bold yellow", "place": "blue", "source": "", "caret": "bold", "note": "blue",
    "help": "green",
}  # fmt: skip


class Format(StrEnum):
    """`--format`."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


def answer(form: Format, found: "Sequence[Diagnostic]", sources: Mapping[str, str], page: str) -> None:
    """Everything that was found, on standard output; how much it is, on standard error."""
    from escalator.language.annotations import annotations
    from escalator.language.sarif import sarif

    errors = sum(each.severity == "error" for each in found)
    if form is Format.JSON:
        output.document({"ok": not errors, "diagnostics": [_shown(each) for each in found]})
    elif form is Format.SARIF:
        output.document(sarif(found, sources, __version__, page))
    elif form is Format.GITHUB:
        for line in annotations(found):
            print(line)
    elif found:
        _write(found, sources)
    if form in (Format.TEXT, Format.GITHUB):
        _count(errors, len(found) - errors, form)


def _write(found: "Sequence[Diagnostic]", sources: Mapping[str, str]) -> None:
    from escalator.language import drawn, render

    if not sys.stdout.isatty():
        print(render(found, sources))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for lines in drawn(found, sources):
        for line in lines:
            console.print(Text(line.text, STYLES[line.role]))
        console.print()


def _count(errors: int, warnings: int, form: Format) -> None:
    if errors or warnings:
        print(f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}", file=sys.stderr)
    elif form is Format.TEXT:
        output.say("No errors, no warnings.")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _shown(each: "Diagnostic") -> dict[str, object]:
    notes = [
        {"file": note.mark.file, "line": note.mark.line, "column": note.mark.column, "text": note.text}
        for note in each.notes
    ]
    return {**each._asdict(), "notes": notes}
