"""`escalator policy simulate`: this alert at that time, and nobody answers: as text, JSON and a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalator.cli import output
from escalator.cli.options import Json, Labels, Usage
from escalator.cli.policy.books import book_at, now

if TYPE_CHECKING:
    from escalator.core.book import Book
    from escalator.rehearsal.suppose.scenario import Scenario

Words = Annotated[list[str] | None, typer.Argument(metavar="[NAME] [PATH]", help="The alert's name; the policies.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="03:10, 2026-03-04T03:10 or RFC 3339; else now.")]
Zone = Annotated[str | None, typer.Option("--timezone", help="Of the times; else that of the schedule that is paged.")]
For = Annotated[str | None, typer.Option("--for", metavar="SPAN", help="How long; else until it begins again.")]
Acks = Annotated[list[str] | None, typer.Option("--ack", metavar="PERSON@SPAN", help="Who answers, when. Repeatable.")]
Resolve = Annotated[str | None, typer.Option("--resolve", metavar="SPAN", help="When the source resolves it.")]
Faults = Annotated[
    list[str] | None,
    typer.Option(
        "--fault", metavar="FAULT",
        help="person:NAME, provider:NAME, channel:NAME or contact:NAME/sms, then :silent (the default), :failing or "
        ":rejecting. Repeatable.",
    ),
]  # fmt: skip
Svg = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Draws it there too.")]


def simulate(
    words: Words = None,
    labels: Labels = None,
    at: At = None,
    timezone: Zone = None,
    lasts: For = None,
    acks: Acks = None,
    resolve: Resolve = None,
    faults: Faults = None,
    svg: Svg = None,
    as_json: Json = False,
) -> None:
    """Play one alert through the policies, in virtual time: who is told when, by what, and what follows where nobody
    answers. Sends nothing.

    Where --for does not say how long, it ends when the second pass begins.

    Example: escalator policy simulate HighCPUUsage -l severity=critical --at 03:10 --svg tonight.svg
    """
    from escalator.cli.policy import supposing
    from escalator.rehearsal.suppose.briefing import brief, zone_of
    from escalator.rehearsal.suppose.scenario import Scenario
    from escalator.rehearsal.suppose.wishes import unplanned

    path, name = supposing.path_and_name(words or ())
    book = book_at(path)
    given = supposing.labels(name, labels, book)
    where = supposing.place(timezone) if timezone else zone_of(book, brief(book, given, (), now()))
    scenario = Scenario(
        given, supposing.moment(at, where, now()),
        tuple(supposing.ack(each, book) for each in acks or ()),
        supposing.length(resolve, "--resolve"),
        tuple(supposing.fault(each, book) for each in faults or ()),
        supposing.length(lasts, "--for"),
    )  # fmt: skip
    if slip := unplanned(given, book):
        output.warn(f"note: {slip}")
    _show(book, scenario, where, svg, as_json)


def _show(book: "Book", scenario: "Scenario", where: str, svg: Path | None, as_json: bool) -> None:
    from escalator.rehearsal.pictures import draw
    from escalator.rehearsal.suppose.account import document, picture, text
    from escalator.rehearsal.suppose.scenario import play

    played = play(book, scenario)
    if svg is not None:
        _write(svg, draw(picture(book, scenario, played, where)))
    if as_json:
        output.document(document(book, scenario, played, where))
        return
    for line in text(book, scenario, played, where):
        output.say(line)


def _write(path: Path, drawn: str) -> None:
    try:
        path.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise Usage(f"--svg {path}: {error.strerror}") from error
