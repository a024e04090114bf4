"""Incoming webhooks: a URL that posts into one channel, without a token and without answers.

The URL stands in the policies as a secret; it may lead only where the network guard permits.
"""

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from escalator.channels import clean
from escalator.channels.base import SEND_DEADLINE, Channel, Message, NotSent, Sent
from escalator.channels.network import Guard, Network
from escalator.channels.outbound import Outbound, beginning, unanswered
from escalator.channels.retry_after import seconds
from escalator.channels.slack.blocks import content, plain

DEADLINE = SEND_DEADLINE - 0.5
GONE = frozenset((403, 404, 410))
"""The hook was revoked, or its channel is gone."""


NO_TOKEN = "only incoming webhooks work without ESCALATOR_SLACK_BOT_TOKEN"  # noqa: S105


class Hooks(Channel):
    """Slack without a bot."""

    via = "slack"
    spacing = 1.0

    def __init__(self, allow: Iterable[str | Network]) -> None:
        self._hook = Hook(Guard(allow))

    async def send(self, address: str, message: Message) -> Sent:
        if "://" not in address:
            raise NotSent("permanent", NO_TOKEN, blames="contact")
        return await self._hook.send(address.strip(), message)

    def serves(self, address: str) -> bool:
        return "://" in address

    async def check(self) -> str:
        return f"slack: {NO_TOKEN}"

    def provider(self, address: str) -> str:
        return hook_provider(address)

    async def close(self) -> None:
        await self._hook.close()


def hook_provider(address: str) -> str:
    """Its host alone: the path is the secret."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        host = ""  # no URL: sending will say so
    return clean.line(f"Slack webhook {host}", 80)


class Hook:
    """Every incoming webhook there is."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._client = Outbound(guard)

    async def send(self, address: str, message: Message) -> Sent:
        """Raises NotSent."""
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._sent(self._guard.destination(address), message)
        except TimeoutError:
            raise NotSent("ambiguous", "Slack did not answer in time") from None

    async def _sent(self, url: URL, message: Message) -> Sent:
        post = content(message, buttons=False)
        status, said, retry_after = await self._post(url, {"text": post.text, "blocks": post.blocks})
        if status == 400 and post.blocks:
            status, said, retry_after = await self._post(url, {"text": plain(message).text})
        if status == 200:
            return Sent(None, f"HTTP 200 {said}", delivered=True)
        detail = f"HTTP {status} {said}"
        if status == 429:
            raise NotSent("temporary", detail, retry_after or 30.0)
        if status in GONE:
            raise NotSent("permanent", f"{detail}: make a new incoming webhook", blames="contact")
        if status == 400:
            raise NotSent("permanent", detail, blames="contact")
        raise NotSent("temporary", detail)

    async def _post(self, url: URL, body: dict[str, Any]) -> tuple[int, str, float | None]:
        try:
            async with self._client.post(url, json=body) as answer:
                said = clean.line((await beginning(answer, 400)).decode("utf-8", "replace"), 120)
                return answer.status, said, seconds(answer.headers.get("Retry-After"))
        except (aiohttp.ClientError, OSError) as trouble:
            # Not the exception's text: the URL is the secret.
            raise unanswered(trouble, quoted=False) from None

    async def close(self) -> None:
        await self._client.close()
