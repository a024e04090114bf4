"""How many messages a second the channels hand over on loopback, to a sink in a process of its own that only answers.

    python -m benchmarks.channels [messages]

Wording, signing, MIME and the network are all in it; the outbox is not.
"""

import asyncio
import multiprocessing
import sys
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection

import uvloop

from escalator.channels.base import Message
from escalator.channels.email import Email
from escalator.channels.webhook import Webhook

IN_FLIGHT = {"email": 8, "webhook": 48}
ALERT = {
    "fingerprint": "dbd8a18479deecee",
    "source": "alertmanager",
    "status": "firing",
    "labels": {"alertname": "HostDown", "cluster": "c1", "instance": "host01.example:9100", "severity": "critical"},
    "annotations": {"summary": "host01 does not answer", "runbook_url": "https://wiki.example/runbooks/HostDown"},
    "starts_at": "2026-03-04T03:09:12Z",
    "ends_at": None,
    "last_seen": "2026-03-04T03:10:00Z",
    "generator_url": "http://prometheus.example:9090/graph",
    "incident": "42",
}


def message(id: int) -> Message:
    incident = {
        "id": str(id),
        "status": "triggered",
        "title": f"HostDown host{id}",
        "severity": "critical",
        "urgency": "high",
        "policy": "boardroom",
        "opened_at": "2026-03-04T03:10:00Z",
        "alerts": {"firing": 1, "resolved": 0},
        "paged": ["alice"],
    }
    link = f"https://escalator.example/incidents/{id}"
    reason, acknowledge = "level 1", f"https://escalator.example/replies/email/{'x' * 43}"
    return Message(id, "page", incident, (ALERT,), "alice", "schedule boardroom", 1, 1, reason, link, acknowledge)


class MailSink(asyncio.Protocol):
    """Says 250 to everything."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is a stream's
        self.transport, self.buffer, self.mail = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, received: bytes) -> None:
        self.buffer += received
        while True:
            end = b"\r\n.\r\n" if self.mail else b"\r\n"
            first, found, rest = self.buffer.partition(end)
            if not found:
                return
            self.buffer = rest
            self.mail = not self.mail and first.upper() == b"DATA"
            self.transport.write(b"354 go on\r\n" if self.mail else b"250 OK\r\n")


class WebSink(asyncio.Protocol):
    """Says 200 to every request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is a stream's
        self.transport, self.buffer = transport, b""

    def data_received(self, received: bytes) -> None:
        self.buffer += received
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) >= length:
            self.buffer = body[length:]
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def sink(protocol: type[asyncio.Protocol], ready: Connection) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(serve())


async def measure(send: Callable[[Message], Awaitable[object]], messages: int, in_flight: int) -> float:
    todo = iter(range(messages))

    async def sender() -> None:
        for id in todo:
            await send(message(id))

    await send(message(0))
    started = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(in_flight)))
    return messages / (time.perf_counter() - started)


async def run(messages: int, ports: dict[str, int]) -> None:
    mail = Email(f"smtp://127.0.0.1:{ports['email']}?tls=none", "alerts@escalator.example", "escalator.example")
    secret = "whsec_" + "c2VjcmV0" * 4
    hook = Webhook([secret], ["127.0.0.0/8"])
    addresses = {"email": "alice@example.com", "webhook": f"http://127.0.0.1:{ports['webhook']}/hook"}
    for _ in range(3):
        for channel in (mail, hook):
            address = addresses[channel.via]
            rate = await measure(lambda m, c=channel, a=address: c.send(a, m), messages, IN_FLIGHT[channel.via])  # type: ignore[misc]
            print(f"{channel.via:8} {rate:7.0f} messages/s, {IN_FLIGHT[channel.via]} in flight")
    await mail.close()
    await hook.close()


def main() -> None:
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    ports, processes = {}, []
    for via, protocol in (("email", MailSink), ("webhook", WebSink)):
        here, there = multiprocessing.Pipe()
        process = multiprocessing.Process(target=sink, args=(protocol, there), daemon=True)
        process.start()
        processes.append(process)
        ports[via] = here.recv()
    uvloop.run(run(messages, ports))
    for process in processes:
        process.terminate()
        process.join()


if __name__ == "__main__":
    main()
