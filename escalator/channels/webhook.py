"""The webhook channel: JSON by POST, signed as Standard Webhooks has it. All that is known of receivers stands here.

A receiver recognises a repeat by `webhook-id`, which stays the same at each retry; the signature and its time are new
each time. A request is made once: no redirect is followed, nothing is sent again behind the engine's back.
"""

import re
import time
from asyncio import timeout
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver
from standardwebhooks.webhooks import Webhook as Signer
from yarl import URL

from escalator.channels import clean
from escalator.channels.base import SEND_DEADLINE, Channel, Message, NotSent, Sent
from escalator.channels.network import Guard, Network
from escalator.channels.outbound import CONNECT_WITHIN, HEADERS, Outbound, beginning, unanswered
from escalator.channels.retry_after import seconds
from escalator.channels.seen import Seen, document
from escalator.channels.wiring import Wiring

BODY_LIMIT = 256 * 1024
"""Bytes; receivers refuse larger ones for good."""
ANSWER_LIMIT = 64 * 1024
CREDENTIAL = re.compile(r"(?i)auth|token|key|secret|cookie|password")
"""In the name of a header: its value is not repeated."""
RETRY_AT_ONCE = frozenset((408, 425, 429))
"""Client errors that another try can cure."""

Secrets = Sequence[str] | Callable[[str], Sequence[str]]


class Destination(NamedTuple):
    """An address, taken apart."""

    url: URL
    signers: tuple[Signer, ...]


