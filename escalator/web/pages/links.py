"""The page behind the link in a message: it shows one incident and lets one person acknowledge it.

Mail scanners open links, run what they find and even submit forms. So GET and HEAD only show; a POST counts when it
brings the cookie that the page set, the proof that stood in its form, and a choice that nobody makes by accident.
"""

import hmac
import re
import secrets
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from escalator.core.effects import Refused
from escalator.core.instant import MINUTE
from escalator.engine.lifecycle import NotFound
from escalator.engine.links import Link
from escalator.store.db import Unavailable
from escalator.web.access import AnyNeeds, Public
from escalator.web.fields import plain
from escalator.web.needs import Needs
from escalator.web.pages.looks import page
from escalator.web.pages.story import story_of
from escalator.web.tally import Tally

_WHEN = {
    404: "The link is unknown or expired.",
    409: "The incident's state forbids it, or the link was used.",
    422: "The answer did not come from the page, or lacks a choice.",
    429: "Too many unknown links from this address.",
    503: "The database cannot be reached.",
}
_PAGES: dict[int | str, dict[str, Any]] = {
    status: {"description": says, "content": {"text/html": {}}} for status, says in _WHEN.items()
}
router = APIRouter(tags=["answers"], responses=_PAGES)

COOKIE = "escalator_link"
LIFE = 24 * 3600
"""Seconds; a link lives no longer."""
LONGEST_FORM = 4096
_PROOF = re.compile(r"[A-Za-z0-9_-]{22,64}")


def guesses() -> Tally:
    """Unknown links by address: a token has 256 bits, so the limit only spares the database."""
    return Tally(20, MINUTE)


@router.get("/replies/link/{token}", response_class=HTMLResponse)
@router.head("/replies/link/{token}", include_in_schema=False)
@router.get("/replies/email/{token}", include_in_schema=False)
@router.head("/replies/email/{token}", include_in_schema=False)
async def show_link(needs: AnyNeeds, grant: Public, request: Request, token: str) -> HTMLResponse:
    """The incident, and the form that acknowledges it. Changes nothing, however often it is opened."""
    link = await _look(needs, request, token)
    return await _shown(needs, request, link) if isinstance(link, Link) else link


@router.post("/replies/link/{token}", response_class=HTMLResponse)
@router.post("/replies/email/{token}", response_class=HTMLResponse, include_in_schema=False)
async def answer_link(needs: AnyNeeds, grant: Public, request: Request, token: str) -> HTMLResponse:
    """Acknowledges, once, when the form of the page was filled in by a person."""
    link = await _look(needs, request, token)
    if not isinstance(link, Link):
        return link
    if link.used:
        return await _shown(needs, request, link, status=409)
    form = _form(await request.body())
    by = link.person or form.get("by")
    missing = _missing(request, form, by)
    if missing:
        return await _shown(needs, request, link, status=422, notice=missing, tone="triggered")
    return await _acknowledge(needs, request, token, link, by)


async def _look(needs: Needs, request: Request, token: str) -> Link | HTMLResponse:
    """What the link leads to, or the page that says why it leads nowhere."""
    client = request.client.host if request.client else ""
    now, unknown = needs.database.now(), request.app.state.guesses
    if unknown.full(client, now):
        lines = ["Too many unknown links were opened from this address.", "Wait a minute and open yours again."]
        return page("message.html", 429, {"retry-after": "60"}, title="Please wait", lines=lines)
    try:
        link = await needs.links.look(token)
    except Unavailable:
        return _busy()
    if link is None:
        unknown.add(client, now)
        return _nowhere()
    return link


async def _acknowledge(needs: Needs, request: Request, token: str, link: Link, by: str | None) -> HTMLResponse:
    try:
        incident = await needs.links.acknowledge(token, by)
    except NotFound:
        return _nowhere()
    except Refused as refused:
        return await _shown(needs, request, link, status=409, notice=f"Not acknowledged: {refused}", tone="triggered")
    except Unavailable:
        return _busy()
    who = incident.acknowledged_by or by or "you"
    advice = "Paging has stopped, and everyone who was told hears that you have it. You can close this page."
    used = link._replace(used=True)
    return await _shown(needs, request, used, notice=f"Acknowledged by {who}.", tone="done", advice=advice)


async def _shown(
    needs: Needs, request: Request, link: Link, *, status: int = 200, notice: str = "", tone: str = "", advice: str = ""
) -> HTMLResponse:
    try:
        story = await story_of(needs, link.incident_id, link.also)
    except Unavailable:
        return _busy()
    if story is None:
        return _nowhere()
    if not notice:
        notice, advice, tone = _standing([story["incident"], *story["others"]], link)
    proof = _proof(request) or secrets.token_urlsafe(16)
    told = [story["incident"], *story["others"]]
    open_form = not link.used and any(each["status"] == "triggered" for each in told)
    form = {"proof": proof, "person": link.person, "ask_name": link.person is None} if open_form else None
    answer = page("link.html", status, story=story, form=form, notice=notice, advice=advice, tone=tone)
    if form:
        secure = needs.public_url.startswith("https:")
        path = request.url.path
        answer.set_cookie(COOKIE, proof, LIFE, path=path, secure=secure, httponly=True, samesite="strict")
    return answer


def _standing(told: list[dict[str, Any]], link: Link) -> tuple[str, str, str]:
    """What to say first: notice, advice, tone. Of several incidents, one that still needs somebody speaks."""
    incident = next((each for each in told if each["status"] == "triggered"), told[0])
    if incident["status"] == "resolved":
        return "It is resolved.", "Nothing is left to do.", "done"
    if incident["status"] in ("acknowledged", "snoozed"):
        by = incident["acknowledged_by"]
        return f"Already {incident['status']}{f' by {by}' if by else ''}.", "Nobody else needs to act.", "acknowledged"
    if link.used:
        advice = "It pages again since. The newest message holds a new link; or use escalator incident ack."
        return "This link was used before.", advice, "triggered"
    return "", "", ""


def _missing(request: Request, form: dict[str, str], by: str | None) -> str:
    """What an answer lacks to count as a person's; empty when nothing."""
    proof = _proof(request)
    if proof is None or not hmac.compare_digest(proof.encode(), form.get("proof", "").encode()):
        return "Not acknowledged: the answer did not come from this page. Cookies must be allowed; choose again below."
    if form.get("choice") != "acknowledge":
        return "Not acknowledged: choose “I am taking this incident” first."
    if not by:
        return "Not acknowledged: say who you are."
    return ""


def _proof(request: Request) -> str | None:
    proof = request.cookies.get(COOKIE, "")
    return proof if _PROOF.fullmatch(proof) else None


def _form(body: bytes) -> dict[str, str]:
    if len(body) > LONGEST_FORM:
        return {}
    fields = parse_qs(body.decode("utf-8", "replace"))
    return {name: plain(values[0]).strip()[:200] for name, values in fields.items()}


def _nowhere() -> HTMLResponse:
    lines = [
        "It expired (links live for a day), or was not copied whole.",
        "Open the newest message of this incident, or ask for the list: escalator incident list.",
    ]
    return page("message.html", 404, title="This link leads nowhere", lines=lines)


def _busy() -> HTMLResponse:
    lines = ["Nothing was changed. Try again in a few seconds; you are paged on as before until it works."]
    return page("message.html", 503, {"retry-after": "5"}, title="The database cannot be reached", lines=lines)
