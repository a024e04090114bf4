"""What our service worker sends back: the button of a notification, and that a notification was shown.

The token is all the proof that a button has, and it is as strong as a link's. The header is there because another
site's page cannot send it without asking first, and is never told yes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from escalator.channels import clean
from escalator.channels.desk import Declined, Desk, Forged, Incoming, Outgoing
from escalator.channels.push import receipts
from escalator.channels.push.keys import Pair
from escalator.core.events import Acknowledged
from escalator.core.notification import Outcome

HEADER = "x-escalator-push"
KIND = "application/json"
MOST_BYTES = 2048
WHERE = "on the notification"
EARLY = (0.2, 0.8)
"""Seconds after which a message is looked for again: a fast device answers before its sending is written down."""


async def answered(
    request: Incoming, desk: Desk, pair: Callable[[], Awaitable[Pair]], early: Sequence[float] = EARLY
) -> Outgoing:
    """Raises Forged, Busy."""
    match _read(request):
        case {"action": "acknowledge", "token": str(token), **rest} if token and not rest:
            return await _acknowledged(token, desk)
        case {"action": "shown", "receipt": str(receipt), **rest} if not rest:
            return await _shown(receipt, desk, await pair(), early)
    raise Forged("nothing that our service worker says")


async def _acknowledged(token: str, desk: Desk) -> Outgoing:
    """Acknowledges and says so, in words that the worker shows."""
    try:
        done = await desk.act_by_token(token, Acknowledged("", WHERE))
    except Declined as declined:
        return _said(f"Not acknowledged: {declined}")
    by = done.incident.get("acknowledged_by")
    return _said(f"Acknowledged #{done.incident.get('id')}{f' by {by}' if by else ''}. Paging has stopped.")


async def _shown(receipt: str, desk: Desk, vapid: Pair, early: Sequence[float]) -> Outgoing:
    """The message has arrived; a second device that shows it as well changes nothing."""
    found = receipts.proved(vapid, receipt)
    if found is None:
        raise Forged("no receipt of ours")
    key, device = found
    for pause in (*early, None):
        if await desk.receipt("push", key, Outcome.DELIVERED, f"shown by device {device}") or pause is None:
            break
        await asyncio.sleep(pause)
    return _said("")


def _read(request: Incoming) -> Any:
    if request.path or request.method != "POST" or request.headers.get(HEADER) != "1":
        raise Forged("not sent by our service worker")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != KIND:
        raise Forged("not sent as JSON")
    if len(request.body) > MOST_BYTES:
        raise Forged("too long for a button")
    try:
        return msgspec.json.decode(request.body)
    except (ValueError, RecursionError):
        raise Forged("no JSON") from None


def _said(text: str) -> Outgoing:
    return Outgoing(200, msgspec.json.encode({"text": clean.line(text, 300)}), KIND)
