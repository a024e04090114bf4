"""Everybody whom the policies name, with a search: who is on call, in which teams, and who cannot be reached."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from escalator.core.book import Book
from escalator.core.oncall import on_call
from escalator.web.access import AnyNeeds
from escalator.web.pages.entry import PageReader
from escalator.web.pages.frame import console
from escalator.web.pages.oncall import words
from escalator.web.pages.oncall.reach import ways
from escalator.web.pages.oncall.seats import teams_of

router = APIRouter(include_in_schema=False)

MOST = 200
"""People on one page."""


@router.get("/people")
@router.head("/people")
async def list_people(needs: AnyNeeds, visitor: PageReader, request: Request) -> HTMLResponse:
    """By name; `q` looks in names and teams."""
    book, now, sought = needs.revisions.book, needs.database.now(), request.query_params.get("q", "").strip()
    wanted = found(book, sought)
    overrides = await needs.windows.overrides()
    schedules = list(book.schedules.values())
    serving = await asyncio.to_thread(lambda: {each.name: on_call(each, overrides, now) for each in schedules})
    duties = {name: [each for each, person in serving.items() if person == name] for name in wanted[:MOST]}
    return console(
        request, needs, visitor, "oncall/people.html", at="oncall", names=wanted[:MOST], duties=duties, words=words,
        teams={name: teams_of(book, name) for name in wanted[:MOST]}, reach=await ways(needs), sought=sought,
        left=max(0, len(wanted) - MOST), any=bool(book.people),
    )  # fmt: skip


def found(book: Book, sought: str) -> list[str]:
    """The names that hold what is sought, or whose team's name does."""
    text = sought.casefold()
    return sorted(
        name
        for name in book.people
        if text in name.casefold() or any(text in t.casefold() for t in teams_of(book, name))
    )
