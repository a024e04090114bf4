"""An ntfy server on loopback, as docs.ntfy.sh/publish and its server/errors.go say; and the phone that shows a message.

Publishing as JSON: the topic stands in the body, actions in a header or in the body, at most three of them. What has
more than 4,096 bytes becomes an attachment, which nobody reads on a lock screen.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiohttp import web

from tests.vendors.served import served

TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
ACTIONS = {"view", "http", "broadcast", "copy"}
FIELDS = {
    "topic", "message", "title", "tags", "priority", "actions", "click", "attach", "markdown", "icon", "filename",
    "delay", "email", "call",
}  # fmt: skip


class Tap(NamedTuple):
    """What the phone does when a button is pressed."""

    method: str
    url: str
    headers: dict[str, str]
    body: str


class Ntfy:
    """One server. `token`: what publishers must show."""

    def __init__(self) -> None:
        self.token: str | None = None
        self.answers: list[tuple[int, int, str]] = []
        """(HTTP status, code, error) with which the next publications are refused."""
        self.messages: list[dict[str, Any]] = []
        self.attachments: list[bytes] = []

    async def publish(self, request: web.Request) -> web.Response:
        if self.answers:
            return _error(*self.answers.pop(0))
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return _error(401, 40101, "unauthorized")
        try:
            message = json.loads(await request.read())
        except ValueError:
            return _error(400, 40017, "invalid request: request body must be message JSON")
        if not isinstance(message, dict) or not message.keys() <= FIELDS:
            return _error(400, 40017, "invalid request: request body must be message JSON")
        if not TOPIC.fullmatch(str(message.get("topic", ""))):
            return _error(400, 40009, "invalid request: topic invalid")
        try:
            message["actions"] = _actions(request.headers.get("X-Actions"))
        except (ValueError, KeyError, TypeError) as wrong:
            return _error(400, 40018, f"invalid request: actions invalid, {wrong}")
        text = message.get("message", "").encode()
        if len(text) > 4096:
            self.attachments.append(text)
            message["message"] = "You received a file: attachment.txt"
        self.messages.append(message)
        return web.json_response(
            {"id": f"m{len(self.messages)}", "time": 1, "event": "message", "topic": message["topic"]}
        )

    def tap(self, number: int, label: str) -> Tap:
        """Presses a button of a message."""
        found = next(each for each in self.messages[number]["actions"] if each["label"] == label)
        assert found["action"] == "http"
        return Tap(found.get("method", "POST"), found["url"], found.get("headers", {}), found.get("body", ""))


def _actions(header: str | None) -> list[dict[str, Any]]:
    if header is None:
        return []
    found: list[dict[str, Any]] = json.loads(header)
    if len(found) > 3:
        raise ValueError("only 3 actions allowed")
    for action in found:
        if action["action"] not in ACTIONS:
            raise ValueError(f"action '{action['action']}' unknown")
        if not action["label"] or not action["url"]:
            raise ValueError("parameter 'label' is required")
        if action.get("method", "POST") in ("GET", "HEAD") and action.get("body"):
            raise ValueError("parameter 'body' cannot be set")
    return found


def _error(status: int, code: int, error: str) -> web.Response:
    said = {"code": code, "http": status, "error": error, "link": "https://ntfy.sh/docs/publish/"}
    return web.json_response(said, status=status)


@asynccontextmanager
async def ntfy() -> AsyncIterator[tuple[Ntfy, str]]:
    """And its host and port."""
    server, app = Ntfy(), web.Application()
    app.router.add_post("/", server.publish)
    async with served(app) as place:
        yield server, place
