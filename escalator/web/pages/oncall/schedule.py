"""A schedule's calendar, and the form that changes it: layers, overrides, swaps, who is on call in the end.

Times are the schedule's own: who reads them elsewhere is told which zone they are in.
"""

import asyncio
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from escalator.core.instant import Instant
from escalator.core.oncall import Override, Schedule
from escalator.web.access import AnyNeeds
from escalator.web.feeds import feeds_of
from escalator.web.needs import Needs
from escalator.web.oncall import known_schedule
from escalator.web.pages.entry import PageReader, Visitor
from escalator.web.pages.frame import console
from escalator.web.pages.oncall import words
from escalator.web.pages.oncall.colours import colours
from escalator.web.pages.oncall.days import Shown, View, shown, today
from escalator.web.pages.oncall.drawn import Look, Strip, change_link, strip
from escalator.web.pages.oncall.rows import BESIDE, Piece, Plan, Row
from escalator.web.problems import Problem

router = APIRouter(include_in_schema=False)

LISTED = 14
"""Shifts of the list that are shown before "all of them"."""


class Entered(NamedTuple):
    """What stands in the form."""

    person: str = ""
    starts_at: str = ""
    ends_at: str = ""
    reason: str = ""
    problems: dict[str, str] = {}  # noqa: RUF012  never changed
    """By field, a sentence."""


class Asked(NamedTuple):
    """Which part of the calendar, and what the form has."""

    view: View
    day: date
    entered: Entered = Entered()


class Calendar(NamedTuple):
    """Everything that is drawn."""

    strips: tuple[Strip, ...]
    rows: tuple[Row, ...]
    agenda: tuple[tuple[Piece, str], ...]
    """Shifts in the end that are not over, each with the link that changes it."""
    earlier: tuple[Piece, ...]
    """Those that are."""
    cut: bool
    """Whether shifts are too many to be drawn to the end."""


@router.get("/oncall/{schedule}")
@router.head("/oncall/{schedule}")
async def show_schedule(needs: AnyNeeds, visitor: PageReader, request: Request, schedule: str) -> HTMLResponse:
    """The calendar, by month or week."""
    found = known_schedule(needs, schedule)
    query = request.query_params
    asked = _asked(found, query.get("view", ""), query.get("from", ""), query.get("until", ""), needs.database.now())
    return await shown_schedule(request, needs, visitor, found, asked)


async def shown_schedule(
    request: Request, needs: Needs, visitor: Visitor, schedule: Schedule, asked: Asked, status: int = 200
) -> HTMLResponse:
    """The page, also after a form that must be mended."""
    now, swaps = needs.database.now(), await needs.swaps.listed()
    page = shown(asked.view, asked.day, schedule.timezone)
    overrides = await needs.windows.overrides_since(min(page.since - BESIDE, now))
    own = tuple(each for each in overrides if each.schedule == schedule.name)
    plan = Plan(schedule, own, swaps, page.since, page.until)
    look = Look(
        schedule.name, schedule.timezone, asked.view, colours(_people(schedule, own)), now,
        plan.walked, visitor.may("ack"),
    )  # fmt: skip
    calendar = await asyncio.to_thread(drawn, plan, page, look)
    return console(
        request, needs, visitor, "oncall/schedule.html", at="oncall", status=status,
        schedule=schedule, page=page, look=look, calendar=calendar, entered=asked.entered, words=words,
        today=today(schedule.timezone, now), listed=LISTED, instant=now,
        overrides=[each for each in own if each.ends_at > now],
        swaps=sorted((s for s in swaps if s.schedule == schedule.name), key=lambda s: s.starts_at),
        feeds=await feeds_of(needs, "schedule", schedule.name),
        **choices(needs, schedule),
    )  # fmt: skip


def drawn(plan: Plan, page: Shown, look: Look) -> Calendar:
    """Worked out beside the event loop."""
    rows = plan.rows()
    agenda = tuple((piece, change_link(look, piece)) for piece in rows[-1].pieces if piece.ends_at > look.now)
    earlier = tuple(piece for piece in rows[-1].pieces if piece.ends_at <= look.now)
    cut = plan.walked[1] < page.until or any(row.more for row in rows)
    strips = tuple(strip(week, rows, look) for week in page.weeks)
    return Calendar(strips, tuple(rows), agenda, earlier, cut)


def choices(needs: Needs, schedule: Schedule) -> dict[str, Any]:
    """Whom the form offers: those of the layers first."""
    members = list(_people(schedule, ()))
    others = sorted(name for name in needs.revisions.book.people if name not in members)
    return {"members": members, "others": others}


def _people(schedule: Schedule, overrides: Iterable[Override]) -> Iterable[str]:
    names = [name for layer in schedule.layers for name in layer.people]
    return dict.fromkeys([*names, *(each.person for each in overrides)])


def _asked(schedule: Schedule, view: str, since: str, until: str, now: Instant) -> Asked:
    """`from` is a day; or an instant, and then it stands in the form, with `until`."""
    chosen: View = "week" if view == "week" else "month"
    if not since:
        return Asked(chosen, today(schedule.timezone, now))
    start, end = words.read(since, schedule.timezone), words.read(until, schedule.timezone, end=True)
    if start is None or (until and end is None):
        raise Problem(422, f"{since if start is None else until!r} is no day; write it like 2026-03-04.")
    day = today(schedule.timezone, start)
    if len(since) <= len("2026-03-04") or end is None:
        return Asked(chosen, day)
    entered = Entered(
        starts_at=words.written(start, schedule.timezone), ends_at=words.written(end, schedule.timezone, end=True)
    )
    return Asked(chosen, day, entered)
