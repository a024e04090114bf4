"""The door for senders: plain ASGI, ahead of FastAPI's routing, because here every microsecond is paid for each alert.

2xx only after `intake.accept` came back. Never a redirect, never 429, 409 or 408: senders do not retry those.
What a retry can cure is 503; what cannot be read is kept in quarantine and pages through `catch_all`.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import parse_qs

import structlog
from starlette.types import Receive, Scope, Send

from escalator.core.instant import MINUTE, Instant
from escalator.engine.batch import Delivery
from escalator.engine.intake import Unwritable
from escalator.store.db import Unavailable
from escalator.web import alertmanager
from escalator.web.access import CHALLENGE, grant_of, may_ingest, token_in
from escalator.web.needs import Needs
from escalator.web.problems import MEDIA, RETRY_AFTER, document
from escalator.web.tally import Tally

PREFIX: Final = "/integrations/"
MOST_BYTES = 4 * 1024 * 1024
MOST_DRAINED = 8 * MOST_BYTES
"""How much of a too large body is read and thrown away, so that the sender can read our answer before we hang up."""
READERS: dict[str, Callable[[bytes, str, Instant], Delivery]] = {"alertmanager": alertmanager.read}
"""By source: bytes to a Delivery, or alertmanager.Unreadable."""

log = structlog.get_logger("escalator.ingest")


class _Refusal(Exception):
    """Ends a request with a problem."""

    def __init__(self, status: int, detail: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


class _Gone(Exception):
    """The sender hung up before its body was whole."""


class IngestDoor:
    """`POST /integrations/{source}[/{token}]`."""

    permission = "ingest"

    def __init__(self, needs: Needs) -> None:
        self.needs = needs
        self._strangers = Tally(5, 5 * MINUTE)
        self._complained = Tally(1, MINUTE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        source = ""
        try:
            source, tokens, length = _asked(scope)
            if not self.needs.open_mode:
                await self._let_in(source, tokens)
            body = await _body(receive, length)
            delivery = READERS[source](body, source, self.needs.database.now())
            accepted = await self.needs.intake.accept(delivery)
        except _Refusal as refusal:
            if refusal.status == 413:
                await self._complain("IngestTooLarge", source, f"{source} sent a body of more than {MOST_BYTES} bytes")
            await _refuse(scope, send, source, refusal)
        except (alertmanager.Unreadable, Unwritable) as failure:
            await _refuse(scope, send, source, await self._keep(source, body, str(failure)))
        except Unavailable:
            await _refuse(scope, send, source, _BUSY)
        except _Gone:
            log.info("sender hung up", source=source)
        else:
            payload = b'{"accepted": %d}' % accepted
            length_field = (b"content-length", b"%d" % len(payload))
            await send({"type": "http.response.start", "status": 200, "headers": [_JSON, length_field]})
            await send({"type": "http.response.body", "body": payload})

    async def _let_in(self, source: str, tokens: list[str]) -> None:
        refusal = _Refusal(401, "Token missing or unknown. Send Authorization: Bearer TOKEN.", _WHO)
        for token in tokens:
            grant = await grant_of(self.needs, token)
            if grant is not None and may_ingest(grant, source):
                return
            if grant is not None:
                refusal = _Refusal(403, f"This token lacks the scope ingest:{source}.")
        if self._strangers.add(source, self.needs.database.now()):
            why = "a missing, wrong or expired token"
            await self._complain("IngestUnauthorized", source, f"{source} was refused 5 times in 5 minutes: {why}")
        raise refusal

    async def _keep(self, source: str, body: bytes, reason: str) -> _Refusal:
        """Garbage may have been an alert: it is on disk before we say what is wrong with it."""
        try:
            await self.needs.intake.quarantine(source, body, reason)
        except Unavailable:
            return _BUSY
        return _Refusal(400, f"Not an {source} webhook: {reason}. The body is kept in quarantine.")

    async def _complain(self, name: str, source: str, summary: str) -> None:
        """At most one a minute: a stranger must not make us write."""
        now = self.needs.database.now()
        if self._complained.full(f"{name} {source}", now):
            return
        self._complained.add(f"{name} {source}", now)
        try:
            await self.needs.intake.complain(name, summary, {"integration": source})
        except Unavailable:
            log.error("could not open an incident", name=name, source=source)


_JSON = (b"content-type", b"application/json")
_WHO = (b"www-authenticate", CHALLENGE.encode())
_BUSY = _Refusal(503, "Cannot be stored now; send it again.", (b"retry-after", RETRY_AFTER.encode()))
_TOO_LARGE = _Refusal(
    413, f"At most {MOST_BYTES} bytes; set max_alerts or group into smaller batches.", (b"connection", b"close")
)


def _asked(scope: Scope) -> tuple[str, list[str], int]:
    """The source, every token offered and the body's announced length (0 where unknown)."""
    source, _, rest = scope["path"][len(PREFIX) :].partition("/")
    token = rest.rstrip("/")
    if source not in READERS or "/" in token:
        raise _Refusal(404, f"No such integration; there are: {', '.join(READERS)}.")
    if scope["method"] != "POST":
        raise _Refusal(405, "Alerts are sent with POST.", (b"allow", b"POST"))
    tokens, length = [token] if token else [], 0
    for name, value in scope["headers"]:
        if name == b"authorization":
            tokens += _offered(value)
        elif name == b"content-length":
            length = int(value)
        elif name == b"content-encoding" and value.lower() != b"identity":
            raise _Refusal(415, "Send the body uncompressed, without Content-Encoding.")
    if scope["query_string"]:
        tokens += parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
    return source, tokens, length


def _offered(authorization: bytes) -> Iterator[str]:
    # Senders write UTF-8 here, whatever the RFC says.
    token = token_in(authorization.decode("utf-8", "replace"), basic=True)
    if token:
        yield token


async def _body(receive: Receive, length: int) -> bytes:
    """The whole body, in memory only up to the limit; raises _Refusal 413 and _Gone."""
    message = await receive()
    if message["type"] != "http.request":
        raise _Gone
    if not message.get("more_body", False) and len(body := message.get("body", b"")) <= MOST_BYTES:
        return bytes(body)
    return await _long_body(receive, message, length)


async def _long_body(receive: Receive, message: Any, length: int) -> bytes:
    parts, size = [], 0
    while True:
        part = message.get("body", b"")
        size += len(part)
        if size <= MOST_BYTES and length <= MOST_BYTES:
            parts.append(part)
        elif size > MOST_DRAINED:
            break
        if not message.get("more_body", False):
            break
        message = await receive()
        if message["type"] != "http.request":
            raise _Gone
    if size > MOST_BYTES or length > MOST_BYTES:
        raise _TOO_LARGE
    return b"".join(parts)


async def _refuse(scope: Scope, send: Send, source: str, refusal: _Refusal) -> None:
    client = (scope.get("client") or ("",))[0]
    log.warning("ingest refused", source=source, status=refusal.status, reason=refusal.detail, client=client)
    payload = document(refusal.status, refusal.detail)
    fixed = [(b"content-type", MEDIA.encode()), (b"content-length", b"%d" % len(payload))]
    await send({"type": "http.response.start", "status": refusal.status, "headers": [*fixed, *refusal.headers]})
    await send({"type": "http.response.body", "body": payload})
