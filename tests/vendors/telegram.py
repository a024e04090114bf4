"""Telegram's Bot API on loopback, `sendMessage` alone, by core.telegram.org/bots/api and the errors that bots meet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from tests.vendors.served import served

BOT = "123456789:abcdefghijklmnopqrstuvwxyz012345678"
CHAT, GROUP, SUPERGROUP, BLOCKED = 12315544, -500, -100500, 666
FIELDS = {
    "chat_id", "text", "parse_mode", "entities", "link_preview_options", "disable_notification", "message_thread_id",
    "protect_content", "reply_parameters", "reply_markup", "business_connection_id",
}  # fmt: skip


class Telegram:
    """One bot, which knows a few chats."""

    def __init__(self) -> None:
        self.answers: list[web.Response] = []
        self.messages: list[dict[str, Any]] = []

    async def send(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != BOT:
            return error(401, "Unauthorized")
        if self.answers:
            return self.answers.pop(0)
        asked = await request.json()
        assert asked.keys() <= FIELDS, "the Bot API ignores what it does not know, and so hides mistakes"
        refused = _refused(asked)
        if refused is not None:
            return refused
        self.messages.append(asked)
        result = {"message_id": len(self.messages), "date": 1, "chat": {"id": asked["chat_id"]}, "text": asked["text"]}
        return web.json_response({"ok": True, "result": result})

    def buttons(self, number: int) -> dict[str, str]:
        rows = self.messages[number].get("reply_markup", {}).get("inline_keyboard", [])
        return {button["text"]: button["url"] for row in rows for button in row}


def _refused(asked: dict[str, Any]) -> web.Response | None:
    chat = int(asked["chat_id"])
    if chat == BLOCKED:
        return error(403, "Forbidden: bot was blocked by the user")
    if chat == GROUP:
        moved = {"migrate_to_chat_id": SUPERGROUP}
        return error(400, "Bad Request: group chat was upgraded to a supergroup chat", moved)
    if chat not in (CHAT, SUPERGROUP):
        return error(400, "Bad Request: chat not found")
    if len(asked["text"].encode("utf-16-le")) // 2 > 4096:
        return error(400, "Bad Request: message is too long")
    for row in asked.get("reply_markup", {}).get("inline_keyboard", []):
        for button in row:
            if "." not in (urlsplit(button["url"]).hostname or ""):
                return error(
                    400, f"Bad Request: inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL"
                )
    return None


def error(status: int, description: str, parameters: dict[str, int] | None = None) -> web.Response:
    said: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return web.json_response(said | ({"parameters": parameters} if parameters else {}), status=status)


@asynccontextmanager
async def telegram() -> AsyncIterator[tuple[Telegram, str]]:
    """And its base URL."""
    server, app = Telegram(), web.Application()
    app.router.add_post("/bot{token}/sendMessage", server.send)
    async with served(app) as place:
        yield server, f"http://{place}"
