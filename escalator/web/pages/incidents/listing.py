"""The list of incidents: the most urgent first, thirty at a time, each with who has it and what happens next.

Law: reads only; a page is a few short walks along an index, however many incidents there are.
"""

from typing import Any, Final, NamedTuple

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import HTMLResponse

from escalator.core.book import Book
from escalator.core.instant import Instant, rfc3339
from escalator.core.oncall import on_call
from escalator.store import board
from escalator.store.views import View
from escalator.web.access import AnyNeeds
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageReader, Visitor
from escalator.web.pages.frame import console
from escalator.web.pages.incidents import filters
from escalator.web.pages.incidents.doing import SPANS
from escalator.web.pages.incidents.filters import Asked
from escalator.web.pages.incidents.rows import row
from escalator.web.problems import Problem

router = APIRouter(include_in_schema=False)

MOST: Final = 30
"""Rows of a page: it must load on a bad line."""
SCHEDULES: Final = 12
"""Shown where all is quiet."""


class Tab(NamedTuple):
    """A view that has a name."""

    name: str
    query: str
    id: str = ""
    """Of a saved one."""


BUILT_IN: Final = (
    Tab("Open", ""),
    Tab("Mine", "person=%40me"),
    Tab("Unacknowledged", "status=triggered"),
    Tab("Resolved today", "status=resolved&resolved=today"),
)


class Wrong(NamedTuple):
    """What a person wrote as the name of a new view, and why it was not taken."""

    name: str
    problem: str


class Found(NamedTuple):
    """What the store says."""

    cards: list[board.Card]
    more: str | None
    counts: dict[str, int]
    last: tuple[int, str, Instant] | None
    """What was resolved last, where nothing is open."""


@router.get("/")
@router.head("/")
async def list_incidents(needs: AnyNeeds, visitor: PageReader, request: Request) -> HTMLResponse:
    """What the address asks for; what is open where it asks for nothing."""
    return await shown(request, needs, visitor, request.url.query, request.query_params.get("cursor"))


async def shown(
    request: Request, needs: Needs, visitor: Visitor, query: str, cursor: str | None = None, wrong: Wrong | None = None
) -> HTMLResponse:
    """The page; raises Problem 400 for a cursor not of ours."""
    now, book = needs.database.now(), needs.revisions.book
    asked = filters.asked(query, visitor.person, now)
    found = await _found(needs, asked, cursor, now)
    tabs = _tabs(await needs.views.listed())
    tab = next((tab for tab in tabs if tab.query == asked.query), None)
    quiet = await _quiet(needs, book, now) if not found.cards and not asked.query else None
    return console(
        request, needs, visitor, "incidents/list.html", at="incidents",
        status=422 if asked.problems or wrong else 200,
        rows=[row(card, book) for card in found.cards],
        counts=found.counts, last=_last(found), quiet=quiet,
        asked=asked, tabs=tabs, tab=tab, wrong=wrong, choices=choices(book, asked), spans=SPANS,
        here="/" + (f"?{asked.query}" if asked.query else ""),
        next_page=_address(asked, found.more), paged=cursor is not None,
    )  # fmt: skip


async def _found(needs: Needs, asked: Asked, cursor: str | None, now: Instant) -> Found:
    def read(connection: Connection) -> Found:
        # What cannot be read is not guessed: nothing is shown until it is mended.
        cards, more = ([], None) if asked.problems else board.page(connection, asked.filter, MOST, cursor, now)
        last = None if cards else board.last_resolved(connection)
        return Found(cards, more, board.open_counts(connection), last)

    try:
        return await needs.database.read(read)
    except ValueError as failure:
        raise Problem(400, str(failure)) from failure


def _last(found: Found) -> dict[str, Any] | None:
    if found.last is None:
        return None
    number, title, at = found.last
    return {"id": number, "title": title or f"Incident {number}", "at": rfc3339(at)}


def _tabs(views: list[View]) -> list[Tab]:
    return [*BUILT_IN, *(Tab(view.name, view.query, view.id) for view in views)]


def _address(asked: Asked, cursor: str | None) -> str | None:
    return f"/?{asked.query}{'&' if asked.query else ''}cursor={cursor}" if cursor else None


async def _quiet(needs: Needs, book: Book, now: Instant) -> list[tuple[str, str | None]]:
    """Who is on call now, by schedule."""
    overrides = await needs.windows.overrides()
    schedules = sorted(book.schedules.items())[:SCHEDULES]
    return [(name, on_call(schedule, overrides, now)) for name, schedule in schedules]


def choices(book: Book, asked: Asked) -> dict[str, list[str]]:
    """What the forms offer; what an address asks for is offered though the policies do not know it any more."""
    return {
        "policies": _with(asked.one("policy"), book.policies),
        "people": _with(asked.one("person").replace(filters.ME, ""), book.people),
        "targets": [
            *(f"person:{name}" for name in sorted(book.people)),
            *(f"team:{name}" for name in sorted(book.teams)),
            *(f"schedule:{name}" for name in sorted(book.schedules)),
        ],
    }


def _with(name: str, names: Any) -> list[str]:
    return sorted({*names, *((name,) if name else ())})
