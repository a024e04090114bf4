"""`escalator policy check`: everything that is wrong with the files."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalator.cli.options import Json, Usage
from escalator.cli.policy.books import here
from escalator.cli.policy.formats import PAGE, Format, answer

if TYPE_CHECKING:
    from escalator.language import Diagnostic

Paths = Annotated[
    list[Path] | None, typer.Argument(metavar="PATH…", help="Directories or files; ESCALATOR_POLICIES where not said.")
]
Form = Annotated[
    Format | None, typer.Option("--format", help="text where not said; github: annotations of a workflow.")
]


def check(
    paths: Paths = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
    form: Form = None,
    page: Annotated[
        str, typer.Option("--codes-url", help="Your copy of docs/codes.md, for the links of SARIF.")
    ] = PAGE,
    as_json: Json = False,
) -> None:
    """Compile the files and say everything that is wrong with them, with file, line, column and the cure.

    Each PATH is a whole policy of its own. Exit code 1 where one has an error. What a code means: policy explain CODE.

    Example: escalator policy check policies --format sarif > policies.sarif
    """
    if as_json and form not in (None, Format.JSON):
        raise Usage(f"--json and --format {form} exclude each other")
    found: list[Diagnostic] = []
    sources: dict[str, str] = {}
    with _no_collection():
        for path in paths or [here(None)]:
            more, texts = _checked(path)
            found += more
            sources |= texts
    answer(Format.JSON if as_json else form or Format.TEXT, found, sources, page)
    if any(each.severity == "error" for each in found) or (strict and found):
        raise typer.Exit(1)


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage is looked for meanwhile: a third of the time for a thousand files, and nothing of them is garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _checked(path: Path) -> "tuple[tuple[Diagnostic, ...], dict[str, str]]":
    """What is wrong with one policy, and its texts, with places as the reader can open them from where they stand."""
    from escalator.language import Unreadable, compile_book, load_sources

    try:
        texts = load_sources(path)
    except Unreadable as error:
        return error.diagnostics, {}
    sources = {str(path / name if path.is_dir() else path): text for name, text in texts.items()}
    return compile_book(sources, now=time.time_ns() // 1000).diagnostics, sources
