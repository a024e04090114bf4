"""`/events`: the same stream of changes as `/api/v1/events`, for a browser that signed in."""

from fastapi import APIRouter, Request
from pydantic import AwareDatetime
from starlette.responses import StreamingResponse

from escalator.web.access import AnyNeeds
from escalator.web.events import streamed
from escalator.web.fields import instant_at
from escalator.web.pages.entry import PageReader

router = APIRouter(include_in_schema=False)


@router.get("/events")
async def follow(
    needs: AnyNeeds, visitor: PageReader, request: Request, at: AwareDatetime | None = None
) -> StreamingResponse:
    """Incidents as they change. `at`: when the page was written, so that nothing is missed in between. Raises Problem
    503 when too many listen.
    """
    return streamed(request, needs, None if at is None else instant_at(at))
