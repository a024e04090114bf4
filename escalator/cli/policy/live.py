"""`escalator policy live`, `history`, `pull`, `rollback`: which revision a running service runs, and the way back."""

from typing import Annotated, Any

import typer

from escalator.cli import options, output
from escalator.cli.client import Service
from escalator.cli.options import By, Json, Token, Url

AT = "/api/v1/policies"
COLUMNS = ("revision", "admitted_at", "by", "commit", "author", "subject", "restores")


def live(url: Url = None, token: Token = None, as_json: Json = False) -> None:
    """Which revision runs, where it came from, and what is newer and why it does not run.

    Exit code 1 where something newer waits.

    Example: escalator policy live
    """
    _shown(options.service(url, token).get(AT), as_json)


def pull(url: Url = None, token: Token = None, as_json: Json = False) -> None:
    """Look for something newer now, as a webhook of the forge does; then as `live`.

    Example: git push && escalator policy pull
    """
    _shown(options.service(url, token).post(f"{AT}/pull", {}), as_json)


def history(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many, the newest first.")] = 20,
    before: Annotated[int | None, typer.Option(metavar="REVISION", min=1, help="Only older ones than this.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Every revision that ever ran, the newest first.

    Example: escalator policy history --limit 5
    """
    answer = options.service(url, token).get(f"{AT}/revisions", limit=limit, before=before)
    if as_json:
        output.document(answer)
        return
    rows = [row | {"commit": (row["commit"] or "")[:12]} for row in answer["items"]]
    output.table(COLUMNS, ([row[column] for column in COLUMNS] for row in rows), "No revision was ever admitted.")


def rollback(
    revision: Annotated[int, typer.Argument(metavar="REVISION", min=1, help="As escalator policy history lists it.")],
    by: By = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Run an earlier revision's policies again, at once, as a new revision.

    What ran before waits until something in it changes, or until you roll back to it. Needs the scope admin.

    Example: escalator policy rollback 41 --by ana
    """
    service: Service = options.service(url, token)
    answer = service.post(f"{AT}/revisions/{revision}/rollback", options.given(by=by))
    if as_json:
        output.document(answer)
    else:
        output.say(f"revision {answer['revision']} is live, with the policies of revision {revision}")


def _shown(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        output.document(answer)
    else:
        for line in _lines(answer):
            output.say(line)
    if answer["waiting"] or answer["problem"]:
        raise typer.Exit(1)


def _lines(answer: dict[str, Any]) -> list[str]:
    live, waiting = answer["live"], answer["waiting"]
    found = [f"origin: {answer['origin']}"]
    if live is None:
        found.append("no revision was ever admitted")
    else:
        found.append(f"live: revision {live['revision']}, admitted {live['admitted_at']} by {live['by']}{_came(live)}")
        if live["restores"]:
            found.append(f"      rolled back: these are the policies of revision {live['restores']}")
    if waiting:
        found.append(f"waiting: refused {waiting['refused_at']} by {waiting['refused_by']}{_came(waiting)}")
        found += _indented(waiting["reason"])
    if answer["problem"] and answer["problem"] != (waiting or {}).get("reason"):
        found += ["problem:", *_indented(answer["problem"])]
    return found


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]


def _came(stamp: dict[str, Any]) -> str:
    if not stamp["commit"]:
        return ""
    return f"; commit {stamp['commit'][:12]} of {stamp['author']}: {stamp['subject']}"
