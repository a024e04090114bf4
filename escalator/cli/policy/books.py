"""The book at a path, for each command that needs one: what is wrong with it is printed, and the command ends."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalator import config, settings
from escalator.cli.options import Usage

if TYPE_CHECKING:
    from escalator.core.book import Book

Where = Annotated[
    Path | None, typer.Argument(metavar="PATH", help="A directory or file; ESCALATOR_POLICIES where not said.")
]


def here(path: Path | None) -> Path:
    """The path, or the one of the settings, which must be a folder or a file."""
    if path is not None:
        return path
    try:
        place = settings.policies(config.environment().get("ESCALATOR_POLICIES") or "policies")
    except ValueError as error:
        raise Usage(f"ESCALATOR_POLICIES: {error}") from error
    if place.git:
        raise Usage(f"ESCALATOR_POLICIES is a repository ({place}): give the PATH of a checkout of it")
    return Path(place.url)


def book_at(path: Path | None) -> "Book":
    """The compiled policies; exits 1 with every diagnostic where they do not pass their check."""
    from escalator.language import Unreadable, compile_book, load_sources, render

    root = here(path)
    try:
        texts = load_sources(root)
    except Unreadable as error:
        print(render(error.diagnostics, {}), file=sys.stderr)
        raise typer.Exit(1) from error
    sources = placed(root, texts)
    compiled = compile_book(sources, now=now())
    if compiled.book is None:
        wrong = [each for each in compiled.diagnostics if each.severity == "error"]
        print(render(wrong, sources), file=sys.stderr)
        raise typer.Exit(1)
    return compiled.book


def before_at(path: Path) -> "Book":
    """The policies as they were, which need not pass today's checks; raises Usage where they cannot be read."""
    from escalator.language import Unreadable, load_sources

    try:
        return parsed(load_sources(path))
    except Unreadable as error:
        raise Usage(str(error)) from error


def parsed(sources: dict[str, str], revision: int = 1) -> "Book":
    """Raises Usage where the texts cannot be read."""
    from escalator.language import compile_book

    book = compile_book(sources, revision).parsed
    if book is None:
        raise Usage("the policies as they were cannot be read: escalator policy check says why")
    return book


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on a terminal, nothing elsewhere: called with (done, of how many, with what)."""
    if not sys.stderr.isatty():
        yield lambda done, total, now: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total, now: bar.update(task, completed=done, total=total, description=now[:60])


def placed(root: Path, texts: dict[str, str]) -> dict[str, str]:
    """Texts by places that the reader can open from where they stand."""
    return {str(root / name if root.is_dir() else root): text for name, text in texts.items()}


def now() -> int:
    return time.time_ns() // 1000
