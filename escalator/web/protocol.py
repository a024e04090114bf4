"""uvicorn's httptools protocol with the limits it lacks: size and number of header fields, one deadline for the receipt
of a whole request, connections per address. A request that arrives in one piece pays for none of them but a comparison.
"""

import asyncio
from collections import Counter
from ipaddress import ip_address
from typing import Any, ClassVar, NamedTuple

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from escalator.web.joined import Joined
from escalator.web.problems import MEDIA, document

log = structlog.get_logger("escalator.http")


class Limits(NamedTuple):
    """What one connection may take."""

    head_bytes: int = 32 * 1024
    """Request target and header fields together."""
    head_fields: int = 100
    request_bytes: int = 64 * 1024 * 1024
    """On the wire; the doors stop far earlier, this ends what they no longer listen to."""
    chunk_bytes: int = 16
    """What one chunk may add to its content: extensions and trailers have no use here, and no bound in HTTP."""
    receipt: float = 10.0
    """Seconds from a request's first byte (or from the connection) to its last."""
    per_address: int = 64
    """Connections; loopback is exempt, for there stands the proxy."""


class _TooMuch(Exception):
    """A header limit is passed; raised inside the parser's callback to stop it."""


class Guarded(HttpToolsProtocol):
    """One connection. `guarded` makes the class that a server runs, with limits and a count of its own."""

    limits: ClassVar[Limits] = Limits()
    addresses: ClassVar[Counter[str]] = Counter()

    _fresh = False
    """The request began within the current piece."""
    _whole = False
    """The request has arrived, or none is under way yet."""
    _piece = 0
    _raw = 0
    """Bytes on the wire in earlier pieces, and of content."""
    _content = 0
    _chunks = 0
    _deadline: asyncio.TimerHandle | None = None
    _refusal: tuple[int, str] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        super().connection_made(Joined(transport, self.loop))
        self._address = _counted(self.client)
        self.addresses[self._address] += 1
        if self._address and self.addresses[self._address] > self.limits.per_address:
            self._refuse(503, "Too many connections from this address.")
        else:
            self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self.addresses[self._address] -= 1
        if self.addresses[self._address] <= 0:
            del self.addresses[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._piece = len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._whole:
            if self._deadline is not None:
                self._disarm()
            self._stay()
            return
        self._raw, self._fresh = 0 if self._fresh else self._raw + self._piece, False
        self._arm()
        overhead = self._raw - self._content - self.limits.chunk_bytes * self._chunks
        # The parser hands a field over only when it is whole, so an endless one shows here alone.
        if overhead > 2 * self.limits.head_bytes:
            self._refuse(431, self._head_rule())
        elif self._raw > self.limits.request_bytes:
            self._refuse(413, f"At most {self.limits.request_bytes} bytes.")

    def eof_received(self) -> bool | None:  # type: ignore[override]  # uvicorn hangs up on those who still listen
        cycle = self.cycle
        if self._whole and cycle is not None and not cycle.response_complete:
            cycle.keep_alive = False
            return True
        return None

    def send_400_response(self, msg: str) -> None:
        self._refuse(*(self._refusal or (400, "This is not HTTP/1.1 as it is read here.")))

    def on_message_begin(self) -> None:
        self._fresh, self._whole = True, False
        self._content = self._chunks = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        limits, headers = self.limits, self.headers
        if len(headers) > limits.head_fields or (
            self._raw + self._piece > limits.head_bytes
            and len(self.url) + sum(len(name) + len(value) + 4 for name, value in headers) > limits.head_bytes
        ):
            self._refusal = 431, self._head_rule()
            raise _TooMuch
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._content += len(body)
        self._chunks += 1
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._whole = True
        super().on_message_complete()

    def _arm(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.limits.receipt, self._expire)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        self._deadline = None
        if self.flow.read_paused:
            # We stopped reading, so the sender is not to blame for the delay.
            self._arm()
            return
        log.info("request not received in time", client=self._address or "loopback", seconds=self.limits.receipt)
        self.transport.close()

    def _stay(self) -> None:
        """Stray bytes between requests must not keep an idle connection for good."""
        if self.cycle.response_complete and self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _head_rule(self) -> str:
        return f"At most {self.limits.head_fields} header fields and {self.limits.head_bytes} bytes of them."

    def _refuse(self, status: int, detail: str) -> None:
        log.warning("connection refused", status=status, reason=detail, client=self._address or "loopback")
        body = document(status, detail)
        head = b"content-type: %b\r\ncontent-length: %d\r\nconnection: close\r\n" % (MEDIA.encode(), len(body))
        retry = b"retry-after: 5\r\n" if status == 503 else b""
        self.transport.write(b"".join([STATUS_LINE[status], head, retry, b"\r\n", body]))
        self.transport.close()


def guarded(limits: Limits) -> type[Guarded]:
    """The protocol class for one server."""
    members: dict[str, Any] = {"limits": limits, "addresses": Counter()}
    return type("Guarded", (Guarded,), members)


def _counted(client: tuple[str, int] | None) -> str:
    """The address to count under; empty for those exempt."""
    if client is None or ip_address(client[0].partition("%")[0]).is_loopback:
        return ""
    return client[0]
