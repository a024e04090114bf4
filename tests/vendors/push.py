"""Browsers and their push service on loopback: RFC 8030 for the request, RFC 8292 for who sends, RFC 8291 for the rest.

Signatures are checked with `cryptography`, and messages opened with http_ece, as a browser would. A request that a push
service would refuse is a failure of the test.
"""

import asyncio
import json
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, NamedTuple

import http_ece  # type: ignore[import-untyped]
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from escalator.channels.desk import Device

MOST_BYTES = 4096


class Fault(NamedTuple):
    """What a device's next request meets."""

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    drips: bool = False
    """The answer's body never comes."""


class Taken(NamedTuple):
    """One request, as the browser and the push service see it."""

    device: str
    payload: dict[str, Any]
    headers: Mapping[str, str]
    claims: dict[str, Any]
    key: str
    """The public key of who sent it."""


class Browser:
    """One subscription with its private half."""

    def __init__(self, name: str, base: str) -> None:
        self.name = name
        self.endpoint = f"{base}/push/{name}"
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.secret = (name.encode() * 16)[:16]

    @property
    def keys(self) -> dict[str, str]:
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": text(point), "auth": text(self.secret)}

    def device(self, person: str = "alice") -> Device:
        return Device(f"id-{self.name}", person, self.endpoint, **self.keys, label=self.name)

    def open(self, body: bytes) -> dict[str, Any]:
        plain = http_ece.decrypt(body, private_key=self.private, auth_secret=self.secret, version="aes128gcm")
        found: dict[str, Any] = json.loads(plain)
        return found


class PushService:
    """Takes messages for its browsers; `faults` by browser are met first."""

    def __init__(self) -> None:
        self.base = ""
        self.browsers: dict[str, Browser] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.taken: list[Taken] = []
        self.calls: list[str] = []
        """Every request, refused ones too."""
        self.wrong: list[str] = []

    def browser(self, name: str = "phone", *faults: Fault) -> Browser:
        self.browsers[name] = Browser(name, self.base)
        self.faults[name] = list(faults)
        return self.browsers[name]

    async def push(self, request: web.Request) -> web.Response:
        name, body = request.match_info["name"], await request.read()
        self.calls.append(name)
        try:
            claims, key = signed(request.headers["Authorization"], self.base)
            _check(request.headers, body)
            payload = self.browsers[name].open(body)
        except Exception as error:
            self.wrong.append(repr(error))
            raise
        if self.faults[name]:
            fault = self.faults[name].pop(0)
            if fault.drips:
                await _drip(request, fault)
            return web.Response(status=fault.status, headers=fault.headers, text="as asked")
        self.taken.append(Taken(name, payload, dict(request.headers), claims, key))
        return web.Response(status=201, headers={"Location": f"{self.base}/message/{len(self.taken)}"})


def signed(header: str, base: str) -> tuple[dict[str, Any], str]:
    """The claims and the key of a VAPID header; raises where a push service would answer 401 or 403."""
    match = re.fullmatch(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+),\s*k=([\w-]+)", header)
    assert match, header
    head, claims, signature, key = match.groups()
    assert json.loads(raw(head))["alg"] == "ES256"
    both = raw(signature)
    assert len(both) == 64
    der = encode_dss_signature(int.from_bytes(both[:32], "big"), int.from_bytes(both[32:], "big"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(key))
    public.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    said: dict[str, Any] = json.loads(raw(claims))
    assert said["aud"] == base, said
    assert time.time() < said["exp"] <= time.time() + 24 * 3600
    assert said["sub"].startswith(("mailto:", "http")), said
    return said, key


def _check(headers: Mapping[str, str], body: bytes) -> None:
    assert headers["Content-Encoding"] == "aes128gcm"
    assert int(headers["TTL"]) >= 0
    assert headers["Urgency"] in ("very-low", "low", "normal", "high")
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", headers["Topic"])
    assert len(body) <= MOST_BYTES


async def _drip(request: web.Request, fault: Fault) -> None:
    """Says a status, and nothing more until the caller hangs up."""
    answer = web.StreamResponse(status=fault.status, headers={**fault.headers, "Content-Length": "100"})
    await answer.prepare(request)
    await request.content.wait_eof()
    await asyncio.Event().wait()


def text(plain: bytes) -> str:
    return urlsafe_b64encode(plain).rstrip(b"=").decode()


def raw(encoded: str) -> bytes:
    return urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    """Fails at its end when a request was wrong."""
    service = PushService()
    app = web.Application()
    app.router.add_post("/push/{name}", service.push)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        await runner.cleanup()
    assert service.wrong == []
