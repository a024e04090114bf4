"""`escalator incident …`: what a person does with an incident, through the doors of a running service."""

from typing import Annotated, Any

import typer

from escalator.cli import options, output
from escalator.cli.client import Service, segment
from escalator.cli.options import By, Json, Note, Token, Url

app = typer.Typer(help="List, show and act on incidents.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="The incident's number.")]
COLUMNS = ("id", "status", "severity", "title", "level", "opened_at", "acknowledged_by")
PAGE = 200
"""Incidents asked for at a time."""


@app.command("list")
def list_(
    status: Annotated[
        list[str] | None, typer.Option(help="triggered, acknowledged, snoozed, resolved. Repeatable.")
    ] = None,
    severity: Annotated[list[str] | None, typer.Option(help="critical, error, warning, info. Repeatable.")] = None,
    urgency: Annotated[str | None, typer.Option(help="high or low.")] = None,
    policy: Annotated[str | None, typer.Option(help="The policy that walks it.")] = None,
    person: Annotated[str | None, typer.Option(help="Somebody who was paged.")] = None,
    match: options.Match = None,
    since: options.Moment = None,
    until: options.Moment = None,
    text: Annotated[str | None, typer.Option(help="Words in the title or the labels.")] = None,
    sort: Annotated[str | None, typer.Option(help="-opened_at, opened_at, -severity, due_at or urgency.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Incidents that fit every option; those that are not resolved where no status is asked for.

    Example: escalator incident list --severity critical --match team=payments
    """
    query = {
        "status": status or ["triggered", "acknowledged", "snoozed"],
        "severity": severity,
        "urgency": urgency,
        "policy": policy,
        "person": person,
        "match": match,
        "since": options.moment(since),
        "until": options.moment(until),
        "q": text,
        "sort": sort,
    }
    found = _pages(options.service(url, token), query, limit)
    if as_json:
        output.document({"items": found})
    else:
        output.table(COLUMNS, ([row.get(column) for column in COLUMNS] for row in found), "No incidents.")


@app.command()
def show(number: Id, url: Url = None, token: Token = None, as_json: Json = False) -> None:
    """One incident with its alerts, its timeline and every notification.

    Example: escalator incident show 42
    """
    service = options.service(url, token)
    path = f"/api/v1/incidents/{segment(number)}"
    incident = service.get(path)
    parts = {name: _items(service.get(f"{path}/{name}")) for name in ("alerts", "timeline", "notifications")}
    if as_json:
        output.document({**incident, "details": parts})
    else:
        _describe(incident, parts)


@app.command()
def ack(
    number: Id, by: By = None, note: Note = None, url: Url = None, token: Token = None, as_json: Json = False
) -> None:
    """Acknowledge: somebody has it, the paging stops.

    Example: escalator incident ack 42 --note "looking at the disk"
    """
    _act(number, "acknowledge", options.given(by=by, note=note), url, token, as_json)


@app.command()
def unack(
    number: Id, by: By = None, note: Note = None, url: Url = None, token: Token = None, as_json: Json = False
) -> None:
    """Take an acknowledgement back: the paging starts again."""
    _act(number, "unacknowledge", options.given(by=by, note=note), url, token, as_json)


@app.command()
def snooze(
    number: Id,
    for_: Annotated[str | None, typer.Option("--for", metavar="SPAN", help="30m, 1h30m, 2d.")] = None,
    until: options.Moment = None,
    by: By = None,
    note: Note = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Nobody is paged until the time is over; at most 24 hours, for longer make a silence.

    Example: escalator incident snooze 42 --for 2h
    """
    if (for_ is None) == (until is None):
        raise options.Usage("say how long: --for 2h, or --until 2026-03-04T09:00:00Z, and not both")
    body = {"for": options.span(for_)} if for_ else {"until": options.moment(until)}
    _act(number, "snooze", body | options.given(by=by, note=note), url, token, as_json)


@app.command()
def escalate(
    number: Id,
    level: Annotated[int | None, typer.Option(min=1, help="The level; the next one where not said.")] = None,
    by: By = None,
    note: Note = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Page the next level now, or the one you name."""
    _act(number, "escalate", options.given(level=level, by=by, note=note), url, token, as_json)


@app.command()
def reassign(
    number: Id,
    to: Annotated[
        list[str], typer.Argument(metavar="TARGET…", help="alice, schedule:boardroom, team:sre, channel:ops.")
    ],
    by: By = None,
    note: Note = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Page these people instead of the policy's levels.

    Example: escalator incident reassign 42 alice team:sre
    """
    body = {"to": [options.target(text) for text in to]} | options.given(by=by, note=note)
    _act(number, "reassign", body, url, token, as_json)


@app.command()
def resolve(
    number: Id, by: By = None, note: Note = None, url: Url = None, token: Token = None, as_json: Json = False
) -> None:
    """Close it by hand; normally its alerts close it when they stop."""
    _act(number, "resolve", options.given(by=by, note=note), url, token, as_json)


@app.command()
def reopen(
    number: Id, by: By = None, note: Note = None, url: Url = None, token: Token = None, as_json: Json = False
) -> None:
    """Take a resolve back: yours again if you held it, else level 1 is paged now.

    Example: escalator incident reopen 42 --note "the wrong one"
    """
    _act(number, "reopen", options.given(by=by, note=note), url, token, as_json)


@app.command()
def note(
    number: Id,
    text: Annotated[str, typer.Argument(help="What to write down.")],
    by: By = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Write a line into the timeline."""
    _act(number, "notes", {"text": text} | options.given(by=by), url, token, as_json)


def _act(number: str, verb: str, body: dict[str, Any], url: str | None, token: str | None, as_json: bool) -> None:
    incident = options.service(url, token).post(f"/api/v1/incidents/{segment(number)}/{verb}", body)
    if as_json:
        output.document(incident)
    else:
        output.say(_headline(incident))


def _headline(incident: dict[str, Any]) -> str:
    by = f" by {incident['acknowledged_by']}" if incident.get("acknowledged_by") else ""
    return f"incident {incident.get('id')} is {incident.get('status')}{by}: {incident.get('title')}"


def _pages(service: Service, query: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    """Follows the cursor until there is enough or no more."""
    found: list[dict[str, Any]] = []
    cursor = None
    while len(found) < limit:
        size = min(PAGE, limit - len(found))
        answer = service.get("/api/v1/incidents", **query, limit=size, cursor=cursor)
        found += answer["items"]
        cursor = answer.get("next")
        if cursor is None:
            break
    return found[:limit]


def _items(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer["items"] if isinstance(answer, dict) else answer
    return found


def _describe(incident: dict[str, Any], parts: dict[str, list[dict[str, Any]]]) -> None:
    output.say(_headline(incident))
    for field in (
        "severity",
        "urgency",
        "policy",
        "level",
        "round",
        "opened_at",
        "snoozed_until",
        "due_at",
        "paged",
        "url",
    ):
        if incident.get(field) not in (None, [], ""):
            output.say(f"  {field}: {output.clean(incident[field])}")
    sections = {
        "alerts": ("status", "starts_at", "ends_at", "labels"),
        "timeline": ("at", "event", "by", "reason"),
        "notifications": ("level", "person", "channel", "contact", "kind", "state", "sent_at", "evidence"),
    }
    for name, columns in sections.items():
        output.say("")
        output.say(name)
        rows = ([_cell(row, column) for column in columns] for row in parts[name])
        output.table(columns, rows, f"  no {name}")


def _cell(row: dict[str, Any], column: str) -> Any:
    return output.labels(row.get(column)) if column == "labels" else row.get(column)
