"""`escalator device …`: the browsers that take a person's push messages."""

from typing import Annotated

import typer

from escalator.cli import options, output
from escalator.cli.client import segment
from escalator.cli.options import Json, Token, Url

app = typer.Typer(help="Browsers that take push messages.", no_args_is_help=True)

Person = Annotated[str, typer.Argument(metavar="PERSON")]


@app.command()
def link(person: Person, url: Url = None, token: Token = None, as_json: Json = False) -> None:
    """A link to open on the device that shall take PERSON's pages. It is good for an hour and for one browser.

    Example: escalator device link alice
    """
    made = options.service(url, token).post(f"/api/v1/people/{segment(person)}/devices/link", {})
    if as_json:
        output.document(made)
    else:
        output.say(made["url"])
        output.warn(f"open it on {person}'s device before {made['expires_at']}; whoever does can answer as {person}")


@app.command("list")
def list_(person: Person, url: Url = None, token: Token = None, as_json: Json = False) -> None:
    """PERSON's devices."""
    answer = options.service(url, token).get(f"/api/v1/people/{segment(person)}/devices")
    if as_json:
        output.document(answer)
        return
    columns = ("id", "label", "service")
    output.table(columns, ([row[column] for column in columns] for row in answer["items"]), "No devices.")


@app.command()
def forget(
    person: Person,
    id: Annotated[str, typer.Argument(metavar="ID")],
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Send nothing more to one of PERSON's devices."""
    options.service(url, token).delete(f"/api/v1/people/{segment(person)}/devices/{segment(id)}")
    if as_json:
        output.document({"forgotten": id})
    else:
        output.say(f"device {id} of {person} is forgotten")
