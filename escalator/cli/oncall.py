"""`escalator oncall …`: who is on call, now and next; shifts, gaps, shares; a shift taken now; calendar feeds."""

from typing import Annotated, Any

import typer

from escalator.cli import options, output
from escalator.cli.client import segment
from escalator.cli.options import By, Json, Token, Url

app = typer.Typer(help="Who is on call, now and next; shifts, gaps, shares, calendars.")

Schedule = Annotated[str, typer.Argument(metavar="SCHEDULE")]
One = Annotated[str | None, typer.Option("--schedule", help="One schedule alone.")]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", help="RFC 3339; now where not said.")]
For = Annotated[str | None, typer.Option("--for", metavar="SPAN", help="90d where not said, at most 400d.")]


@app.callback(invoke_without_command=True)
def oncall(
    context: typer.Context,
    at: options.Moment = None,
    schedule: One = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Who is on call, now or at an instant, until when, who is asked next, and who has it then.

    Example: escalator oncall --schedule boardroom --at 2026-12-24T22:00:00+01:00
    """
    if context.invoked_subcommand is None:
        answer = options.service(url, token).get("/api/v1/oncall", at=options.moment(at), schedule=schedule)
        _show(answer, answer["items"], ("schedule", "person", "until", "next", "then"), "No schedules.", as_json)


@app.command()
def shifts(
    schedule: Schedule,
    since: From = None,
    for_: For = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Who serves from when to when, and why; a GAP where nobody does.

    Example: escalator oncall shifts boardroom --for 14d
    """
    answer = options.service(url, token).get(f"/api/v1/oncall/{segment(schedule)}/shifts", **_period(since, for_))
    rows = [{**each, "person": each["person"] or "GAP", "why": _why(each)} for each in answer["items"]]
    _show(answer, rows, ("starts_at", "ends_at", "person", "why"), "No shifts.", as_json)


@app.command()
def gaps(
    schedule: One = None,
    since: From = None,
    for_: For = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """When nobody is on call, and when two claim the same time. A gap exits 1; an overlap does not.

    Example: escalator oncall gaps --for 90d
    """
    answer = options.service(url, token).get("/api/v1/oncall/gaps", schedule=schedule, **_period(since, for_))
    rows = [row for each in answer["items"] for row in _troubles(each)]
    columns = ("schedule", "what", "starts_at", "ends_at", "first", "second", "times", "hours")
    _show(answer, rows, columns, "No gaps, no overlaps.", as_json)
    if any(each["gaps"] for each in answer["items"]):
        raise typer.Exit(1)


@app.command()
def fairness(
    schedule: One = None,
    since: From = None,
    for_: For = None,
    holidays: Annotated[
        list[str] | None, typer.Option("--holidays", metavar="LIST", help="Lists that count; all where not said.")
    ] = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Hours of each person, those at night, on weekends and on holidays, and their share.

    Example: escalator oncall fairness --schedule boardroom --from 2026-01-01T00:00:00Z --for 90d
    """
    asked = _period(since, for_) | {"schedule": schedule, "holidays": holidays}
    answer = options.service(url, token).get("/api/v1/oncall/fairness", **asked)
    rows = [{"schedule": each["schedule"], **row} for each in answer["items"] for row in _loads(each)]
    columns = (
        "schedule", "person", "hours", "night_hours", "weekend_hours", "holiday_hours", "shifts", "share",
    )  # fmt: skip
    _show(answer, rows, columns, "No schedules.", as_json)


@app.command()
def take(
    schedule: Schedule,
    for_: Annotated[
        str | None, typer.Option("--for", metavar="SPAN", help="To the end of the shift where not said.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    by: By = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Take SCHEDULE now: you are on call, whoever was.

    Example: escalator oncall take boardroom --for 2h
    """
    body = {"reason": reason} | options.given(by=by, **{"for": options.span(for_)})
    made = options.service(url, token).post(f"/api/v1/oncall/{segment(schedule)}/take", body)
    if as_json:
        output.document(made)
    else:
        output.say(f"{made['person']} is on call for {schedule} until {made['ends_at']} (override {made['id']})")


@app.command()
def feed(
    of: Annotated[
        str | None, typer.Argument(metavar="PERSON|SCHEDULE", help="person:NAME or schedule:NAME where both exist.")
    ] = None,
    revoke: Annotated[str | None, typer.Option("--revoke", metavar="ID", help="End a feed now.")] = None,
    by: By = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """The address of a calendar with a person's or a schedule's shifts, shown this once. Without a name: what there is.

    Example: escalator oncall feed alice
    """
    service = options.service(url, token)
    if revoke is not None:
        service.delete(f"/api/v1/feeds/{segment(revoke)}")
        if as_json:
            output.document({"revoked": revoke})
        else:
            output.say(f"feed {revoke} is revoked")
    elif of is None:
        answer = service.get("/api/v1/feeds")
        _show(answer, answer["items"], ("id", "kind", "name", "by", "created_at"), "No feeds.", as_json)
    else:
        _made(service.post("/api/v1/feeds", {"of": of} | options.given(by=by)), as_json)


def _made(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        output.document(made)
    else:
        output.say(made["url"])
        output.warn(f"feed {made['id']} ({made['kind']} {made['name']}): whoever has this address can read it; "
                    "it is not shown again")  # fmt: skip


def _period(since: str | None, span: str | None) -> dict[str, Any]:
    return {"from": options.moment(since), "for": options.span(span)}


def _show(answer: Any, rows: list[dict[str, Any]], columns: tuple[str, ...], empty: str, as_json: bool) -> None:
    if as_json:
        output.document(answer)
    else:
        output.table(columns, ([row.get(column) for column in columns] for row in rows), empty)


def _why(shift: dict[str, Any]) -> str:
    if shift["override"]:
        reason = shift["override"]["reason"]
        return f"override: {reason}" if reason else "override"
    return "" if shift["layer"] is None else f"layer {shift['layer'] + 1}"


def _troubles(covered: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each gap, then for each overlap."""
    found = [{"what": "gap", **each} for each in covered["gaps"]]
    found += [{"what": f"{each['kind']}s overlap", **each} for each in covered["overlaps"]]
    return [{"schedule": covered["schedule"], **each} for each in found]


def _loads(shared: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each person, and one for the time that nobody serves."""
    rows = [{**each, "share": f"{each['share']:.1%}"} for each in shared["people"]]
    return [*rows, {"person": "GAP", "hours": shared["gap_hours"]}] if shared["gap_hours"] else rows
