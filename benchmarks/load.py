"""The load generator, in a process of its own: keep-alive connections, one request under way on each.

Closed loop: every connection sends its next request when the answer is there. Open loop (`rate`): a request is due at
its time, whether or not a connection is free, and its clock runs from then. The report says what it can do at most.
"""

import asyncio
import gc
import math
import time
from collections import deque
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import uvloop

from benchmarks.bodies import FORM, STAMP

LINGER = 10.0
"""Seconds after the last request for answers to come."""


class Shot(NamedTuple):
    """What to send."""

    port: int
    template: bytes
    """A whole request; STAMP becomes its number."""
    seconds: float
    first: int = 0
    numbers: int = 10**8
    """How many numbers there are, counted from `first`."""
    cycle: bool = False
    """Begin again at `first` when all are out; else the shot ends."""
    connections: int = 64
    rate: float | None = None
    form: bytes = FORM


class Score(NamedTuple):
    """What came of it. Times are seconds."""

    answers: int
    refused: int
    """Answers that were not 2xx, and connections that broke."""
    seconds: float
    used: int
    """Numbers sent, counted from the first."""
    took: list[float]
    sent: list[tuple[int, float]]
    """Open loop: the number and when it was due, on the monotonic clock."""

    @property
    def rate(self) -> float:
        return self.answers / self.seconds if self.seconds else 0.0


class Firing:
    """One shot under way."""

    def __init__(self, shot: Shot) -> None:
        self.shot = shot
        self.answers = self.refused = self.used = 0
        self.took: list[float] = []
        self.sent: list[tuple[int, float]] = []
        self.waiting: deque[tuple[bytes, float]] = deque()
        self.idle: list[Client] = []
        self.flying = 0
        self.ended = False
        self.last = 0.0
        self.done = asyncio.Event()

    def next(self) -> bytes | None:
        """The next request, None when there is none."""
        shot = self.shot
        if self.used >= shot.numbers and not shot.cycle:
            return None
        number = shot.first + self.used % shot.numbers
        self.used += 1
        return shot.template.replace(STAMP, shot.form % number)

    def answered(self, client: "Client", good: bool, began: float) -> None:
        now = time.monotonic()
        self.last = now
        self.took.append(now - began)
        self.answers += good
        self.refused += not good
        self.flying -= 1
        self.feed(client, now)

    def feed(self, client: "Client", now: float) -> None:
        """The client's next request, by the loop that this shot is."""
        if self.shot.rate is not None:
            if self.waiting:
                self.flying += 1
                client.send(*self.waiting.popleft())
            else:
                self.idle.append(client)
        elif not self.ended and (request := self.next()) is not None:
            self.flying += 1
            client.send(request, now)
        if not self.flying and not self.waiting and (self.ended or self.shot.rate is None):
            self.done.set()

    async def pace(self, start: float) -> None:
        """Releases the requests of an open loop when they are due."""
        assert self.shot.rate is not None
        while (now := time.monotonic()) < start + self.shot.seconds:
            due = math.floor((now - start) * self.shot.rate)
            while self.used < due and (request := self.next()) is not None:
                self.sent.append((self.shot.first + self.used - 1, now))
                if self.idle:
                    self.flying += 1
                    self.idle.pop().send(request, now)
                else:
                    self.waiting.append((request, now))
            await asyncio.sleep(0.0005)


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, firing: Firing) -> None:
        self.firing = firing
        self.buffer = b""
        self.began = 0.0
        self.busy = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def send(self, request: bytes, began: float) -> None:
        self.began, self.busy = began, True
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer = received = self.buffer + data if self.buffer else data
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = received[:end].lower()
        at = head.find(b"content-length:")
        if at < 0:
            if not (b"chunked" in head and received.endswith(b"0\r\n\r\n")):
                return
        elif len(received) < end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0]):
            return
        self.buffer, self.busy = b"", False
        self.firing.answered(self, head[9:10] == b"2", self.began)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.busy:
            self.busy = False
            self.firing.refused += 1
            self.firing.flying -= 1
            if not self.firing.flying:
                self.firing.done.set()


async def fire(shot: Shot) -> Score:
    """One shot, from connecting to the last answer."""
    loop = asyncio.get_running_loop()
    firing = Firing(shot)
    clients = []
    for _ in range(shot.connections):
        _, client = await loop.create_connection(lambda: Client(firing), "127.0.0.1", shot.port)
        clients.append(client)
    gc.disable()
    start = time.monotonic()
    loop.call_later(shot.seconds, setattr, firing, "ended", True)
    for client in clients:
        firing.feed(client, start)
    if shot.rate is not None:
        await firing.pace(start)
        firing.ended = True
        if not firing.flying:
            firing.done.set()
    try:
        await asyncio.wait_for(firing.done.wait(), shot.seconds + LINGER)
    except TimeoutError:
        firing.refused += firing.flying
    gc.enable()
    for client in clients:
        client.busy = False
        client.transport.close()
    return Score(firing.answers, firing.refused, max(firing.last - start, 1e-9), firing.used, firing.took, firing.sent)


def _serve(pipe: Connection) -> None:
    while (shot := pipe.recv()) is not None:
        try:
            pipe.send(uvloop.run(fire(shot)))
        except OSError as error:
            pipe.send(error)


class Load:
    """The generator as seen from outside; one shot at a time. Raises OSError where nobody listens."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._child = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._child.start()

    def begin(self, shot: Shot) -> None:
        self._pipe.send(shot)

    def end(self) -> Score:
        """The score of the shot that was begun."""
        score = self._pipe.recv()
        if isinstance(score, OSError):
            raise score
        return score  # type: ignore[no-any-return]

    def fire(self, shot: Shot) -> Score:
        self.begin(shot)
        return self.end()

    def close(self) -> None:
        self._pipe.send(None)
        self._child.join(5)
