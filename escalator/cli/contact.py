"""`escalator contact …`: which contacts are proved, and the code that proves one."""

import sys
from typing import Annotated, Any

import typer

from escalator.cli import options, output
from escalator.cli.client import segment
from escalator.cli.options import Json, Token, Url

app = typer.Typer(help="How people are reached, and proof that a contact is theirs.", no_args_is_help=True)

COLUMNS = ("person", "via", "address", "state", "why", "verified_at")


@app.command("list")
def list_contacts(
    person: Annotated[str | None, typer.Argument(metavar="PERSON", help="One person alone.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Contacts, and what is known of each.

    Example: escalator contact list alice
    """
    service = options.service(url, token)
    people = [service.get(f"/api/v1/people/{segment(person)}")] if person else service.get("/api/v1/people")["items"]
    if as_json:
        output.document({"items": people})
        return
    rows = [{"person": each["name"], **contact} for each in people for contact in each["contacts"]]
    output.table(COLUMNS, ([row.get(column) for column in COLUMNS] for row in rows), "No contacts.")


@app.command()
def verify(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Whose contact.")],
    via: Annotated[str, typer.Argument(metavar="VIA", help="email, sms, call or apprise.")],
    code: Annotated[
        str | None, typer.Option(metavar="CODE", help="The code that arrived: sends none, asks nothing.")
    ] = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Prove that a contact is the person's: a code is sent there, and asked for here.

    Where nobody can be asked (a pipe, --json), the code is sent, and a second call with --code confirms it.

    Example: escalator contact verify alice sms
    """
    service = options.service(url, token)
    door = f"/api/v1/people/{segment(person)}/contacts/{segment(via)}"
    answer: dict[str, Any] = {}
    if code is None:
        answer = service.post(f"{door}/code", {})
        code = None if as_json or not sys.stdin.isatty() else _asked(person, via)
    if code is not None:
        answer = service.post(f"{door}/confirm", {"code": code})
    if as_json:
        output.document({"person": person, **answer})
    elif code is None:
        output.say(f"A code was sent. Then: escalator contact verify {person} {via} --code CODE")
    else:
        output.say(f"{person}'s contact {via} is verified")


def _asked(person: str, via: str) -> str:
    answer: str = typer.prompt(f"The code that arrived at {person}'s {via}")
    return answer.strip()
