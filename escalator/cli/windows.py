"""`escalator silence …`, `override …`: what mutes notifications, and who replaces whom, for a while."""

from typing import Annotated, Any

import typer

from escalator.cli import options, output
from escalator.cli.client import segment
from escalator.cli.options import By, Json, Token, Url

silences = typer.Typer(help="Mute notifications by matchers; incidents are kept all the same.", no_args_is_help=True)
overrides = typer.Typer(help="Replace who is on call for a while.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID")]
For = Annotated[str | None, typer.Option("--for", metavar="SPAN", help="30m, 1h30m, 2d.")]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", help="RFC 3339; now where not said.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="RFC 3339.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; others will ask.")]


@silences.command("list")
def list_silences(url: Url = None, token: Token = None, as_json: Json = False) -> None:
    """Silences that are not yet over."""
    columns = ("id", "matchers", "starts_at", "ends_at", "by", "reason")
    _show(options.service(url, token).get("/api/v1/silences"), columns, "No silences.", as_json)


@silences.command("create")
def create_silence(
    match: Annotated[list[str], typer.Argument(metavar="MATCHER…", help="label=value, !=, =~ or !~; all must match.")],
    reason: Reason,
    for_: For = None,
    starts: From = None,
    until: Until = None,
    by: By = None,
    long: Annotated[bool, typer.Option("--long", help="Yes, for more than 30 days.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Mute alerts that match.

    Example: escalator silence create service=ledger 'env=~dev|staging' --for 2h --reason migration
    """
    body = {"matchers": match, "reason": reason} | _times(starts, until, for_)
    body |= options.given(by=by, long=long or None)
    _done(options.service(url, token).post("/api/v1/silences", body), "silence", as_json)


@silences.command("change")
def change_silence(
    number: Id,
    for_: For = None,
    until: Until = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; others will ask.")] = None,
    by: By = None,
    long: Annotated[bool, typer.Option("--long", help="Yes, for more than 30 days in all.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Give a silence another end (`--for`: from now on) or another reason; it holds without a gap.

    Example: escalator silence change 3f2a9c417be0 --for 4h
    """
    if for_ is not None and until is not None:
        raise options.Usage("say --for 2h (from now on), or --until 2026-03-04T09:00:00Z, and not both")
    times = options.given(ends_at=options.moment(until), **{"for": options.span(for_)})
    body = times | options.given(reason=reason, by=by, long=long or None)
    if not times and reason is None:
        raise options.Usage("say what changes: --for 2h, --until 2026-03-04T09:00:00Z or --reason")
    _done(options.service(url, token).patch(f"/api/v1/silences/{segment(number)}", body), "silence", as_json)


@silences.command("delete")
def delete_silence(number: Id, url: Url = None, token: Token = None, as_json: Json = False) -> None:
    """End a silence now."""
    options.service(url, token).delete(f"/api/v1/silences/{segment(number)}")
    _gone(number, "silence", as_json)


@overrides.command("list")
def list_overrides(url: Url = None, token: Token = None, as_json: Json = False) -> None:
    """Overrides that are not yet over, and where each lives: in the policies (file and line), or in the database (who).

    Example: escalator override list
    """
    columns = ("id", "schedule", "person", "starts_at", "ends_at", "reason", "lives", "where", "by")
    _show(options.service(url, token).get("/api/v1/overrides"), columns, "No overrides.", as_json)


@overrides.command("create")
def create_override(
    schedule: Annotated[str, typer.Argument(help="The schedule.")],
    person: Annotated[str, typer.Argument(help="Who stands in.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    for_: For = None,
    starts: From = None,
    until: Until = None,
    by: By = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Put one person on call in place of the whole schedule.

    Example: escalator override create boardroom bob --from 2026-03-04T18:00:00Z --for 12h --reason "Alice flies"
    """
    body = (
        {"schedule": schedule, "person": person, "reason": reason} | _times(starts, until, for_) | options.given(by=by)
    )
    _done(options.service(url, token).post("/api/v1/overrides", body), "override", as_json)


@overrides.command("delete")
def delete_override(number: Id, url: Url = None, token: Token = None, as_json: Json = False) -> None:
    """Take an override back. One that stands in the policies is changed there."""
    options.service(url, token).delete(f"/api/v1/overrides/{segment(number)}")
    _gone(number, "override", as_json)


def _times(starts: str | None, until: str | None, for_: str | None) -> dict[str, str]:
    if (for_ is None) == (until is None):
        raise options.Usage("say how long: --for 2h, or --until 2026-03-04T09:00:00Z, and not both")
    return options.given(starts_at=options.moment(starts), ends_at=options.moment(until), **{"for": options.span(for_)})


def _show(answer: Any, columns: tuple[str, ...], empty: str, as_json: bool) -> None:
    if as_json:
        output.document(answer)
        return
    items = answer["items"] if isinstance(answer, dict) else answer
    output.table(columns, ([_cell(row.get(column)) for column in columns] for row in items), empty)


def _cell(value: Any) -> Any:
    """Matchers as people write them; everything else as it is."""
    if isinstance(value, list) and all(isinstance(part, dict) for part in value):
        return [f"{part.get('label', '')}{part.get('operator', '=')}{part.get('value', '')}" for part in value]
    return value


def _done(answer: dict[str, Any], what: str, as_json: bool) -> None:
    if as_json:
        output.document(answer)
    else:
        output.say(f"{what} {answer.get('id')} until {answer.get('ends_at')}")


def _gone(number: str, what: str, as_json: bool) -> None:
    if as_json:
        output.document({"deleted": number})
    else:
        output.say(f"{what} {number} is gone")
