"""Incidents for people: what is open."""

from functools import partial

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from escalator.store import listing
from escalator.web.access import AnyNeeds
from escalator.web.pages.entry import PageReader
from escalator.web.pages.looks import page

router = APIRouter(include_in_schema=False)

MOST = 100
OPEN = listing.Filter(status=("triggered", "acknowledged", "snoozed"))


@router.get("/")
@router.head("/")
async def list_open(needs: AnyNeeds, visitor: PageReader) -> HTMLResponse:
    """What is open, the newest first."""
    query = partial(listing.incidents, where=OPEN, sort="-opened_at", limit=MOST, cursor=None, url=needs.incident_url)
    incidents, more = await needs.database.read(query)
    revision, problem = needs.revisions.book.revision, needs.revisions.problem()
    return page("list.html", incidents=incidents, more=more is not None, revision=revision, problem=problem)
