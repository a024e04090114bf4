"""What every request passes, whatever it asks for: where it may come from, how large it may be, what its answer
carries, and the line it leaves in the log. The senders' door is taken here, before any routing.
"""

import ipaddress
import time
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from escalator.web.ingest import PREFIX, IngestDoor
from escalator.web.problems import MEDIA, Problem, document

MOST_BYTES: Final = 1024 * 1024
"""Of a request's body at every door but the senders'."""

_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
_HSTS = (b"strict-transport-security", b"max-age=31536000")

log = structlog.get_logger("escalator.access")


class Gate:
    """The application as the server runs it."""

    def __init__(self, app: ASGIApp, ingest: IngestDoor, *, open_mode: bool, public_url: str) -> None:
        self.app = app
        self.ingest = ingest
        self.open_mode = open_mode
        self.headers = (*_HEADERS, _HSTS) if public_url.startswith("https:") else _HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif self.open_mode and (stranger := _stranger(scope["headers"])):
            await _refuse(send, 403, stranger)
        elif scope["path"].startswith(PREFIX):
            # Successes are counted in the metrics, not logged line by line; the door logs its refusals.
            await self.ingest(scope, receive, send)
        else:
            await self._other(scope, receive, send)

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        status = 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": self._guarded(message.get("headers", []))}
            await send(message)

        try:
            refusal = _oversized(scope["headers"])
            if refusal:
                await _refuse(sent, *refusal)
            else:
                await self.app(scope, _capped(receive), sent)
        finally:
            self._log(scope, status, time.perf_counter() - began)

    def _guarded(self, headers: Any) -> list[tuple[bytes, bytes]]:
        given = {name for name, _ in headers}
        return [*headers, *(pair for pair in self.headers if pair[0] not in given)]

    def _log(self, scope: Scope, status: int, took: float) -> None:
        client = (scope.get("client") or ("",))[0]
        path = redacted(scope["path"])
        log.info("request", method=scope["method"], path=path, status=status, ms=round(took * 1000, 1), client=client)


def redacted(path: str) -> str:
    """A path without the tokens that stand in it; queries are never logged."""
    parts = path.split("/")
    if parts[1:2] == ["integrations"] or parts[1:3] in (["replies", "link"], ["replies", "email"]):
        parts[3:] = ["…" for part in parts[3:] if part]
    elif parts[1:2] in (["devices"], ["calendars"], ["sign-in"]):
        parts[2:3] = ["…"]
    return "/".join(parts)


def _stranger(headers: list[tuple[bytes, bytes]]) -> str | None:
    """Why a request must not come in where everything is open: another site in the same browser could have sent it."""
    host, origin = "", None
    for name, value in headers:
        if name == b"host":
            host = value.decode("latin-1")
        elif name == b"origin":
            origin = value.decode("latin-1")
    if not loopback(host):
        return "Running open, without tokens: only reachable as localhost. Make a token to open other names."
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return "Running open, without tokens: another site may not send requests here."
    return None


@lru_cache(256)
def loopback(host: str) -> bool:
    """Whether a Host header (name, and perhaps a port) names this machine and nothing else."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _oversized(headers: list[tuple[bytes, bytes]]) -> tuple[int, str] | None:
    for name, value in headers:
        if name == b"content-length" and int(value) > MOST_BYTES:
            return 413, f"At most {MOST_BYTES} bytes."
        if name == b"content-encoding" and value.lower() != b"identity":
            return 415, "Send the body uncompressed, without Content-Encoding."
    return None


def _capped(receive: Receive) -> Receive:
    size = 0

    async def capped() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MOST_BYTES:
            raise Problem(413, f"At most {MOST_BYTES} bytes.")
        return message

    return capped


async def _refuse(send: Send, status: int, detail: str) -> None:
    payload = document(status, detail)
    headers = [(b"content-type", MEDIA.encode()), (b"content-length", b"%d" % len(payload))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": payload})
