"""A client that calls an ASGI application directly: no socket, no threads, no third library."""

import asyncio
import json as json_module
from typing import Any, NamedTuple

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message


class Answer(NamedTuple):
    status: int
    headers: Headers
    body: bytes

    def json(self) -> Any:
        return json_module.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Client:
    """Speaks to one application, by default with nothing but a Host."""

    def __init__(self, app: ASGIApp, *, host: str = "localhost:8080", token: str | None = None) -> None:
        self.app = app
        self.stays = False
        """Whether it keeps the line open after its request, as one who listens to a stream."""
        self.base = {"host": host} | ({"authorization": f"Bearer {token}"} if token else {})

    async def get(self, target: str, **more: Any) -> Answer:
        return await self.request("GET", target, **more)

    async def post(self, target: str, **more: Any) -> Answer:
        return await self.request("POST", target, **more)

    async def delete(self, target: str, **more: Any) -> Answer:
        return await self.request("DELETE", target, **more)

    async def patch(self, target: str, **more: Any) -> Answer:
        return await self.request("PATCH", target, **more)

    async def request(
        self,
        method: str,
        target: str,
        *,
        json: Any = None,
        body: bytes | list[bytes] = b"",
        headers: dict[str, str] | None = None,
        announce: bool = True,
    ) -> Answer:
        """`body` as a list arrives in pieces; `announce=False` leaves Content-Length out."""
        fields = self.base | {name.lower(): value for name, value in (headers or {}).items()}
        if json is not None:
            body = json_module.dumps(json).encode()
            fields.setdefault("content-type", "application/json")
        pieces = body if isinstance(body, list) else [body]
        if announce and any(pieces):
            fields.setdefault("content-length", str(sum(map(len, pieces))))
        return await self._exchange(method, target, fields, pieces)

    async def _exchange(self, method: str, target: str, fields: dict[str, str], pieces: list[bytes]) -> Answer:
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode("utf-8")) for name, value in fields.items()],
            "client": ("192.0.2.7", 50000),
            "server": ("localhost", 8080),
        }
        waiting = [
            {"type": "http.request", "body": piece, "more_body": number < len(pieces) - 1}
            for number, piece in enumerate(pieces)
        ]
        start: dict[str, Any] = {}
        parts: list[bytes] = []

        async def receive() -> Message:
            if not waiting and self.stays:
                await asyncio.Event().wait()
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, send)
        return Answer(start["status"], Headers(raw=list(start["headers"])), b"".join(parts))
