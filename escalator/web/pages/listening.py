"""`/events`: the same stream of changes as `/api/v1/events`, for a browser that signed in."""

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from escalator.web.access import AnyNeeds
from escalator.web.events import streamed
from escalator.web.pages.entry import PageReader

router = APIRouter(include_in_schema=False)


@router.get("/events")
async def follow(needs: AnyNeeds, visitor: PageReader, request: Request) -> StreamingResponse:
    """Incidents as they change; raises Problem 503 when too many listen."""
    return streamed(request, needs)
