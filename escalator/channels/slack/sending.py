"""The Slack channel: one message per incident and place, edited as things change, its story in the thread.

Slack knows no idempotency key: each message carries its notification's key as metadata, and after a first attempt the
place is looked through for it before anything is posted again.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from escalator.channels import clean
from escalator.channels.base import SEND_DEADLINE, Channel, Message, NotSent, Sent
from escalator.channels.desk import Desk, Incoming, Outgoing
from escalator.channels.network import Guard
from escalator.channels.slack import blocks
from escalator.channels.slack.api import Api, SlackRefused
from escalator.channels.slack.blocks import Post, content
from escalator.channels.slack.door import Door
from escalator.channels.slack.errors import CONTENT, MISSING
from escalator.channels.slack.hook import Hook, hook_provider
from escalator.channels.slack.socket import Ear
from escalator.channels.wiring import Wiring

EVENT = "escalator_notification"
"""The type of our metadata."""
LOOK_WITHIN = 3.0
LOOKED_THROUGH = 100
PAGES = 10
"""Of a thousand channels each, when one is looked for by name."""


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
        self._hook = Hook(Guard(wiring.outbound_allow))
        self._door = Door(wiring.slack_signing_secret, self._api)
        self._places: dict[str, str] = {}
        """Ids of places, by how the policies write them."""

    async def send(self, address: str, message: Message) -> Sent:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._sent(address.strip(), message)
        except SlackRefused as refused:
            raise refused.verdict from None

    async def check(self) -> str:
        try:
            who = await self._api.call("auth.test")
            ear = ""
            if self._wiring.slack_app_token:
                await Ear(self._wiring.slack_app_token, self._wiring.slack_api_url, self._door).url()
                ear = ", answers over Socket Mode"
            elif self._wiring.slack_signing_secret:
                ear = ", answers at /replies/slack"
        except SlackRefused as refused:
            raise refused.verdict from None
        heard = ear or "; no answers: set ESCALATOR_SLACK_APP_TOKEN or ESCALATOR_SLACK_SIGNING_SECRET"
        return clean.line(f"slack: {who.get('user')} in {who.get('team')}{heard}", 200)

    def provider(self, address: str) -> str:
        return hook_provider(address) if "://" in address else "Slack"

    async def close(self) -> None:
        await self._hook.close()
        await self._api.close()

    async def listen(self, desk: Desk) -> None:
        """Over Socket Mode, where an app token is set."""
        if self._wiring.slack_app_token:
            await Ear(self._wiring.slack_app_token, self._wiring.slack_api_url, self._door).run(desk)

    async def receive(self, request: Incoming, desk: Desk) -> Outgoing:
        return await self._door.receive(request, desk)

    # --- sending ----------------------------------------------------------------------------------------------------

    async def _sent(self, address: str, message: Message) -> Sent:
        if "://" in address:
            return await self._hook.send(address, content(message, buttons=False))
        before = await self._before(self._api, address, message) if message.tries > 1 else None
        if before is not None:
            return before
        if message.thread is None or message.kind == "code":
            return await self._post(self._api, await self._place(self._api, address), message)
        return await self._follow(self._api, address, message)

    async def _post(self, api: Api, place: str, message: Message) -> Sent:
        made = await self._say(api, "chat.postMessage", content(message, buttons=self._answers), message, channel=place)
        return Sent(f"{made.get('channel')}/{made.get('ts')}", f"posted {made.get('ts')}", delivered=True)

    async def _follow(self, api: Api, address: str, message: Message) -> Sent:
        """The first message says how things are now; what happened goes into its thread."""
        assert message.thread is not None
        place, _, root = message.thread.receipt.partition("/")
        if not message.thread.shared and not message.also:
            try:
                shown = content(message, buttons=self._answers)
                await self._say(api, "chat.update", shown, message, channel=place, ts=root)
            except SlackRefused as refused:
                if refused.error not in MISSING:
                    raise
                return await self._post(api, await self._place(api, address), message)
        # A page is for people who look at the channel, not only for those in the thread.
        loud = message.kind == "page"
        story = Post(blocks.line(message), []) if not message.also else content(message, buttons=self._answers)
        made = await self._say(
            api, "chat.postMessage", story, message, channel=place, thread_ts=root, reply_broadcast=loud or None
        )
        return Sent(message.thread.receipt, f"edited {root}, told in its thread {made.get('ts')}", delivered=True)

    async def _say(self, api: Api, method: str, post: Post, message: Message, **where: Any) -> Mapping[str, Any]:
        """One call; where Slack refuses the content, once more in plain text."""
        metadata = {"event_type": EVENT, "event_payload": {"key": message.key}}
        fixed: dict[str, Any] = {"metadata": metadata}
        if method == "chat.postMessage":
            fixed |= {"unfurl_links": False, "unfurl_media": False}
        try:
            return await api.call(method, **where, **fixed, text=post.text, blocks=post.blocks)
        except SlackRefused as refused:
            if refused.error not in CONTENT:
                raise
            return await api.call(method, **where, text=blocks.plain(message).text, blocks=[])

    @property
    def _answers(self) -> bool:
        """Whether a press would come back to us: a button that does nothing is worse than none."""
        return bool(self._wiring.slack_app_token or self._wiring.slack_signing_secret)

    # --- places -----------------------------------------------------------------------------------------------------

    async def _place(self, api: Api, address: str) -> str:
        """What chat.postMessage takes: a channel's id or name, or the id of a conversation with a person."""
        if "@" in address and address not in self._places:
            found = await api.ask("users.lookupByEmail", email=address)
            self._places[address] = await self._conversation(api, str(found["user"]["id"]))
        elif address[:1] in "UW" and address.isalnum() and address not in self._places:
            self._places[address] = await self._conversation(api, address)
        return self._places.get(address, address)

    async def _conversation(self, api: Api, user: str) -> str:
        opened = await api.call("conversations.open", users=user)
        return str(opened["channel"]["id"])

    async def _id(self, api: Api, address: str) -> str | None:
        """The id of a place: only ids can be looked through."""
        place = await self._place(api, address)
        if not place.startswith("#"):
            return place
        cursor = ""
        for _ in range(PAGES):
            found = await api.ask(
                "conversations.list", limit=1000, exclude_archived="true", types="public_channel,private_channel",
                **({"cursor": cursor} if cursor else {}),
            )  # fmt: skip
            for each in found.get("channels", ()):
                self._places.setdefault(f"#{each.get('name')}", str(each.get("id")))
            cursor = str((found.get("response_metadata") or {}).get("next_cursor") or "")
            if place in self._places or not cursor:
                break
        return self._places.get(place)

    # --- after a first attempt --------------------------------------------------------------------------------------

    async def _before(self, api: Api, address: str, message: Message) -> Sent | None:
        """What an earlier attempt left in Slack; None too where Slack cannot say."""
        try:
            async with asyncio.timeout(LOOK_WITHIN):
                return await self._looked(api, address, message)
        except (SlackRefused, NotSent, TimeoutError):
            return None  # the send itself will say what is wrong

    async def _looked(self, api: Api, address: str, message: Message) -> Sent | None:
        fields: dict[str, Any] = {"limit": LOOKED_THROUGH, "include_all_metadata": "true"}
        if message.thread is not None:
            place, _, root = message.thread.receipt.partition("/")
            found = await api.ask("conversations.replies", channel=place, ts=root, **fields)
            ours = _ours(found.get("messages", ()), message.key)
            return Sent(message.thread.receipt, f"found in its thread: {ours}", delivered=True) if ours else None
        named = await self._id(api, address)
        if named is None:
            return None
        found = await api.ask("conversations.history", channel=named, **fields)
        ours = _ours(found.get("messages", ()), message.key)
        return Sent(f"{named}/{ours}", f"found in Slack: {ours}", delivered=True) if ours else None


def _ours(messages: Iterable[Mapping[str, Any]], key: str) -> str | None:
    """The timestamp of the message that carries this notification."""
    for each in messages:
        metadata = each.get("metadata") or {}
        if metadata.get("event_type") == EVENT and (metadata.get("event_payload") or {}).get("key") == key:
            return str(each.get("ts"))
    return None
