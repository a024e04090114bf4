"""`/policies`: what runs, what waits and why, each policy in brief; earlier revisions, and the way back to one."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from escalator.core.instant import rfc3339
from escalator.engine.origins import Unusable
from escalator.store import revisions
from escalator.store.revisions import Waiting
from escalator.web.access import AnyNeeds
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageAdmin, PageReader, Visitor
from escalator.web.pages.forms import back, form_of
from escalator.web.pages.frame import console
from escalator.web.pages.policies.words import finding_of, hidden_in, policy_of, revision_of, stamp_of
from escalator.web.policies import PATIENCE
from escalator.web.problems import Problem

router = APIRouter(include_in_schema=False)

HISTORY: Final = 20
"""Revisions that are listed."""
MOST: Final = 50
"""Diagnostics that are shown."""


@router.get("/policies")
@router.head("/policies")
async def show_policies(needs: AnyNeeds, visitor: PageReader, request: Request) -> HTMLResponse:
    """Everything at a glance."""
    book, now = needs.revisions.book, needs.database.now()
    live, waiting = await needs.revisions.situation()
    history = await needs.database.read(lambda c: revisions.heads(c, HISTORY, None))
    overrides = await needs.windows.overrides()
    return console(
        request, needs, visitor, "policies/live.html", at="policies", tab="live",
        live=revision_of(live) if live else None, origin=needs.revisions.origin.shown, far=needs.revisions.origin.far,
        waiting=await _waiting(needs, visitor, waiting) if waiting else None, trouble=needs.revisions.problem(),
        policies=[policy_of(book, each, overrides, now) for each in book.policies.values()],
        history=[revision_of(each) for each in history], counts=_counts(needs),
    )  # fmt: skip


@router.post("/policies/pull")
async def pull(needs: AnyNeeds, visitor: PageAdmin, request: Request) -> Response:
    """Looks at the origin now; what takes longer goes on."""
    form = await form_of(request)
    looking = asyncio.ensure_future(needs.revisions.pull())
    done, _ = await asyncio.wait([looking], timeout=PATIENCE)
    if done:
        looking.result()
        return back(request, "/policies", "Looked. What is new is checked now and goes live if it passes.", form=form)
    looking.add_done_callback(lambda late: late.cancelled() or late.exception())
    return back(request, "/policies", "It takes a while and goes on: look again.", tone="warn", form=form)


@router.post("/policies/rollback")
async def roll_back(needs: AnyNeeds, visitor: PageAdmin, request: Request) -> Response:
    """Runs an earlier revision's content again, once that was confirmed."""
    form = await form_of(request)
    number = form.text("number")
    if not number.isdecimal() or len(number) > 18:
        raise Problem(422, "Say which revision.")
    if form.text("sure") != "yes":
        raise Problem(422, "Nothing was changed: tick the box that says so first.")
    if await needs.database.read(lambda c: revisions.load(c, int(number))) is None:
        raise Problem(404, f"There is no revision {number}.")
    made = await needs.revisions.roll_back(int(number), visitor.name)
    said = f"Revision {made} runs now, with the content of {number}. What the origin holds waits until it changes."
    return back(request, "/policies", said, form=form)


def _counts(needs: Needs) -> dict[str, int]:
    book = needs.revisions.book
    return {
        "people": len(book.people), "teams": len(book.teams), "schedules": len(book.schedules),
        "policies": len(book.policies), "routes": len(book.routes), "guarantees": len(book.guarantees),
    }  # fmt: skip


async def _waiting(needs: Needs, visitor: Visitor, waiting: Waiting) -> dict[str, Any]:
    sources, around = await offered(needs, waiting), visitor.may("admin")
    hidden = hidden_in(waiting.diagnostics)
    return {
        **stamp_of(waiting.stamp), "reason": waiting.reason, "at": rfc3339(waiting.at), "by": waiting.by,
        "digest": waiting.digest[:12], "readable": bool(sources),
        "findings": [finding_of(each, sources, hidden, around=around) for each in waiting.diagnostics[:MOST]],
        "more": max(0, len(waiting.diagnostics) - MOST),
    }  # fmt: skip


async def offered(needs: Needs, waiting: Waiting) -> Mapping[str, str]:
    """The text of what waits, where this replica's origin still holds it; else none."""
    try:
        offer = await needs.revisions.origin.offer()
    except (Unusable, OSError):
        return {}
    return offer.sources if offer is not None and offer.digest == waiting.digest else {}
