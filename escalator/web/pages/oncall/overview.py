"""Everything at a glance: who is on now and who comes next, for every schedule; gaps within 14 days; the teams."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from escalator.web.access import AnyNeeds
from escalator.web.pages.entry import PageReader
from escalator.web.pages.frame import console
from escalator.web.pages.oncall import words
from escalator.web.pages.oncall.drawn import change_path
from escalator.web.pages.oncall.reach import ways
from escalator.web.pages.oncall.seats import Seat, seats

router = APIRouter(include_in_schema=False)

MOST = 200
"""Schedules, and gaps, on one page."""


@router.get("/oncall")
@router.head("/oncall")
async def show_overview(needs: AnyNeeds, visitor: PageReader, request: Request) -> HTMLResponse:
    """Who is on call."""
    book, now, sought = needs.revisions.book, needs.database.now(), request.query_params.get("q", "").strip()
    wanted = [each for name, each in sorted(book.schedules.items()) if sought.casefold() in name.casefold()]
    # As the database has them: this replica's own view may be a second behind the event that had the page fetched.
    overrides = await needs.windows.overrides_since(now)
    found = await asyncio.to_thread(seats, wanted[:MOST], overrides, now)
    serving: dict[str, list[str]] = {}
    for seat in found:
        if seat.now["person"]:
            serving.setdefault(seat.now["person"], []).append(seat.schedule.name)
    return console(
        request, needs, visitor, "oncall/overview.html", at="oncall",
        seats=found, uncovered=uncovered(found), change_path=change_path, words=words,
        reach=await ways(needs), serving=serving, teams=book.teams, sought=sought, left=len(wanted) - len(found),
        instant=now, any=bool(book.schedules), most=MOST, known=book.people,
    )  # fmt: skip


def uncovered(found: list[Seat]) -> list[Seat]:
    """Those with a gap: first where the policies promise that there is none, then the next one."""
    return sorted((seat for seat in found if seat.gaps), key=lambda seat: (not seat.schedule.always, seat.gaps[0]))
