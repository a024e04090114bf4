"""`/system/access`: access tokens, made here once and shown once; and what each person may do by them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from escalator.core.instant import rfc3339
from escalator.web.access import AnyNeeds
from escalator.web.fields import end_of
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageAdmin, Visitor
from escalator.web.pages.forms import back, form_of
from escalator.web.pages.frame import console
from escalator.web.problems import Problem
from escalator.web.tokens import check_scope

router = APIRouter(include_in_schema=False)

SCOPES: Final = (
    ("ack", "see everything, acknowledge, silence, override: for a person on call"),
    ("read", "see everything: for a screen on a wall, a script"),
    ("ingest", "send alerts in and nothing else: for Alertmanager"),
    ("admin", "all of it, and tokens, policies, devices of others"),
)
FIELDS: Final = ("name", "scope", "person", "for")
LIVES: Final = (("30d", "30 days"), ("90d", "90 days"), ("365d", "a year"), ("", "until revoked"))


@router.get("/system/access")
@router.head("/system/access")
async def show_access(needs: AnyNeeds, visitor: PageAdmin, request: Request) -> HTMLResponse:
    """Tokens, and people with what they may do."""
    return await _page(request, needs, visitor)


@router.post("/system/access")
async def make_token(needs: AnyNeeds, visitor: PageAdmin, request: Request) -> Response:
    """Shows the new token: this once, so it stands on the answer itself."""
    form = await form_of(request)
    given = {name: form.text(name) for name in FIELDS}
    try:
        made = await _made(needs, visitor, given)
    except Problem as problem:
        return await _page(request, needs, visitor, status=422, wrong=problem.detail, given=given)
    return await _page(request, needs, visitor, made=made, given={})


@router.post("/system/access/{id}/revoke")
async def revoke(needs: AnyNeeds, visitor: PageAdmin, request: Request, id: str) -> Response:
    """Ends a token, and the sessions that it opened."""
    form = await form_of(request)
    done = await needs.keys.revoke(id, visitor.name)
    said = "Revoked: it opens nothing any more." if done else "That token was revoked before."
    return back(request, "/system/access", said, tone="done" if done else "warn", form=form)


async def _made(needs: Needs, visitor: Visitor, given: Mapping[str, str]) -> dict[str, str]:
    """Raises Problem for a field that cannot be."""
    if not given["name"] or len(given["name"]) > 200:
        raise Problem(422, "Say what the token is for: alertmanager, the wall, a name.")
    check_scope(given["scope"])
    person = given["person"] or None
    if person is not None and person not in needs.revisions.book.people:
        raise Problem(422, f"The policies know no person {person!r}.")
    now = needs.database.now()
    ends = end_of(None, given["for"], now, now) if given["for"] else None
    _, token = await needs.keys.create(given["name"], (given["scope"],), person, ends, visitor.name)
    return {"token": token, "name": given["name"], "ends": rfc3339(ends) if ends else ""}


async def _page(
    request: Request, needs: Needs, visitor: Visitor, *, status: int = 200, made: Mapping[str, str] | None = None,
    wrong: str = "", given: Mapping[str, str] | None = None,
) -> HTMLResponse:  # fmt: skip
    now = rfc3339(needs.database.now())
    tokens = sorted(await needs.keys.listed(), key=lambda each: str(each["created_at"]), reverse=True)
    live = [each for each in tokens if each["revoked_at"] is None and (each["expires_at"] or now) >= now]
    names = sorted(needs.revisions.book.people)
    return console(
        request, needs, visitor, "system/access.html", at="system", tab="access", status=status, made=made, wrong=wrong,
        given=dict.fromkeys(FIELDS, "") | dict(given or {}), tokens=live, scopes=SCOPES, lives=LIVES,
        ended=[each for each in tokens if each not in live], sandbox=needs.outbox is not None,
        names=names, holders=_holders(needs, names, live),
    )  # fmt: skip


def _holders(needs: Needs, names: Sequence[str], tokens: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each person of the policies, the teams, and what tokens in their name allow."""
    teams = needs.revisions.book.teams
    return [
        {
            "name": name,
            "teams": [team for team, members in sorted(teams.items()) if name in members],
            "scopes": sorted({scope for each in tokens if each["person"] == name for scope in each["scopes"]}),
        }
        for name in names
    ]
