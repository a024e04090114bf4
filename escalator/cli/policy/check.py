"""`escalator policy check`: everything that is wrong with the files."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalator import config
from escalator.cli import output
from escalator.cli.options import Json

if TYPE_CHECKING:
    from escalator.language import Diagnostic

Paths = Annotated[
    list[Path] | None, typer.Argument(metavar="PATH…", help="Directories or files; ESCALATOR_POLICIES where not said.")
]


def check(
    paths: Paths = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
    as_json: Json = False,
) -> None:
    """Compile the files and say everything that is wrong with them, with file, line, column and the cure.

    Each PATH is a whole policy of its own. Exit code 1 where one has an error.

    Example: escalator policy check policies
    """
    found: list[Diagnostic] = []
    for path in paths or [Path(config.environment().get("ESCALATOR_POLICIES") or "policies")]:
        found += _checked(path, quiet=as_json)
    errors = sum(each.severity == "error" for each in found)
    if as_json:
        output.document({"ok": not errors, "diagnostics": [_shown(each) for each in found]})
    elif found:
        print(f"{_count(errors, 'error')}, {_count(len(found) - errors, 'warning')}", file=sys.stderr)
    else:
        output.say("No errors, no warnings.")
    if errors or (strict and found):
        raise typer.Exit(1)


def _checked(path: Path, *, quiet: bool) -> "tuple[Diagnostic, ...]":
    from escalator.language import Unreadable, compile_book, load_sources, render

    try:
        texts = load_sources(path)
    except Unreadable as error:
        sources, found = {}, error.diagnostics
    else:
        # Places as the reader can open them from where they stand.
        sources = {str(path / name if path.is_dir() else path): text for name, text in texts.items()}
        found = compile_book(sources, now=time.time_ns() // 1000).diagnostics
    if found and not quiet:
        print(render(found, sources))
    return found


def _shown(each: "Diagnostic") -> dict[str, object]:
    notes = [
        {"file": note.mark.file, "line": note.mark.line, "column": note.mark.column, "text": note.text}
        for note in each.notes
    ]
    return {**each._asdict(), "notes": notes}


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
