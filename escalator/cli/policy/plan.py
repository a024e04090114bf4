"""`escalator policy plan`: what a change changes, before it goes live."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalator.cli import output
from escalator.cli.client import Refused
from escalator.cli.options import Json, Token, Url, Usage, service
from escalator.cli.policy.books import Where, before_at, book_at, here, now, parsed

if TYPE_CHECKING:
    from escalator.core.book import Book
    from escalator.rehearsal.changes.plan import Plan
    from escalator.rehearsal.standing import Standing


def plan(
    path: Where = None,
    before: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="The policies as they were: a directory or file.")
    ] = None,
    git: Annotated[
        str | None, typer.Option("--git", metavar="REV", help="As they were at a git revision; `A..B` compares two.")
    ] = None,
    url: Url = None,
    token: Token = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="For the comment of a pull request.")] = False,
    as_json: Json = False,
) -> None:
    """Compare the policies at PATH with what they were: in another directory (--from), at a git revision (--git), or in
    the running service (neither; its open incidents are looked at too).

    Shown is, for each class of alerts and hour of the week, how the ladder changes; whose shifts change in the next
    four weeks; and for each open incident the next page before and after. Exit code 1 where something gets later or
    weaker.

    Example: escalator policy plan policies --git origin/main --markdown
    """
    from dataclasses import replace

    from escalator.rehearsal.changes.plan import plan as compare
    from escalator.rehearsal.proof.classes import zone_of

    if sum(each is not None for each in (before, git, url)) > 1:
        raise Usage("--from, --git and --url exclude one another: one state of before is compared")
    standing = None
    if git is not None:
        old, new = _revisions(path, git)
    elif before is not None:
        old, new = before_at(before), book_at(path)
    else:
        new = book_at(path)
        old, standing = _running(url, token)
    new = replace(new, revision=old.revision + 1)
    if standing is None:
        found = compare(old, new, now())
    else:
        found = compare(old, new, standing.at, standing.open, standing.circumstances)
    _print(found, zone_of(new, new.catch_all), markdown=markdown, as_json=as_json)
    if found.worse:
        raise typer.Exit(1)


def _revisions(path: Path | None, git: str) -> "tuple[Book, Book]":
    """As they were, and as they are: at another revision, or on the disk."""
    before, dots, after = git.partition("..")
    old = _at(here(path), before or "HEAD")
    return old, _at(here(path), after.removeprefix(".") or "HEAD") if dots else book_at(path)


def _at(path: Path, revision: str) -> "Book":
    import asyncio

    from escalator.engine.checkout import sources_of
    from escalator.engine.gits import GitFailed
    from escalator.language import Unreadable

    try:
        return parsed(asyncio.run(sources_of(path, revision)))
    except (GitFailed, Unreadable) as error:
        raise Usage(f"--git {revision}: {error}") from error


def _running(url: str | None, token: str | None) -> "tuple[Book, Standing]":
    from escalator.rehearsal.standing import decode

    answer = service(url, token).get("/api/v1/rehearsal")
    try:
        standing = decode(answer)
    except ValueError as error:
        raise Refused(f"the service answers in another form ({error}): is it of this version?") from error
    return parsed(dict(standing.sources), standing.revision), standing


def _print(found: "Plan", zone: str, *, markdown: bool, as_json: bool) -> None:
    from escalator.rehearsal.changes import planned
    from escalator.rehearsal.changes.documents import document

    if as_json:
        output.document(document(found))
    elif markdown:
        print(planned.markdown(found, zone), end="")
    else:
        for line in planned.text(found, zone):
            output.say(line)
