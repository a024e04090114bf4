"""Slack on loopback, as its reference says: the Web API's answers and errors, Socket Mode over a real websocket, and
people who press, choose, type and send forms off.

It keeps what it was sent, refuses what Slack refuses (limits, unknown places), and fails on arguments no method takes.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from aiohttp import WSMsgType, web

TOKEN, APP_TOKEN, SECRET = "xoxb-test", "xapp-test", "8f742231b10e8888abcd99yyyzzz85a5"

METHODS: dict[str, frozenset[str]] = {
    "auth.test": frozenset(),
    "apps.connections.open": frozenset(),
    "chat.postMessage": frozenset(
        {"channel", "text", "blocks", "metadata", "thread_ts", "reply_broadcast", "unfurl_links", "unfurl_media"}
    ),
    "chat.update": frozenset({"channel", "ts", "text", "blocks", "metadata"}),
    "chat.postEphemeral": frozenset({"channel", "user", "text"}),
    "conversations.open": frozenset({"users"}),
    "conversations.list": frozenset({"limit", "exclude_archived", "types", "cursor"}),
    "conversations.history": frozenset({"channel", "limit", "include_all_metadata", "oldest", "cursor"}),
    "conversations.replies": frozenset({"channel", "ts", "limit", "include_all_metadata", "oldest", "cursor"}),
    "users.lookupByEmail": frozenset({"email"}),
    "users.info": frozenset({"user"}),
    "views.open": frozenset({"trigger_id", "view"}),
}
"""Method and the arguments of ours that its reference lists."""


class Slack:
    """One workspace with the channel #ops (C0PS) and the users alice (U0ALICE) and mallory (U0MALLORY)."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.ephemeral: list[dict[str, Any]] = []
        self.views: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: list[Callable[[str], web.Response | None]] = []
        self.lost = 0
        """Answers that never arrive though the call was carried out."""
        self.sockets: list[web.WebSocketResponse] = []
        self.confirmed: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.deaf = False
        """Connections are accepted and then nothing is ever said."""
        self.opened = 0
        self.tickets: set[str] = set()
        """Each opens one connection."""
        self.turned_away = 0
        """So many connections are refused, their tickets used up."""
        self.hangs: set[str] = set()
        """Methods that are never answered."""
        self.page_size = 1000
        """Of messages."""
        self.teams: dict[str, str] = {}
        """Users of other workspaces."""
        self.base = ""
        self._clock = 1700000000

    # --- the Web API ------------------------------------------------------------------------------------------------

    async def take(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        given = (
            dict(request.query) if request.method == "GET" else (await request.json() if await request.read() else {})
        )
        self.calls.append((method, given))
        wanted = APP_TOKEN if method == "apps.connections.open" else TOKEN
        if request.headers.get("Authorization") != f"Bearer {wanted}":
            return _failed("invalid_auth")
        for fault in list(self.faults):
            if (answer := fault(method)) is not None:
                return answer
        if method in self.hangs:
            await asyncio.sleep(60)
        if method not in METHODS:
            return _failed("unknown_method")
        assert set(given) <= METHODS[method], f"{method} has no {set(given) - METHODS[method]}"
        answer = getattr(self, "_" + method.replace(".", "_").lower())(given)
        if self.lost and method == "chat.postMessage":
            self.lost -= 1
            assert request.transport is not None
            request.transport.close()
        return answer if isinstance(answer, web.Response) else web.json_response({"ok": True, **answer})

    def _auth_test(self, given: dict[str, Any]) -> Any:
        return {"user": "escalator", "team": "Acme", "user_id": "U0BOT", "team_id": "T0ACME", "enterprise_id": None}

    def _apps_connections_open(self, given: dict[str, Any]) -> Any:
        self.opened += 1
        self.tickets.add(f"ticket-{self.opened}")
        return {"url": self.base.replace("http:", "ws:") + f"/socket?ticket=ticket-{self.opened}"}

    def _chat_postmessage(self, given: dict[str, Any]) -> Any:
        place = {"#ops": "C0PS"}.get(given["channel"], given["channel"])
        if place not in ("C0PS", "D0ALICE"):
            return _failed("channel_not_found")
        if (wrong := _refused(given)) is not None:
            return _failed(wrong)
        self._clock += 1
        ts = f"{self._clock}.000100"
        self.messages.append({**given, "channel": place, "ts": ts})
        return {"channel": place, "ts": ts}

    def _chat_update(self, given: dict[str, Any]) -> Any:
        if (wrong := _refused(given)) is not None:
            return _failed(wrong)
        for message in self.messages:
            if (message["channel"], message["ts"]) == (given["channel"], given["ts"]):
                message.update(given)
                return {"channel": given["channel"], "ts": given["ts"]}
        return _failed("message_not_found")

    def _chat_postephemeral(self, given: dict[str, Any]) -> Any:
        self.ephemeral.append(given)
        return {"message_ts": "1.1"}

    def _conversations_open(self, given: dict[str, Any]) -> Any:
        return {"channel": {"id": "D0ALICE"}} if given["users"] == "U0ALICE" else _failed("user_not_found")

    def _conversations_list(self, given: dict[str, Any]) -> Any:
        return {"channels": [{"id": "C0PS", "name": "ops"}], "response_metadata": {"next_cursor": ""}}

    def _conversations_history(self, given: dict[str, Any]) -> Any:
        """The newest first."""
        top = [m for m in self.messages if not m.get("thread_ts") or m.get("reply_broadcast")]
        return self._page([m for m in reversed(top) if m["channel"] == given["channel"]], given)

    def _conversations_replies(self, given: dict[str, Any]) -> Any:
        """The oldest first; the first message of the thread always."""
        found = [m for m in self.messages if given["ts"] in (m["ts"], m.get("thread_ts"))]
        if not any(m["ts"] == given["ts"] for m in found):
            return _failed("thread_not_found")
        return self._page(found, given)

    def _page(self, found: list[dict[str, Any]], given: dict[str, Any]) -> dict[str, Any]:
        since = float(given.get("oldest", 0))
        found = [m for m in found if float(m["ts"]) > since or m["ts"] == given.get("ts")]
        start = int(given.get("cursor", 0))
        end = start + min(int(given["limit"]), self.page_size)
        shown = [{"ts": m["ts"], "metadata": m.get("metadata")} for m in found[start:end]]
        more = str(end) if end < len(found) else ""
        return {"messages": shown, "has_more": bool(more), "response_metadata": {"next_cursor": more}}

    def _users_lookupbyemail(self, given: dict[str, Any]) -> Any:
        return {"user": {"id": "U0ALICE"}} if given["email"] == "alice@example.com" else _failed("users_not_found")

    def _users_info(self, given: dict[str, Any]) -> Any:
        mails = {"U0ALICE": "alice@example.com", "U0BOB": "Bob@Example.com", "U0MALLORY": "mallory@example.com"}
        if given["user"] not in mails:
            return _failed("user_not_found")
        team = self.teams.get(given["user"], "T0ACME")
        return {"user": {"id": given["user"], "team_id": team, "profile": {"email": mails[given["user"]]}}}

    def _views_open(self, given: dict[str, Any]) -> Any:
        assert len(json.dumps(given["view"])) < 250_000
        self.views.append(given["view"])
        return {"view": {"id": f"V{len(self.views)}"}}

    # --- what people do ---------------------------------------------------------------------------------------------

    def button(self, message: dict[str, Any], action: str) -> dict[str, Any]:
        """The element with this action; raises StopIteration where there is none."""
        rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
        return next(each for row in rows for each in row if each["action_id"] == action)

    def press(self, message: dict[str, Any], action: str, user: str = "U0ALICE", option: int = 0) -> dict[str, Any]:
        """The payload of a press."""
        element = self.button(message, action)
        self._clock += 1
        pressed: dict[str, Any] = {"type": element["type"], "action_id": action, "action_ts": f"{self._clock}.5"}
        if element["type"] == "static_select":
            pressed["selected_option"] = element["options"][option]
        else:
            pressed["value"] = element["value"]
        return {
            "type": "block_actions", "user": {"id": user, "username": "somebody"},
            "trigger_id": f"{self._clock}.trigger",
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": message["channel"]},
            "channel": {"id": message["channel"]}, "actions": [pressed],
        }  # fmt: skip

    def submit(self, view: dict[str, Any], user: str = "U0ALICE", **fields: Any) -> dict[str, Any]:
        """The payload of a form sent off; fields that are not given keep what was filled in."""
        values: dict[str, Any] = {}
        for block in view["blocks"]:
            element = block["element"]
            state = {name[8:]: element[name] for name in element if name.startswith("initial_")}
            values[block["block_id"]] = {
                element["action_id"]: _state(element["type"], state, fields, block["block_id"])
            }
        self._clock += 1
        sent = {**view, "id": f"V{self._clock}", "hash": "h", "state": {"values": values}}
        return {"type": "view_submission", "user": {"id": user}, "view": sent}

    def typed(self, text: str, user: str = "U0ALICE") -> dict[str, Any]:
        """The payload of `/escalator text`."""
        self._clock += 1
        return {"command": "/escalator", "text": text, "user_id": user, "trigger_id": f"{self._clock}.command"}

    # --- how it reaches us ------------------------------------------------------------------------------------------

    def signed(
        self, payload: dict[str, Any], *, at: float | None = None, secret: str = SECRET
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a request to /replies/slack."""
        form = payload if "command" in payload else {"payload": json.dumps(payload)}
        body, stamp = urlencode(form).encode(), str(int(time.time() if at is None else at))
        made = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        return body, {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": f"v0={made}",
        }

    async def socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self.tickets:
            return web.Response(status=403, text="used up")
        self.tickets.discard(ticket)
        if self.turned_away:
            self.turned_away -= 1
            return web.Response(status=408)
        connection = web.WebSocketResponse(autoping=True)
        await connection.prepare(request)
        self.sockets.append(connection)
        if not self.deaf:
            await connection.send_json({"type": "hello", "num_connections": 1})
        async for message in connection:
            if message.type is WSMsgType.TEXT:
                self.confirmed.put_nowait(json.loads(message.data))
        return connection

    async def envelope(self, payload: dict[str, Any], name: str) -> dict[str, Any]:
        """Sends a payload over the newest connection; what came back."""
        kind = "slash_commands" if "command" in payload else "interactive"
        sent = {"envelope_id": name, "type": kind, "payload": payload, "accepts_response_payload": True}
        await self.sockets[-1].send_json(sent)
        return await asyncio.wait_for(self.confirmed.get(), 5)

    def shown(self, message: dict[str, Any]) -> str:
        """Everything that people read of a message."""
        return json.dumps([message.get("text"), message.get("blocks")], ensure_ascii=False)


def _state(kind: str, filled: dict[str, Any], fields: dict[str, Any], name: str) -> dict[str, Any]:
    given = fields.get(name)
    if kind == "plain_text_input":
        return {"type": kind, "value": given if given is not None else filled.get("value")}
    if kind == "static_select":
        return {"type": kind, "selected_option": {"value": given} if given else filled.get("option")}
    chosen = [{"value": each} for each in given] if given is not None else filled.get("options", [])
    return {"type": kind, "selected_options": chosen}


def _refused(given: dict[str, Any]) -> str | None:
    """Slack's limits, as the reference has them."""
    blocks = given.get("blocks") or []
    if not given.get("text") and not blocks:
        return "no_text"
    if len(blocks) > 50 or len(json.dumps(blocks)) > 40_000:
        return "invalid_blocks"
    for block in blocks:
        limit = 150 if block["type"] == "header" else 3000
        if "text" in block and not 0 < len(block["text"]["text"]) <= limit:
            return "invalid_blocks"
        if block["type"] == "actions" and len(block["elements"]) > 25:
            return "invalid_blocks"
        for element in block.get("elements", ()):
            if len(str(element.get("value", ""))) > 2000:
                return "invalid_blocks"
    return None


def _failed(error: str) -> web.Response:
    return web.json_response({"ok": False, "error": error})


def fails(method: str, error: str, times: int = 1) -> Callable[[str], web.Response | None]:
    """A fault: so many calls of a method are refused with this code."""
    left = [times]

    def fault(called: str) -> web.Response | None:
        if called == method and left[0] > 0:
            left[0] -= 1
            return _failed(error)
        return None

    return fault


def limits(method: str, seconds: int, times: int = 1) -> Callable[[str], web.Response | None]:
    """A fault: 429 with Retry-After."""
    left = [times]

    def fault(called: str) -> web.Response | None:
        if called == method and left[0] > 0:
            left[0] -= 1
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(seconds)}
            )
        return None

    return fault


@asynccontextmanager
async def slack() -> AsyncIterator[tuple[Slack, str]]:
    """A workspace, and the base URL of its Web API."""
    workspace = Slack()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", workspace.take)
    app.router.add_get("/socket", workspace.socket)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server: Any = site._server
    workspace.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield workspace, f"{workspace.base}/api"
    finally:
        for connection in workspace.sockets:
            await connection.close()
        await runner.cleanup()
