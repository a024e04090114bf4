"""`escalator policy replay`: last month's alerts through these policies."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from escalator import settings
from escalator.cli import output
from escalator.cli.options import Json, Usage
from escalator.cli.policy.books import Where, before_at, book_at, progress
from escalator.cli.policy.histories import recording_of

if TYPE_CHECKING:
    from escalator.core.spread import Spread
    from escalator.rehearsal.history.recording import Recording
    from escalator.rehearsal.history.replay import Passage, Response
    from escalator.rehearsal.history.tallies import Comparison, Tally

MOST = 20
"""Incidents of a kind that are listed."""
SECOND = 1_000_000

Files = Annotated[
    list[Path] | None,
    typer.Option(
        "--record", metavar="FILE",
        help="What happened: of `escalator policy record`, a log of Alertmanager's webhooks (a JSON body a line, or a "
        "folder of them), or a Prometheus export of ALERTS. Repeatable.",
    ),
]  # fmt: skip


def replay(
    path: Where = None,
    record: Files = None,
    before: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="Compare with these: what is missed, what is saved.")
    ] = None,
    answers: Annotated[
        str, typer.Option(help="`recorded`: as people did; `never`; or a span after their first page, such as 4m.")
    ] = "recorded",
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write charts there.")] = None,
    as_json: Json = False,
) -> None:
    """Play recorded alerts through the policies at PATH in virtual time: pages per person and night, the time to the
    first page and to an acknowledgement and, beside other policies (--from), what would be missed and what saved.

    Exit code 1 where critical or error incidents that paged a person with --from would page nobody.

    Example: escalator policy replay policies --record last-month.json --from policies-before --answers 4m
    """
    from escalator.rehearsal.history.replay import replay as play
    from escalator.rehearsal.history.tallies import compare, tally

    recording, response = _recording(record), _response(answers)
    new, old = book_at(path), before_at(before) if before else None
    with progress("replay") as told:
        after = play(new, recording, response, progress=lambda done, total: told(done, total, "these policies"))
        tallied = tally(new, after)
        then = found = None
        if old is not None:
            was = play(old, recording, response, progress=lambda done, total: told(done, total, "those before"))
            then, found = tally(old, was), compare(was, after)
    if svg is not None:
        _draw(svg, recording, tallied, then)
    if as_json:
        output.document(_shown(recording, tallied, then, found))
    else:
        _print(recording, tallied, then, found)
    if found is not None and found.missed:
        raise typer.Exit(1)


def _recording(record: list[Path] | None) -> "Recording":
    if not record:
        raise Usage("say what happened: --record FILE; `escalator policy record > FILE` asks the service for it")
    recording = recording_of(record)
    if not recording.deliveries:
        raise Usage("there is no alert in it")
    return recording


def _response(text: str) -> "Response":
    from escalator.rehearsal.history.replay import Response

    if text in ("recorded", "never"):
        return Response(recorded=text == "recorded")
    try:
        return Response(recorded=False, after=settings.span(text))
    except ValueError as error:
        raise Usage(f"--answers {text!r}: `recorded`, `never`, or a span such as 4m") from error


def _print(recording: "Recording", now: "Tally", before: "Tally | None", found: "Comparison | None") -> None:
    from escalator.core.instant import rfc3339
    from escalator.rehearsal.history.charts import words_of

    alerts = sum(len(heard.alerts) for heard in recording.deliveries)
    output.say(f"{alerts} reports from {rfc3339(recording.since)} to {rfc3339(recording.until)}")
    columns = ["", "before", "then"] if before else ["", "then"]
    tallies = [before, now] if before else [now]
    rows: dict[str, list[Any]] = {
        "incidents": [each.incidents for each in tallies],
        "that page a person": [each.paged for each in tallies],
        "nobody acknowledges": [each.unanswered for each in tallies],
        "urgent, no person paged": [each.unheard for each in tallies],
        "alerts dropped": [each.dropped for each in tallies],
        "to the first page": [words_of(each.first_page) for each in tallies],
        "to an acknowledgement": [words_of(each.acknowledged) for each in tallies],
    }
    output.table(columns, [[name, *values] for name, values in rows.items()], "")
    print()
    _print_people(tallies)
    if found is not None:
        _print_comparison(found)


def _print_people(tallies: "list[Tally]") -> None:
    by_name = [{burden.person: burden for burden in tally.burdens} for tally in tallies]
    names = dict.fromkeys(burden.person for tally in tallies for burden in tally.burdens)
    rows = []
    for name in names:
        found = [known.get(name) for known in by_name]
        rows.append([name, *(_arrow([getattr(each, what, 0) for each in found]) for what in PARTS)])
    output.table(["person", *(what.replace("_", " ") for what in PARTS)], rows, "Nobody is paged.")


PARTS = ("pages", "interruptions", "at_night", "nights")


def _arrow(values: list[int]) -> str:
    return " → ".join(map(str, values))


def _print_comparison(found: "Comparison") -> None:
    print()
    kinds = {
        "MISSED: critical or error, a person was paged, now nobody": found.missed,
        "saved: less than that, a person was paged, now nobody": found.spared,
        "gained: a person is paged, nobody was": found.gained,
        "later: the first page comes later": tuple(now for _, now in found.later),
    }
    for words, passages in kinds.items():
        output.say(f"{len(passages)} {words}")
        for passage in passages[:MOST]:
            output.say(f"    {_passage(passage)}")
        if len(passages) > MOST:
            output.say(f"    … and {len(passages) - MOST} more")


def _passage(passage: "Passage") -> str:
    from escalator.core.instant import rfc3339

    return f"{rfc3339(passage.opened_at)} {passage.severity.name.lower()} {passage.title} (policy {passage.policy})"


def _draw(file: Path, recording: "Recording", now: "Tally", before: "Tally | None") -> None:
    from escalator.core.instant import to_datetime
    from escalator.rehearsal.history.charts import charts, draw

    title = f"Alerts of {to_datetime(recording.since):%Y-%m-%d} to {to_datetime(recording.until):%Y-%m-%d}"
    try:
        file.write_text(draw(charts(now, before), title), encoding="utf-8")
    except OSError as error:
        raise Usage(f"{file}: {error.strerror}") from error


def _shown(recording: "Recording", now: "Tally", before: "Tally | None", found: "Comparison | None") -> dict[str, Any]:
    from escalator.core.instant import rfc3339

    comparison = None
    if found is not None:
        comparison = {
            "missed": [_incident(each) for each in found.missed],
            "saved": [_incident(each) for each in found.spared],
            "gained": [_incident(each) for each in found.gained],
            "later": [{"before": _incident(was), "then": _incident(each)} for was, each in found.later],
        }
    return {
        "since": rfc3339(recording.since),
        "until": rfc3339(recording.until),
        "then": _tally(now),
        "before": _tally(before) if before else None,
        "comparison": comparison,
    }


def _incident(passage: "Passage") -> dict[str, Any]:
    from escalator.core.instant import rfc3339

    return {
        "title": passage.title,
        "severity": passage.severity.name.lower(),
        "policy": passage.policy,
        "opened_at": rfc3339(passage.opened_at),
        "first_page_at": None if passage.first_page is None else rfc3339(passage.first_page),
    }


def _tally(tally: "Tally") -> dict[str, Any]:
    return {
        "incidents": tally.incidents,
        "paged": tally.paged,
        "unanswered": tally.unanswered,
        "unheard": tally.unheard,
        "dropped": tally.dropped,
        "first_page": _spread(tally.first_page),
        "acknowledged": _spread(tally.acknowledged),
        "people": {each.person: {what: getattr(each, what) for what in PARTS} for each in tally.burdens},
    }


def _spread(spread: "Spread") -> dict[str, Any]:
    return {
        "median_seconds": None if spread.median is None else spread.median / SECOND,
        "p95_seconds": None if spread.p95 is None else spread.p95 / SECOND,
        "incidents": spread.number,
    }
