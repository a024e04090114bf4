"""A Mattermost server on loopback: incoming webhooks, message attachments with actions, and what a press becomes.

By developers.mattermost.com (incoming webhooks, interactive messages) and model/integration_action.go: the id of an
action is letters and digits, its context stays on the server, and a press is a POST of a PostActionIntegrationRequest.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.vendors.served import served

HOOK = "x" * 26
ID = re.compile(r"[A-Za-z0-9]+")
STYLES = {"good", "warning", "danger", "default", "primary", "success"}


class Mattermost:
    """One server with one hook."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str]] = []
        """(HTTP status, message) with which the next posts are refused."""
        self.posts: list[dict[str, Any]] = []

    async def hook(self, request: web.Request) -> web.Response:
        if self.answers:
            return _error(*self.answers.pop(0), "api.unknown")
        if request.match_info["hook"] != HOOK:
            return _error(400, "Invalid webhook.", "web.incoming_webhook.invalid.app_error")
        post = await request.json()
        if not post.get("text") and not post.get("attachments"):
            return _error(400, "No text specified.", "web.incoming_webhook.text.app_error")
        if post.get("channel") == "missing":
            return _error(404, "Couldn't find the channel.", "web.incoming_webhook.channel.app_error")
        self.posts.append(post)
        return web.Response(text="ok")

    def shown(self, number: int) -> list[str]:
        """The buttons that people see: an action without an id or a URL of its own is not shown."""
        return [action["name"] for action in self._actions(number)]

    def press(self, number: int, user: str = "carol") -> tuple[str, dict[str, Any]]:
        """(where, what) the server posts when somebody presses the first button."""
        action = self._actions(number)[0]
        request = {
            "user_id": "u" * 26, "user_name": user, "channel_id": "c" * 26, "channel_name": "ops",
            "team_id": "t" * 26, "team_domain": "home", "post_id": "p" * 26, "trigger_id": "dHJpZ2dlcg==",
            "type": "", "data_source": "", "context": action["integration"]["context"],
        }  # fmt: skip
        return action["integration"]["url"], request

    def _actions(self, number: int) -> list[dict[str, Any]]:
        found = [action for each in self.posts[number].get("attachments", ()) for action in each.get("actions", ())]
        for action in found:
            assert ID.fullmatch(action["id"])
            assert action.get("style", "default") in STYLES
        return [action for action in found if action.get("name") and action.get("integration", {}).get("url")]


def _error(status: int, message: str, id: str) -> web.Response:
    said = {"id": id, "message": message, "detailed_error": "", "request_id": "r" * 26, "status_code": status}
    return web.json_response(said, status=status)


@asynccontextmanager
async def mattermost() -> AsyncIterator[tuple[Mattermost, str]]:
    """And its host and port."""
    server, app = Mattermost(), web.Application()
    app.router.add_post("/hooks/{hook}", server.hook)
    async with served(app) as place:
        yield server, place
