"""`escalator explain`: why was I paged?"""

from typing import Annotated

import typer

from escalator.cli import options, output
from escalator.cli.client import segment
from escalator.cli.options import Json, Token, Url

Id = Annotated[str, typer.Argument(metavar="ID", help="The incident's number.")]


def explain(
    number: Id,
    person: Annotated[str | None, typer.Option("--person", help="Only this person's pages.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Why was I paged: the route that took the alert and those that nearly did, level by level who was told by what,
    who was not and why, with file and line of the policies that the incident walks.

    Example: escalator explain 42 --person ana
    """
    from escalator.engine.explaining import lines

    found = options.service(url, token).get(f"/api/v1/incidents/{segment(number)}/explanation")
    if as_json:
        output.document(found)
        return
    for line in lines(found, person):
        print(output.clean(line))
