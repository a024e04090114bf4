"""`escalator swap …`: ask a colleague to take a shift; accept, or decline."""

from typing import Annotated, Any

import typer

from escalator.cli import options, output
from escalator.cli.client import segment
from escalator.cli.options import By, Json, Token, Url

app = typer.Typer(help="Shifts that a colleague takes, once they accept.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID")]


@app.command()
def ask(
    schedule: Annotated[str, typer.Argument(metavar="SCHEDULE")],
    since: Annotated[str, typer.Option("--from", metavar="TIME", help="RFC 3339.")],
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="RFC 3339.")],
    to: Annotated[
        str | None, typer.Option("--to", metavar="PERSON", help="Anybody on the schedule where not said.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    by: By = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Ask that somebody takes a shift of yours. Nothing changes until they accept.

    Example: escalator swap ask boardroom --from 2026-03-04T18:00:00Z --until 2026-03-05T08:00:00Z --to bob
    """
    body = {"schedule": schedule, "from": options.moment(since), "until": options.moment(until), "reason": reason}
    made = options.service(url, token).post("/api/v1/swaps", body | options.given(to=to, by=by))
    _told(made, f"swap {made['id']}: {made['by']} asks {made['to'] or 'anybody'} to take {schedule}", as_json)


@app.command()
def accept(number: Id, by: By = None, url: Url = None, token: Token = None, as_json: Json = False) -> None:
    """Take the shift: you are on call then.

    Example: escalator swap accept 3f2a9c --by bob
    """
    made = options.service(url, token).post(f"/api/v1/swaps/{segment(number)}/accept", options.given(by=by))
    words = f"{made['answered_by']} is on call for {made['schedule']} from {made['starts_at']} to {made['ends_at']}"
    _told(made, words, as_json)


@app.command()
def decline(number: Id, by: By = None, url: Url = None, token: Token = None, as_json: Json = False) -> None:
    """Do not take it; or take back what you asked.

    Example: escalator swap decline 3f2a9c --by bob
    """
    made = options.service(url, token).post(f"/api/v1/swaps/{segment(number)}/decline", options.given(by=by))
    _told(made, f"swap {made['id']} is declined: {made['by']} keeps {made['schedule']}", as_json)


@app.command("list")
def list_(url: Url = None, token: Token = None, as_json: Json = False) -> None:
    """Swaps to come, and those of the last 30 days.

    Example: escalator swap list
    """
    answer = options.service(url, token).get("/api/v1/swaps")
    if as_json:
        output.document(answer)
        return
    columns = ("id", "state", "schedule", "by", "to", "starts_at", "ends_at", "reason", "answered_by")
    output.table(columns, ([row.get(column) for column in columns] for row in answer["items"]), "No swaps.")


def _told(made: dict[str, Any], words: str, as_json: bool) -> None:
    if as_json:
        output.document(made)
    else:
        output.say(words)