class Webhook(Channel):
    """`secrets`: `whsec_…`, all of which sign (two while one is being replaced), or a function from address to those.

    An address may bring its own instead: `https://host/path#whsec_…,whsec_…` (a fragment never leaves this machine).
    `allow`: networks that may be reached though they are not public. Raises ValueError for a secret that is none.
    """

    via = "webhook"
    merges = False
    at_once = 64
    """How many sends may be under way; more would only queue in the event loop."""

    def __init__(
        self,
        secrets: Secrets = (),
        allow: Iterable[str | Network] = (),
        *,
        deadline: float = SEND_DEADLINE - 0.3,
        resolver: AbstractResolver | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        if not callable(secrets):
            secrets = tuple(secrets)
            for secret in secrets:
                signer(secret)
        self._secrets = secrets
        self._guard = Guard(allow)
        self._deadline = deadline
        self._wall = wall
        self._client = Outbound(
            self._guard,
            resolver=resolver,
            connect_within=min(CONNECT_WITHIN, deadline / 2),
            headers=HEADERS | {"Content-Type": "application/json"},
        )
        self._static = lru_cache(1024)(self._take_apart)

    async def send(self, address: str, message: Message) -> Sent:
        destination = self._static(address) if not callable(self._secrets) else self._take_apart(address)
        own = message.form
        body = own.body.encode("utf-8", "replace") if own is not None and own.body is not None else compose(message)
        headers = sign(destination.signers, f"msg_{message.key}", body, self._wall())
        headers |= dict(own.headers) if own is not None else {}
        try:
            async with timeout(self._deadline):
                return await self._post(destination.url, body, headers)
        except (aiohttp.ClientError, OSError) as trouble:
            raise unanswered(trouble) from None

    def provider(self, address: str) -> str:
        """Each receiver is a provider of its own: one that is down says nothing of the others."""
        parts = urlsplit(address.strip())
        return clean.line(f"webhook {parts.hostname or ''}{f':{parts.port}' if parts.port else ''}", 80)

    async def check(self) -> str:
        """There is no service of ours behind it, so this says what is set up and calls nobody."""
        secrets = "per address" if callable(self._secrets) else str(len(self._secrets))
        networks = ", ".join(map(str, self._guard.allow)) or "public ones only"
        return f"webhook: ready; signing secrets: {secrets}; networks: {networks}"

    async def close(self) -> None:
        await self._client.close()

    async def _post(self, url: URL, body: bytes, headers: dict[str, str]) -> Sent:
        async with self._client.post(url, data=body, headers=headers) as response:
            answer = (await beginning(response, ANSWER_LIMIT)).decode("utf-8", "replace")
            detail = clean.line(f"HTTP {response.status} {_unsaid(answer[:400], headers)}", 200)
            sent = judge(response.status, detail, response.headers.get("Retry-After"), self._wall())
            return sent._replace(acknowledged=_acknowledges(answer))

    def _take_apart(self, address: str) -> Destination:
        plain, _, fragment = address.strip().partition("#")
        own = [secret for secret in fragment.split(",") if secret.startswith("whsec_")]
        secrets = own or (self._secrets(address) if callable(self._secrets) else self._secrets)
        try:
            signers = tuple(signer(secret) for secret in secrets)
        except ValueError as trouble:
            raise NotSent("permanent", str(trouble)) from None
        return Destination(self._guard.destination(plain), signers)


def seen(message: Message) -> Seen:
    """The body of the request."""
    return document("POST", msgspec.json.decode(compose(message)))


SEEN = {"webhook": seen}


def from_wiring(wiring: Wiring) -> tuple[Webhook, ...]:
    """Needs no settings, so it is always there."""
    return (Webhook(wiring.webhook_secrets, wiring.outbound_allow),)


@lru_cache(256)
def signer(secret: str) -> Signer:
    """What signs with a secret; raises ValueError, which does not quote it."""
    prefix, _, encoded = secret.partition("_")
    try:
        key = b64decode(encoded + "==")  # the library pads too: some secrets are written without padding
    except ValueError:
        key = b""
    if prefix != "whsec" or not 24 <= len(key) <= 64:
        raise ValueError("a webhook signing secret is whsec_ and 24 to 64 bytes in base64")
    return Signer(key)


def sign(signers: Iterable[Signer], name: str, body: bytes, wall: float) -> dict[str, str]:
    """The headers of one attempt at the notification called `name`."""
    at, text = datetime.fromtimestamp(int(wall), UTC), body.decode()
    headers = {"webhook-id": name, "webhook-timestamp": str(int(wall)), "Idempotency-Key": name}
    signatures = " ".join(each.sign(name, at, text) for each in signers)
    return headers | {"webhook-signature": signatures} if signatures else headers


def compose(message: Message) -> bytes:
    """The body; of alerts as many, the worst first, as BODY_LIMIT holds."""
    alerts: Sequence[Any] = message.alerts
    body = _encode(_fields(message, alerts))
    while len(body) > BODY_LIMIT and alerts:
        alerts = alerts[: len(alerts) // 2]
        body = _encode(_fields(message, alerts))
    return body


def judge(status: int, detail: str, retry_after: str | None, wall: float) -> Sent:
    """What an HTTP answer means; raises NotSent."""
    if 200 <= status < 300:
        return Sent(None, detail, delivered=True)
    if 300 <= status < 400:
        raise NotSent("permanent", f"{detail}: redirects are not followed, so give the final address")
    if status == 410:
        raise NotSent("permanent", f"{detail}: the receiver wants no more messages at this address")
    if status >= 500 or status in RETRY_AT_ONCE:
        raise NotSent("temporary", detail, seconds(retry_after, wall))
    raise NotSent("permanent", detail)


def _unsaid(answer: str, headers: Mapping[str, str]) -> str:
    """The answer without our credentials: some receivers say in an error what they were sent."""
    for name, value in headers.items():
        if CREDENTIAL.search(name):
            for part in filter(lambda each: len(each) >= 8, value.split()):
                answer = answer.replace(part, "…")
    return answer


def _acknowledges(answer: str) -> bool:
    """Whether the answer is a JSON object with `"acknowledge": true`, and nothing that only looks like it."""
    if '"acknowledge"' not in answer:
        return False
    try:
        found = msgspec.json.decode(answer)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("acknowledge") is True


def _fields(message: Message, alerts: Sequence[Any]) -> dict[str, Any]:
    return {
        "type": message.kind,
        "incident": message.incident,
        "alerts": alerts,
        "person": message.person,
        "level": message.level,
        "round": message.round,
        "links": {"incident": message.link, "acknowledge": message.acknowledge},
    }


def _encode(fields: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(fields)
    except (ValueError, TypeError, RecursionError):  # half characters, foreign types: send what can be sent
        return msgspec.json.encode(_plain(fields, 6))


def _plain(value: Any, depth: int) -> Any:
    """The same value, made of what JSON knows."""
    if isinstance(value, (bool, int, float)) or value is None:
        return value
    if isinstance(value, dict) and depth:
        return {clean.line(key): _plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and depth:
        return [_plain(item, depth - 1) for item in value]
    return "\n".join(clean.block(value, 4096))
