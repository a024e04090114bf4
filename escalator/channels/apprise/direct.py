"""Mattermost and Telegram with a button: apprise speaks to both but knows no buttons, so these posts are ours.

The address stays apprise's, and what is not covered here goes the library's way. Mattermost: a message attachment
with an action, whose context its server keeps from everybody's browser. Telegram: a button that opens a page.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import aiohttp
import msgspec

from escalator.channels import clean
from escalator.channels.apprise.errors import CONTENT, judged
from escalator.channels.apprise.words import Room, fitted, least
from escalator.channels.base import Message, Sent
from escalator.channels.network import Guard
from escalator.channels.outbound import Outbound, beginning, unanswered
from escalator.channels.retry_after import seconds

TELEGRAM = "https://api.telegram.org"
ANSWER = 64 * 1024
MATTERMOST_ROOM = Room(3900)
TELEGRAM_ROOM = Room(3900)
"""4,096 UTF-16 units, of which some characters take two."""

Post = Callable[[str, dict[str, Any], dict[str, str]], Awaitable["Said"]]


class Said(NamedTuple):
    """An HTTP answer."""

    status: int
    body: dict[str, Any]
    retry_after: float | None

    @property
    def parameters(self) -> dict[str, Any]:
        """Telegram's hints at what would help."""
        found = self.body.get("parameters")
        return found if isinstance(found, dict) else {}

    def reason(self, name: str) -> str:
        why = self.body.get("description") or self.body.get("message") or ""
        return clean.line(f"{name}: HTTP {self.status} {why}", 200)


class Direct:
    """`callback`: where Mattermost's server tells of a press."""

    def __init__(self, guard: Guard, callback: str, telegram: str = TELEGRAM) -> None:
        self._guard = guard
        self._callback = callback
        self._telegram = telegram.rstrip("/")
        self._client = Outbound(guard)

    def takes(self, scheme: str, made: Any) -> bool:
        """Whether this address can be posted to from here."""
        if scheme in ("mmost", "mmosts"):
            # A bot that names its channels would have to look them up first.
            return str(made.mode) == "webhook"
        return scheme == "tgram" and bool(made.targets) and not getattr(made, "template", None)

    async def send(self, scheme: str, made: Any, message: Message) -> Sent:
        """Raises NotSent."""
        if scheme == "tgram":
            return await self._to_telegram(made, message)
        return await self._to_mattermost(made, message)

    async def close(self) -> None:
        await self._client.close()

    async def _to_mattermost(self, made: Any, message: Message) -> Sent:
        port = f":{made.port}" if made.port else ""
        scheme = "https" if made.secure else "http"
        url = f"{scheme}://{made.host}{port}{(made.fullpath or '').rstrip('/')}/hooks/{made.token}"
        asked: dict[str, Any] = {"username": made.user or "Escalator", "text": fitted(message, MATTERMOST_ROOM).body}
        if made.icon_url:
            asked["icon_url"] = made.icon_url
        for _, channel in made.targets or [("", "")]:
            there = {"channel": channel} if channel else {}
            said = await self._post(url, asked | there | self._action(message))
            if said.status in CONTENT:
                said = await self._post(url, asked | there | {"text": least(message).body})
            if said.status != 200:
                raise judged(said.status, said.reason("Mattermost"), said.retry_after)
        return Sent(None, "Mattermost: HTTP 200")

    def _action(self, message: Message) -> dict[str, Any]:
        if not message.token:
            return {}
        integration = {"url": self._callback, "context": {"token": message.token}}
        action = {"id": "acknowledge", "name": "Acknowledge", "type": "button", "style": "primary"}
        return {
            "attachments": [{"fallback": "Acknowledge", "actions": [action | {"integration": integration}]}],
        }

    async def _to_telegram(self, made: Any, message: Message) -> Sent:
        url = f"{self._telegram}/bot{made.bot_token}/sendMessage"
        receipts = []
        for chat, topic in made.targets:
            asked = {"chat_id": chat, "disable_notification": bool(made.silent)}
            asked |= {"message_thread_id": int(topic)} if topic else {}
            receipts.append(await self._to_chat(url, asked, message))
        return Sent(",".join(receipts)[:200], "Telegram: HTTP 200")

    async def _to_chat(self, url: str, asked: dict[str, Any], message: Message) -> str:
        """The receipt: `chat:message`."""
        full = {"text": fitted(message, TELEGRAM_ROOM).body, "link_preview_options": {"is_disabled": True}}
        # Telegram opens no button that leads to a name without a dot; then it may be the words that it refuses.
        for form in (full | _keyboard(message), full, {"text": least(message).body}):
            said = await self._post(url, asked | form)
            moved = said.parameters.get("migrate_to_chat_id")
            if moved is not None:
                asked = asked | {"chat_id": moved}
                said = await self._post(url, asked | form)
            if said.status != 400 or "chat not found" in said.reason(""):
                break
        if said.status != 200:
            raise judged(said.status, said.reason("Telegram"), said.retry_after)
        told = said.body.get("result") or {}
        return f"{asked['chat_id']}:{told.get('message_id', '')}"

    async def _post(self, url: str, body: dict[str, Any]) -> Said:
        target = self._guard.destination(url)
        try:
            async with self._client.post(target, json=body) as answer:
                said = Said(answer.status, _read(await beginning(answer, ANSWER)), None)
                wait = said.parameters.get("retry_after") or answer.headers.get("Retry-After")
                return said._replace(retry_after=seconds(str(wait or "")))
        except (aiohttp.ClientError, OSError) as trouble:
            # Not the exception's text: a Telegram address holds the bot's token.
            raise unanswered(trouble, quoted=False) from None


def _keyboard(message: Message) -> dict[str, Any]:
    buttons = [{"text": "Acknowledge", "url": message.acknowledge}] if message.acknowledge else []
    buttons += [{"text": "Open", "url": message.link}] if message.link and not message.code else []
    return {"reply_markup": {"inline_keyboard": [buttons]}} if buttons else {}


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
