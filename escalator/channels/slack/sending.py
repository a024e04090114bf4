"""The Slack channel: one message per incident and place, edited as things change, its story in the thread."""

import asyncio
from collections.abc import Mapping
from typing import Any

from escalator.channels import clean
from escalator.channels.base import SEND_DEADLINE, Channel, Message, NotSent, Sent, Thread
from escalator.channels.desk import Desk, Incoming, Outgoing
from escalator.channels.network import Guard
from escalator.channels.slack import blocks
from escalator.channels.slack.api import Api, SlackRefused
from escalator.channels.slack.blocks import Post
from escalator.channels.slack.door import Door
from escalator.channels.slack.earlier import earlier, metadata
from escalator.channels.slack.errors import CONTENT, FIXED, METADATA, MISSING
from escalator.channels.slack.hook import Hook, hook_provider
from escalator.channels.slack.places import Places
from escalator.channels.slack.socket import Ear
from escalator.channels.wiring import Wiring

EDIT_WITHIN = 4.0
"""Seconds: an edit that hangs must leave time for the message that follows it."""
MOVED = 1000
"""Of first messages that were posted anew, how many are remembered."""


class Slack(Channel):
    """One workspace."""

    via = "slack"
    door = "slack"
    at_once = 8
    spacing = 1.0
    threads = True

    def __init__(self, wiring: Wiring, token: str, *, deadline: float = SEND_DEADLINE - 0.3) -> None:
        self._wiring = wiring
        self._deadline = deadline
        self._api = Api(token, wiring.slack_api_url)
        self._places = Places(self._api)
        self._hook = Hook(Guard(wiring.outbound_allow))
        self._door = Door(wiring.slack_signing_secret, self._api)
        self._moved: dict[str, str] = {}
        """By the receipt of a first message that is gone: that of the one which took its place."""

    async def send(self, address: str, message: Message) -> Sent:
        address = address.strip()
        try:
            async with asyncio.timeout(self._deadline):
                return await self._sent(address, message)
        except SlackRefused as refused:
            self._places.forget(address)
            raise refused.verdict from None
        except TimeoutError:
            raise NotSent("ambiguous", "Slack did not answer in time") from None

    async def check(self) -> str:
        try:
            async with asyncio.timeout(self._deadline):
                who = await self._api.call("auth.test")
                heard = await self._heard()
        except SlackRefused as refused:
            raise refused.verdict from None
        except TimeoutError:
            raise NotSent("temporary", "Slack did not answer in time") from None
        return clean.line(f"slack: {who.get('user')} in {who.get('team')}{heard}", 200)

    def provider(self, address: str) -> str:
        return hook_provider(address) if "://" in address else "Slack"

    async def close(self) -> None:
        await self._door.close()
        await self._hook.close()
        await self._api.close()

    async def listen(self, desk: Desk) -> None:
        """Over Socket Mode, where an app token is set."""
        if self._wiring.slack_app_token:
            await Ear(self._wiring.slack_app_token, self._wiring.slack_api_url, self._door).run(desk)

    async def receive(self, request: Incoming, desk: Desk) -> Outgoing:
        return await self._door.receive(request, desk)

    async def _heard(self) -> str:
        """How answers come."""
        if self._wiring.slack_app_token:
            await Ear(self._wiring.slack_app_token, self._wiring.slack_api_url, self._door).url()
            return ", answers over Socket Mode"
        if self._wiring.slack_signing_secret:
            return ", answers at /replies/slack"
        return "; no answers: set ESCALATOR_SLACK_APP_TOKEN or ESCALATOR_SLACK_SIGNING_SECRET"

    @property
    def _answers(self) -> bool:
        """Whether a press would come back to us: a button that does nothing is worse than none."""
        return bool(self._wiring.slack_app_token or self._wiring.slack_signing_secret)

    # --- sending ----------------------------------------------------------------------------------------------------

    async def _sent(self, address: str, message: Message) -> Sent:
        if "://" in address:
            return await self._hook.send(address, message)
        before = await earlier(self._api, self._places, address, message) if message.tries > 1 else None
        if before is not None:
            return before
        if message.thread is None or _stands_alone(message, message.thread):
            return await self._post(address, message)
        return await self._follow(address, message, message.thread)

    async def _post(self, address: str, message: Message) -> Sent:
        place = await self._places.of(address)
        made = await self._say("chat.postMessage", self._content(message), message, channel=place)
        return Sent(f"{made.get('channel')}/{made.get('ts')}", f"posted {made.get('ts')}", delivered=True)

    async def _follow(self, address: str, message: Message, thread: Thread) -> Sent:
        """The first message says how things are now; what happened goes into its thread."""
        receipt = self._moved.get(thread.receipt, thread.receipt)
        place, _, root = receipt.partition("/")
        try:
            edited = await self._edit(place, root, message) if not thread.shared else "left as it is"
            said = self._content(message) if message.also else self._story(message, thread)
            # A page is for people who look at the channel, not only for those in the thread.
            loud = True if message.kind == "page" else None
            made = await self._say(
                "chat.postMessage", said, message, channel=place, thread_ts=root, reply_broadcast=loud
            )
        except SlackRefused as refused:
            if refused.error not in MISSING:
                raise
            return await self._anew(address, message, thread)
        return Sent(receipt, f"{root} {edited}, told in its thread {made.get('ts')}", delivered=True)

    async def _edit(self, place: str, root: str, message: Message) -> str:
        """What became of it. What cannot be edited must not keep a page from the thread."""
        try:
            async with asyncio.timeout(EDIT_WITHIN):
                await self._say("chat.update", self._content(message), message, channel=place, ts=root)
        except SlackRefused as refused:
            if refused.error in MISSING or (message.kind != "page" and refused.error not in FIXED):
                raise
            return f"not edited ({refused.error})"
        except (NotSent, TimeoutError):
            if message.kind != "page":
                raise
            return "perhaps not edited"
        return "edited"

    async def _anew(self, address: str, message: Message, thread: Thread) -> Sent:
        """Somebody deleted the first message. Those of one incident that follow go to the new one."""
        sent = await self._post(address, message)
        if not thread.shared and sent.receipt:
            while len(self._moved) >= MOVED:
                del self._moved[next(iter(self._moved))]
            self._moved[thread.receipt] = sent.receipt
        return sent

    async def _say(self, method: str, post: Post, message: Message, **where: Any) -> Mapping[str, Any]:
        """One call; where Slack refuses the content, once more in plain text. An edit names no notification: the key of
        the first message stays, and an edit whose reply failed is not taken for the reply.
        """
        fixed: dict[str, Any] = {}
        if method == "chat.postMessage":
            fixed = {"metadata": metadata(message), "unfurl_links": False, "unfurl_media": False}
        try:
            return await self._api.call(method, **where, **fixed, text=post.text, blocks=post.blocks)
        except SlackRefused as refused:
            if refused.error not in CONTENT:
                raise
            if refused.error in METADATA:
                fixed.pop("metadata", None)
            return await self._api.call(method, **where, **fixed, text=blocks.plain(message).text, blocks=[])

    def _content(self, message: Message) -> Post:
        return blocks.content(message, buttons=self._answers)

    def _story(self, message: Message, thread: Thread) -> Post:
        return blocks.story(message, shared=thread.shared, buttons=self._answers)


def _stands_alone(message: Message, thread: Thread) -> bool:
    """What belongs in no thread: a code, and the page of several incidents behind the message of one."""
    digest = bool(message.also) and not thread.shared and message.kind == "page"
    return message.kind == "code" or digest or "/" not in thread.receipt
