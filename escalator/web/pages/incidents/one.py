"""One incident for people. Shows only: to act there are links, the CLI and the API."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from escalator.web.access import AnyNeeds
from escalator.web.incidents import Id
from escalator.web.pages.entry import PageReader
from escalator.web.pages.looks import page
from escalator.web.pages.story import story_of

router = APIRouter(include_in_schema=False)


@router.get("/incidents/{incident_id}")
@router.head("/incidents/{incident_id}")
async def show(needs: AnyNeeds, visitor: PageReader, incident_id: Id) -> HTMLResponse:
    """One incident with everything that is known of it."""
    story = await story_of(needs, incident_id)
    if story is None:
        lines = ["It may have been pruned after its retention, or the number is mistyped."]
        return page("message.html", 404, title=f"There is no incident {incident_id}", lines=lines)
    return page("incident.html", story=story)
