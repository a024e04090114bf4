"""Whether the process lives, whether it should be sent traffic, and how it fares."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import PlainTextResponse, Response

from escalator.web.access import AnyNeeds, Public, Scraper
from escalator.web.shapes import Json

router = APIRouter(tags=["health"])


@router.get("/healthz", response_class=PlainTextResponse)
async def alive(grant: Public) -> PlainTextResponse:
    """The process answers: nothing more is promised."""
    return PlainTextResponse("ok\n")


@router.get("/readyz", responses={503: {"description": "The same body; says what is wrong."}})
async def ready(needs: AnyNeeds, grant: Public) -> Json:
    """200 while pages can go out. A refused policy revision stands in the body and does not make it unready."""
    well, detail = needs.upkeep.ready()
    return Json({"ready": well, **detail}, 200 if well else 503)


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(needs: AnyNeeds, grant: Scraper) -> Response:
    """For Prometheus."""
    return Response(generate_latest(needs.metrics.registry), media_type=CONTENT_TYPE_LATEST)
