"""Where messages arrive: a webhook receiver and a mail server in their own process, which answer and take the time.

An arrival is the number in the message (`bench-NNNNNNNN`, -1 where none is found) and when its first byte came, on the
monotonic clock, which all processes of one machine share.
"""

import asyncio
import re
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import uvloop

NUMBER = re.compile(rb"bench-(\d{8})")
Arrival = tuple[int, float]


class WebSink(asyncio.Protocol):
    """Says 200 to every request."""

    def __init__(self, arrivals: list[Arrival]) -> None:
        self.arrivals, self.buffer, self.began = arrivals, b"", 0.0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if not self.buffer:
            self.began = time.monotonic()
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) >= length:
            self.arrivals.append((_number(body), self.began))
            self.buffer = body[length:]
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


class MailSink(asyncio.Protocol):
    """Says 250 to everything."""

    def __init__(self, arrivals: list[Arrival]) -> None:
        self.arrivals, self.buffer, self.mail = arrivals, b"", False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            first, found, rest = self.buffer.partition(b"\r\n.\r\n" if self.mail else b"\r\n")
            if not found:
                return
            self.buffer = rest
            if self.mail:
                self.arrivals.append((_number(first), time.monotonic()))
            self.mail = not self.mail and first.upper() == b"DATA"
            self.transport.write(b"354 go on\r\n" if self.mail else b"250 OK\r\n")


def _number(message: bytes) -> int:
    found = NUMBER.search(message)
    return int(found[1]) if found else -1


async def _listen(pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    arrivals: list[Arrival] = []
    ended = asyncio.Event()
    web = await loop.create_server(lambda: WebSink(arrivals), "127.0.0.1", 0)
    mail = await loop.create_server(lambda: MailSink(arrivals), "127.0.0.1", 0)

    def asked() -> None:
        try:
            question = pipe.recv()
        except EOFError:
            return ended.set()
        if question == "count":
            pipe.send(len(arrivals))
        elif question == "take":
            pipe.send(list(arrivals))
            arrivals.clear()

    loop.add_reader(pipe.fileno(), asked)
    pipe.send([server.sockets[0].getsockname()[1] for server in (web, mail)])
    await ended.wait()


def _serve(pipe: Connection) -> None:
    uvloop.run(_listen(pipe))


class Sinks:
    """Both, as seen from outside."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._child = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._child.start()
        theirs.close()
        self.web_port, self.mail_port = self._pipe.recv()

    def count(self) -> int:
        self._pipe.send("count")
        return int(self._pipe.recv())

    def take(self) -> list[Arrival]:
        """Everything that arrived since the last call."""
        self._pipe.send("take")
        return self._pipe.recv()  # type: ignore[no-any-return]

    def wait(self, count: int, patience: float) -> bool:
        """Whether so many have arrived within `patience` seconds."""
        end = time.monotonic() + patience
        while self.count() < count:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def close(self) -> None:
        self._pipe.close()
        self._child.join(5)
