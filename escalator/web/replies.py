"""Where vendors call back: button presses, texts, calls, webhooks. The channel reads and answers; this carries bytes.

Each channel checks its vendor's signature over the bytes as they came. Whatever it raises over them is 401: garbage
must not look like a fault of ours.
"""

from typing import Any

import structlog
from fastapi import APIRouter, Request
from starlette.responses import Response

from escalator.channels.desk import Busy, Forged, Incoming, Outgoing
from escalator.web.access import AnyNeeds, Public
from escalator.web.needs import Needs
from escalator.web.problems import RETRY_AFTER, Problem

log = structlog.get_logger("escalator.replies")

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Taken; the body is what the vendor expects."},
    401: {"description": "The signature proves nothing."},
    404: {"description": "The channel is not configured."},
    503: {"description": "Nothing was changed; the vendor tries again."},
}
router = APIRouter(tags=["answers"], responses=_ANSWERS)


@router.post("/replies/slack")
async def answer_slack(needs: AnyNeeds, grant: Public, request: Request) -> Response:
    """Slack: buttons, modals, slash commands, events. Signed with the app's secret."""
    return await _received(needs, request, "slack", "")


@router.post("/replies/twilio/{what}")
async def answer_twilio(needs: AnyNeeds, grant: Public, request: Request, what: str) -> Response:
    """Twilio: `sms`, `voice` and `status`. Signed over the public URL."""
    return await _received(needs, request, "twilio", what)


@router.post("/replies/pagerduty")
async def answer_pagerduty(needs: AnyNeeds, grant: Public, request: Request) -> Response:
    """PagerDuty: webhooks of version 3."""
    return await _received(needs, request, "pagerduty", "")


@router.post("/replies/email/inbound/{vendor}")
async def answer_email(needs: AnyNeeds, grant: Public, request: Request, vendor: str) -> Response:
    """A mail that somebody wrote in answer: `mailgun`, `sendgrid`, `postmark`."""
    return await _received(needs, request, "email", vendor)


@router.post("/replies/push")
async def answer_push(needs: AnyNeeds, grant: Public, request: Request) -> Response:
    """A notification's own button, pressed: sent by the service worker, with the token that the notification held."""
    return await _received(needs, request, "push", "")


@router.post("/replies/apprise/{what}")
async def answer_apprise(needs: AnyNeeds, grant: Public, request: Request, what: str) -> Response:
    """A button of a service that calls a URL: ntfy, Mattermost."""
    return await _received(needs, request, "apprise", what)


async def _received(needs: Needs, request: Request, name: str, path: str) -> Response:
    door = needs.doors.get(name)
    if door is None:
        raise Problem(404, f"The channel {name} is not configured here. docs/settings.md lists its settings.")
    headers = {key.lower(): value for key, value in request.headers.items()}
    incoming = Incoming(path, request.url.query, headers, await request.body(), request.method)
    try:
        answer = await door.receive(incoming, needs.desk)
    except Busy:
        raise Problem(
            503, "Nothing was changed: the database cannot take it now.", headers={"retry-after": RETRY_AFTER}
        ) from None
    except Forged as error:
        log.warning("reply refused", channel=name, why=str(error)[:200])
        raise Problem(401, "The signature does not prove who sent this.") from None
    except Exception as error:
        # A verifier that stumbles over garbage, or a bug of ours in reading it: both prove nothing.
        log.exception("reply unreadable", channel=name, error=type(error).__name__)
        raise Problem(401, "This cannot be read, so it proves nothing.") from None
    return _response(answer)


def _response(answer: Outgoing) -> Response:
    return Response(answer.body, answer.status, media_type=answer.kind)
