"""Where the acts of a person lead, a secret that is shown once, and how often a phone may be rung by a button."""

from urllib.parse import quote

from fastapi import Request
from starlette.responses import HTMLResponse

from escalator.web.needs import Needs
from escalator.web.pages.entry import Visitor
from escalator.web.pages.frame import console
from escalator.web.problems import Problem


def person_path(name: str) -> str:
    return f"/people/{quote(name, safe='')}"


def once(
    request: Request, needs: Needs, visitor: Visitor, title: str, secret: str, lines: list[str], leads: str
) -> HTMLResponse:
    """The answer to the form that made the secret: it is kept nowhere, and stands in no address."""
    return console(
        request, needs, visitor, "oncall/once.html", at="oncall", headers={"cache-control": "no-store"},
        title=title, secret=secret, lines=lines, leads=leads,
    )  # fmt: skip


def counted(needs: Needs, request: Request, name: str) -> None:
    """Raises Problem 429: nobody's phone is rung all night by a button."""
    now, trials = needs.database.now(), request.app.state.trials
    if trials.full(name, now):
        raise Problem(429, "Enough tests for now: wait a minute.", headers={"retry-after": "60"})
    trials.add(name, now)
