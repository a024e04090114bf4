"""One silence: what it hides and how long it holds; one made by hand can be changed here, without a gap."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from escalator.core.alert import Silence
from escalator.core.instant import DAY, Instant, rfc3339
from escalator.core.mutes import Mute
from escalator.web.access import AnyNeeds
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageReader, PageResponder, Visitor
from escalator.web.pages.forms import Form, back, form_of
from escalator.web.pages.frame import console
from escalator.web.pages.oncall.words import read, written
from escalator.web.pages.silences.asking import LONGEST_REASON
from escalator.web.pages.silences.reach import now_of, preview
from escalator.web.pages.silences.shown import Written, every, shown
from escalator.web.pages.silences.words import known_zone, later, moment, own_zone, zones
from escalator.web.problems import Problem
from escalator.web.windows import LONGEST_SILENCE

router = APIRouter(include_in_schema=False)

AHEAD = 60 * DAY
SPELLS = 5
"""Of one that recurs, the next times that are listed."""
GONE = "There is no such silence made by hand. The list has those that there are: /silences"


@router.get("/silences/{id}")
@router.head("/silences/{id}")
async def show(needs: AnyNeeds, visitor: PageReader, request: Request, id: str) -> HTMLResponse:
    """Its matchers, its times, what it hides at this moment; also of one in the policies."""
    in_policies = [each for each in every(needs.revisions.book, ()) if each.mute.silence.id == id]
    if in_policies:
        return await _page(request, needs, visitor, in_policies[0], {})
    return await _page(request, needs, visitor, _by_hand(await _known(needs, id)), {})


@router.post("/silences/{id}/until")
async def until(needs: AnyNeeds, visitor: PageResponder, request: Request, id: str) -> Response:
    """Another end, later or sooner."""
    form, known = await form_of(request), await _known(needs, id)
    now, zone = needs.database.now(), _zone(needs, visitor, form)
    end = read(form.text("until"), zone, end=True)
    wrong = _wrong(known, end, form, now)
    if wrong or end is None:
        return await _page(request, needs, visitor, _by_hand(known), {"until": wrong}, form, 422)
    changed = await needs.windows.amend_silence(id, visitor.name, ends_at=end)
    if changed is None:
        raise Problem(404, GONE)
    before = (f"/silences/{id}/until", {"until": rfc3339(known.ends_at), "long": "yes"})
    undo = before if known.ends_at > now else (f"/silences/{id}/end", {})
    return back(request, f"/silences/{id}", f"Silenced until {moment(end, zone)}.", undo=undo, form=form)


def _wrong(known: Silence, end: Instant | None, form: Form, now: Instant) -> str:
    """Why it cannot end then; empty where it can."""
    if end is None:
        return "This is no time; write 2026-03-04T17:00."
    if end <= max(now, known.starts_at):
        return "It would be over already: to end it, press “End now”."
    if end - known.starts_at > LONGEST_SILENCE and not form.text("long"):
        return "It would last more than 30 days in all, and such a silence is forgotten: make a new one when it is due."
    return ""


@router.post("/silences/{id}/end")
async def end(needs: AnyNeeds, visitor: PageResponder, request: Request, id: str) -> Response:
    """Ends it now; what it hid pages at once where it still fires."""
    form, known = await form_of(request), await _known(needs, id)
    if not await needs.windows.unsilence(id, visitor.name):
        return back(request, "/silences", "It was over already.", tone="warn", form=form)
    undo = (f"/silences/{id}/until", {"until": rfc3339(known.ends_at), "long": "yes"})
    return back(request, "/silences", "The silence is over: what it hid pages again.", undo=undo, form=form)


@router.post("/silences/{id}/reason")
async def reason(needs: AnyNeeds, visitor: PageResponder, request: Request, id: str) -> Response:
    """Says better why."""
    form, known = await form_of(request), await _known(needs, id)
    text = form.text("reason")[:LONGEST_REASON]
    if not text:
        return await _page(request, needs, visitor, _by_hand(known), {"reason": "Say why: others will ask."}, form, 422)
    if await needs.windows.amend_silence(id, visitor.name, reason=text) is None:
        raise Problem(404, GONE)
    undo = (f"/silences/{id}/reason", {"reason": known.reason}) if known.reason else None
    return back(request, f"/silences/{id}", "The reason was changed.", undo=undo, form=form)


async def _known(needs: Needs, id: str) -> Silence:
    found = await needs.windows.silence_made(id)
    if found is None:
        raise Problem(404, GONE)
    return found


def _by_hand(silence: Silence) -> Written:
    return Written(Mute(silence), "", "")


def _zone(needs: Needs, visitor: Visitor, form: Form | None) -> str:
    return known_zone(form.text("zone") if form else "", own_zone(needs.revisions.book, visitor))


async def _page(
    request: Request,
    needs: Needs,
    visitor: Visitor,
    known: Written,
    problems: dict[str, str],
    form: Form | None = None,
    status: int = 200,
) -> HTMLResponse:
    now, mute, zone = await now_of(needs), known.mute, _zone(needs, visitor, form)
    spells = mute.spells(now.at, now.at + AHEAD)[:SPELLS] if known.during else []
    seen = await preview(needs, mute, now) if mute.until(now.at) else None
    words: dict[str, Any] = {
        "silence": shown(mute, now.at, known.where, known.during),
        "preview": seen,
        "spells": [(rfc3339(begin), rfc3339(end)) for begin, end in spells],
        "until": _typed(form, problems) or written(mute.silence.ends_at, zone, end=True),
        "zones": zones(needs.revisions.book, visitor),
    }
    return console(
        request, needs, visitor, "silences/one.html", at="silences", status=status, later=later, problems=problems,
        zone=zone, **words,
    )  # fmt: skip


def _typed(form: Form | None, problems: dict[str, str]) -> str:
    """What was written into the end, where it could not be meant."""
    return form.text("until") if form and "until" in problems else ""
