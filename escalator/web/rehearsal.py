"""What a rehearsal begins with: how this service stands. For `escalator policy plan --url`."""

from fastapi import APIRouter
from starlette.responses import Response

from escalator.rehearsal.standing import encode
from escalator.web.access import AnyNeeds, Reader
from escalator.web.shapes import problems

router = APIRouter(prefix="/api/v1", tags=["reading"], responses=problems())


@router.get(
    "/rehearsal",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def show_standing(needs: AnyNeeds, grant: Reader) -> Response:
    """The live policies' texts, what was made by hand beside them, contacts that cannot be used, and the newest 1000
    open incidents with their alerts, as values of the rules: their form may change with each version.
    """
    return Response(encode(await needs.standings.read()), media_type="application/json")
