"""The button of a notification: what our service worker sends back.

The token is all the proof there is, and it is as strong as a link's. The header is there because another site's page
cannot send it without asking first, and is never told yes.
"""

from typing import Any

import msgspec

from escalator.channels import clean
from escalator.channels.desk import Declined, Desk, Forged, Incoming, Outgoing
from escalator.core.events import Acknowledged

HEADER = "x-escalator-push"
MOST_BYTES = 2048
WHERE = "on the notification"


async def answered(request: Incoming, desk: Desk) -> Outgoing:
    """Acknowledges and says so, in words that the worker shows; raises Forged, Busy."""
    token = _token(request)
    try:
        done = await desk.act_by_token(token, Acknowledged("", WHERE))
    except Declined as declined:
        return _said(f"Not acknowledged: {declined}")
    by = done.incident.get("acknowledged_by")
    return _said(f"Acknowledged #{done.incident.get('id')}{f' by {by}' if by else ''}. Paging has stopped.")


def _token(request: Incoming) -> str:
    if request.path or request.method != "POST" or request.headers.get(HEADER) != "1":
        raise Forged("not sent by our service worker")
    if len(request.body) > MOST_BYTES:
        raise Forged("too long for a button")
    try:
        found: Any = msgspec.json.decode(request.body)
    except (ValueError, RecursionError):
        raise Forged("no JSON") from None
    if not isinstance(found, dict) or set(found) != {"token", "action"} or found["action"] != "acknowledge":
        raise Forged("no button of ours")
    token = found["token"]
    if not isinstance(token, str) or not token:
        raise Forged("no token")
    return token


def _said(text: str) -> Outgoing:
    return Outgoing(200, msgspec.json.encode({"text": clean.line(text, 300)}), "application/json")
