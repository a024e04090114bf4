"""Whether an earlier attempt arrived after all. Slack knows no idempotency key (slack-api-specs#10): each message we
post carries its notification's key as metadata, and the place is looked through for it before anything is posted again.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from escalator.channels.base import Message, NotSent, Sent
from escalator.channels.slack.api import Api, SlackRefused
from escalator.channels.slack.errors import MISSING
from escalator.channels.slack.places import Places

EVENT = "escalator_notification"
"""The type of our metadata."""
LOOK_WITHIN = 3.0
"""Seconds: what is left of the deadline is for sending."""
PAGES, ON_A_PAGE = 5, 200
SKEW = 120
"""Seconds by which our clock may be ahead of Slack's."""


def metadata(message: Message) -> dict[str, Any]:
    """What a posted message carries."""
    return {"event_type": EVENT, "event_payload": {"key": message.key}}


async def earlier(api: Api, places: Places, address: str, message: Message) -> Sent | None:
    """What an earlier attempt left in Slack; None too where Slack cannot say: rather twice than never."""
    try:
        async with asyncio.timeout(LOOK_WITHIN):
            return await _in_its_thread(api, message) or await _in_the_place(api, places, address, message)
    except (SlackRefused, NotSent, TimeoutError):
        return None  # the send itself will say what is wrong


async def _in_its_thread(api: Api, message: Message) -> Sent | None:
    if message.thread is None:
        return None
    place, _, root = message.thread.receipt.partition("/")
    try:
        found = await _ours(api, "conversations.replies", message, channel=place, ts=root)
    except SlackRefused as refused:
        if refused.error not in MISSING:
            raise
        return None
    return Sent(message.thread.receipt, f"found in its thread: {found}", delivered=True) if found else None


async def _in_the_place(api: Api, places: Places, address: str, message: Message) -> Sent | None:
    """At the top, where there was no thread yet, or where its first message was deleted."""
    place = await places.id(address)
    if place is None:
        return None
    found = await _ours(api, "conversations.history", message, channel=place)
    return Sent(f"{place}/{found}", f"found in Slack: {found}", delivered=True) if found else None


async def _ours(api: Api, method: str, message: Message, **where: str) -> str | None:
    """The timestamp of the message that carries this notification."""
    async for each in _since(api, method, message.queued_at, **where):
        carried = each.get("metadata") or {}
        named = (carried.get("event_payload") or {}).get("key")
        if carried.get("event_type") == EVENT and named == message.key:
            return str(each.get("ts"))
    return None


async def _since(api: Api, method: str, queued_at: str, **where: str) -> AsyncIterator[Mapping[str, Any]]:
    fields: dict[str, Any] = {**where, "limit": ON_A_PAGE, "include_all_metadata": "true"}
    if queued_at:
        fields["oldest"] = f"{datetime.fromisoformat(queued_at).timestamp() - SKEW:.6f}"
    for _ in range(PAGES):
        found = await api.ask(method, **fields)
        for each in found.get("messages", ()):
            yield each
        cursor = (found.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
        fields["cursor"] = str(cursor)
