"""PagerDuty on loopback: the Events API v2 as its reference says, and webhooks as version 3 signs them.

It keeps alerts by dedup_key: a trigger after a resolve opens a new one, as PagerDuty does.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

KEY, SECRET = "a" * 32, "whsec-pagerduty"
FIELDS = {"routing_key", "event_action", "dedup_key", "payload", "images", "links", "client", "client_url"}
PAYLOAD = {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}


class PagerDuty:
    """One service."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.opened: list[str] = []
        """dedup_keys in the order in which alerts were opened."""
        self.open: set[str] = set()
        self.answers: list[web.Response | None] = []
        """What is answered first instead; None: the connection is cut after the event was taken."""
        self.awake = asyncio.Event()
        """Unset: every request hangs."""
        self.awake.set()
        self.asked = 0

    async def take(self, request: web.Request) -> web.Response:
        event = await request.json()
        self.asked += 1
        await self.awake.wait()
        if self.answers:
            answer = self.answers.pop(0)
            if answer is not None:
                return answer
            self._keep(event)
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if wrong := _wrong(event):
            said = {"status": "invalid event", "message": "Event object is invalid", "errors": wrong}
            return web.json_response(said, status=400)
        self._keep(event)
        return web.json_response(
            {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}, status=202
        )

    def _keep(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        key = event["dedup_key"]
        if event["event_action"] == "trigger" and key not in self.open:
            self.open.add(key)
            self.opened.append(key)
        if event["event_action"] == "resolve":
            self.open.discard(key)

    @property
    def actions(self) -> list[str]:
        return [event["event_action"] for event in self.events]

    def webhook(
        self, kind: str, key: str, *, agent: dict[str, Any] | None = None, name: str = "hook-1", secret: str = SECRET
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of one delivery."""
        user = {"id": "PUSER01", "type": "user_reference", "summary": "alice", "html_url": "https://acme.pagerduty.com"}
        event = {
            "id": f"01{name}", "event_type": kind, "resource_type": "incident", "occurred_at": "2026-03-04T03:11:00Z",
            "agent": user if agent is None else agent, "client": None,
            "data": {"id": "PGR0VU2", "type": "incident", "incident_key": key, "status": "acknowledged", "number": 2},
        }  # fmt: skip
        body = json.dumps({"event": event}).encode()
        return body, {
            "content-type": "application/json", "x-webhook-id": name,
            "x-pagerduty-signature": f"v1={'0' * 64},{signed(body, secret)}",
        }  # fmt: skip


def signed(body: bytes, secret: str = SECRET) -> str:
    return f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def _wrong(event: dict[str, Any]) -> list[str]:
    wrong = [f"unknown field {name}" for name in set(event) - FIELDS]
    if event.get("routing_key") != KEY:
        wrong.append("'routing_key' is invalid")
    if len(event.get("dedup_key", "")) > 255:
        wrong.append("'dedup_key' is too long")
    payload = event.get("payload") or {}
    if event["event_action"] == "trigger":
        wrong += [f"'payload.{name}' is missing" for name in ("summary", "source", "severity") if not payload.get(name)]
        wrong += [f"unknown field payload.{name}" for name in set(payload) - PAYLOAD]
        if len(payload.get("summary", "")) > 1024:
            wrong.append("'payload.summary' is too long")
        if payload.get("severity") not in ("critical", "error", "warning", "info"):
            wrong.append("'payload.severity' is invalid")
    if len(json.dumps(event)) > 512 * 1024:
        wrong.append("the event is too large")
    return wrong


@asynccontextmanager
async def pagerduty() -> AsyncIterator[tuple[PagerDuty, str]]:
    service = PagerDuty()
    app = web.Application(client_max_size=2**20)
    app.router.add_post("/v2/enqueue", service.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server: Any = site._server
    try:
        yield service, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        await runner.cleanup()
