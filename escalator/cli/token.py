"""`escalator token …`: who may come in. Through the service, or straight in the database where no token exists yet."""

import asyncio
import time
from typing import Annotated, Any, Literal

import typer

from escalator import config, settings
from escalator.cli import options, output
from escalator.cli.client import Refused, segment
from escalator.cli.options import Json, Token, Url
from escalator.cli.running import at_home

app = typer.Typer(help="Access tokens: ingest, read, ack, admin.", no_args_is_help=True)

Local = Annotated[bool, typer.Option("--local", help="Straight in the database of this machine's settings.")]
SCOPES = ("ingest", "read", "ack", "admin")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for: alertmanager, grafana, alice's phone.")],
    scope: Annotated[list[str], typer.Option(help="ingest, ingest:SOURCE, read, ack or admin. Repeatable.")],
    person: Annotated[str | None, typer.Option(help="Whose it is; actions with it are that person's.")] = None,
    for_: Annotated[
        str | None, typer.Option("--for", metavar="SPAN", help="Ends after so long; never where not said.")
    ] = None,
    local: Local = False,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Make a token. It is shown once, now.

    Example: escalator token create alertmanager --scope ingest
    """
    if bad := [one for one in scope if one.partition(":")[0] not in SCOPES]:
        raise options.Usage(f"{bad[0]!r} is no scope; write one of {', '.join(SCOPES)}")
    body = {"name": name, "scopes": scope} | options.given(person=person, **{"for": options.span(for_)})
    made = _made_here(body) if local else options.service(url, token).post("/api/v1/tokens", body)
    if as_json:
        output.document(made)
    else:
        output.say(made["token"])
        output.warn(f"token {made['id']} ({name}: {', '.join(scope)}); it is not shown again")


@app.command("list")
def list_(local: Local = False, url: Url = None, token: Token = None, as_json: Json = False) -> None:
    """Tokens by name and scope; never the tokens themselves."""
    answer = _run("listed") if local else options.service(url, token).get("/api/v1/tokens")
    if as_json:
        output.document(answer)
        return
    columns = ("id", "name", "scopes", "person", "created_at", "expires_at", "last_used_at")
    output.table(columns, ([row.get(column) for column in columns] for row in answer["items"]), "No tokens.")


@app.command()
def revoke(
    number: Annotated[str, typer.Argument(metavar="ID")],
    local: Local = False,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """End a token now."""
    if local:
        if not _run("revoke", number):
            raise Refused(f"There is no token {number}. `escalator token list --local` shows them.")
    else:
        options.service(url, token).delete(f"/api/v1/tokens/{segment(number)}")
    if as_json:
        output.document({"revoked": number})
    else:
        output.say(f"token {number} is revoked")


def _made_here(body: dict[str, Any]) -> Any:
    ends = None if "for" not in body else time.time_ns() // 1000 + settings.span(body["for"])
    return _run("create", body["name"], tuple(body["scopes"]), body.get("person"), ends)


def _run(verb: Literal["create", "listed", "revoke"], *arguments: Any) -> Any:
    """One act of `app.tokens` on the database of this machine's settings."""
    from escalator.app import tokens

    with at_home():
        return asyncio.run(getattr(tokens, verb)(config.load(config.environment()), *arguments))
