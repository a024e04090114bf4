"""The server on real sockets: slow, endless, oversized and ambiguous requests cost little and end."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from escalator.web import build
from escalator.web.joined import Joined
from escalator.web.protocol import Limits, _counted
from escalator.web.server import DoorServer, configuration
from tests.web.conftest import House

FIRING = (Path(__file__).parent.parent / "corpus" / "001-single-firing.json").read_bytes()
POST = b"POST /integrations/alertmanager HTTP/1.1\r\nHost: localhost\r\n"
QUICK = Limits(receipt=0.3)
PATIENCE = 5.0


@asynccontextmanager
async def served(house: House, limits: Limits = QUICK) -> AsyncIterator[int]:
    """The port of a real server on loopback."""
    needs = house.needs
    config = configuration(build(needs), "127.0.0.1", 0, limits=limits)
    config.lifespan = "off"
    server = DoorServer(config, needs.stopping)
    running = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await running


class Wire:
    """One connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, port: int) -> "Wire":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, *pieces: bytes, pause: float = 0.0) -> None:
        """Until the other side hangs up."""
        try:
            for piece in pieces:
                self.writer.write(piece)
                await self.writer.drain()
                if pause:
                    await asyncio.sleep(pause)
        except ConnectionError:
            pass

    async def rest(self) -> bytes:
        """All that comes until the other side hangs up; fails when it does not."""
        try:
            return await asyncio.wait_for(self.reader.read(), PATIENCE)
        except ConnectionError:
            return b""
        finally:
            self.writer.close()

    async def answer(self) -> tuple[int, bytes]:
        """One answer on a connection that stays."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return int(head.split(b" ")[1]), await self.reader.readexactly(length)


def status(answer: bytes) -> int | None:
    return int(answer.split(b" ")[1]) if answer else None


@pytest.fixture
def open_house(house: House) -> House:
    house.settings["open_mode"] = True
    return house


def whole(body: bytes = FIRING, *fields: bytes) -> bytes:
    return POST + b"".join(field + b"\r\n" for field in fields) + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def test_a_webhook_is_answered_and_the_connection_serves_the_next_one(open_house: House) -> None:
    async with served(open_house) as port:
        wire = await Wire.to(port)
        for _ in range(3):
            await wire.send(whole())
            assert await wire.answer() == (200, b'{"accepted": 1}')
        await wire.send(whole() * 20)
        for _ in range(20):
            assert await wire.answer() == (200, b'{"accepted": 1}')
        wire.writer.close()


async def test_a_request_in_many_pieces_is_one_request(open_house: House) -> None:
    async with served(open_house, Limits(receipt=5)) as port:
        wire = await Wire.to(port)
        request = whole()
        await wire.send(*(request[i : i + 97] for i in range(0, len(request), 97)), pause=0.001)
        assert (await wire.answer())[0] == 200
        wire.writer.close()


async def test_a_chunked_body_is_read_to_its_end(open_house: House) -> None:
    async with served(open_house) as port:
        wire = await Wire.to(port)
        chunks = b"".join(
            b"%x\r\n%b\r\n" % (len(FIRING[i : i + 10]), FIRING[i : i + 10]) for i in range(0, len(FIRING), 10)
        )
        await wire.send(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
        assert (await wire.answer())[0] == 200
        wire.writer.close()


@pytest.mark.parametrize(
    "pieces",
    [
        # Nothing at all.
        [],
        # Slowloris: a field now and then, for ever.
        [POST, *[b"X-a: b\r\n"] * 1000],
        # A body that drips.
        [POST + b"Content-Length: 1000\r\n\r\n", *[b"x"] * 1000],
        # Chunks that drip.
        [POST + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 1000],
        # Empty lines, which a parser forgives before a request.
        [b"\r\n"] * 1000,
    ],
    ids=["silence", "fields", "body", "chunks", "lines"],
)
async def test_a_request_that_is_not_whole_in_time_is_hung_up_on(open_house: House, pieces: list[bytes]) -> None:
    async with served(open_house) as port:
        wire = await Wire.to(port)
        sending = asyncio.create_task(wire.send(*pieces, pause=0.02))
        began = asyncio.get_running_loop().time()
        assert await wire.rest() == b""
        assert asyncio.get_running_loop().time() - began < 2
        sending.cancel()
    assert open_house.intake.deliveries == []
    assert open_house.intake.kept == []


async def test_the_deadline_is_for_each_request_anew(open_house: House) -> None:
    async with served(open_house) as port:
        wire = await Wire.to(port)
        for _ in range(4):
            request = whole()
            await wire.send(request[:50], request[50:], pause=0.1)
            assert (await wire.answer())[0] == 200
        # Idle between requests is not a slow request.
        await asyncio.sleep(0.5)
        await wire.send(whole())
        assert (await wire.answer())[0] == 200
        wire.writer.close()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (b"".join(b"X-%d: y\r\n" % number for number in range(95)), 200),
        (b"".join(b"X-%d: y\r\n" % number for number in range(120)), 431),
        (b"X: " + b"y" * 20_000 + b"\r\n", 200),
        (b"X: " + b"y" * 40_000 + b"\r\n", 431),
        (b"".join(b"X-%d: %b\r\n" % (number, b"y" * 1000) for number in range(50)), 431),
        (b"X: " + b"y" * 1_000_000 + b"\r\n", 431),
    ],
)
async def test_header_fields_have_a_limit_of_number_and_size(open_house: House, fields: bytes, expected: int) -> None:
    async with served(open_house) as port:
        wire = await Wire.to(port)
        closing = b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(FIRING)
        asyncio.create_task(wire.send(POST + fields + closing + FIRING)).add_done_callback(lambda _: None)
        answer = await wire.rest()
    # A sender that is still writing when we hang up may see a reset instead of the answer.
    assert status(answer) == expected or (len(fields) > 100_000 and answer == b"")


@pytest.mark.parametrize(
    "head",
    [b"GET /" + b"a" * 200_000, POST + b"X: ", POST + b"X" * 100, b"GET /?" + b"%41" * 100_000],
    ids=["target", "value", "name", "query"],
)
async def test_a_head_without_end_is_cut_off_long_before_the_deadline(open_house: House, head: bytes) -> None:
    async with served(open_house, Limits(receipt=60)) as port:
        wire = await Wire.to(port)
        sending = asyncio.create_task(wire.send(head, *[b"a" * 10_000] * 200, pause=0.001))
        answer = await wire.rest()
        await sending
    assert status(answer) in (431, None)


@pytest.mark.parametrize(
    "request_",
    [
        # Two lengths: one of us would see another request than the other.
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: +5\r\n\r\nhello",
        POST + b"Content-Length: 5, 5\r\n\r\nhello",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
        # Chunk sizes that overflow or are no numbers.
        POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx",
        POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"garbage\r\n\r\n",
        POST + b"X: a\x00b\r\n\r\n",
    ],
    ids=lambda value: repr(value[-50:]),
)
async def test_a_request_that_can_be_read_in_two_ways_is_refused_and_hung_up_on(
    open_house: House, request_: bytes
) -> None:
    async with served(open_house) as port:
        wire = await Wire.to(port)
        await wire.send(request_)
        answer = await wire.rest()
    assert status(answer) == 400
    assert b"application/problem+json" in answer
    assert open_house.intake.deliveries == []


async def test_chunk_extensions_and_trailers_without_end_are_cut_off(open_house: House) -> None:
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    extension = [head + b"1;x="] + [b"y" * 10_000] * 100
    trailer = [head + b"1\r\nx\r\n0\r\nX: "] + [b"y" * 10_000] * 100
    bomb = [head] + [b"1;" + b"e" * 500 + b"\r\nx\r\n"] * 2000
    async with served(open_house, Limits(receipt=60)) as port:
        for pieces in (extension, trailer, bomb):
            wire = await Wire.to(port)
            sending = asyncio.create_task(wire.send(*pieces, pause=0.0005))
            assert status(await wire.rest()) in (431, 400, None)
            await sending
    assert open_house.intake.deliveries == []


async def test_small_chunks_alone_are_no_bomb(open_house: House) -> None:
    async with served(open_house, Limits(receipt=5)) as port:
        wire = await Wire.to(port)
        body = FIRING + b" " * 60_000
        pieces = [b"".join(b"1\r\n%c\r\n" % byte for byte in body[i : i + 1000]) for i in range(0, len(body), 1000)]
        await wire.send(POST + b"Transfer-Encoding: chunked\r\n\r\n", *pieces, b"0\r\n\r\n")
        assert (await wire.answer())[0] == 200
        wire.writer.close()


async def test_a_body_past_four_megabytes_is_answered_413_and_complained_of(open_house: House) -> None:
    async with served(open_house, Limits(receipt=5)) as port:
        wire = await Wire.to(port)
        await wire.send(whole(b"x" * (5 * 1024 * 1024)))
        answer = await wire.rest()
    assert status(answer) == 413
    assert open_house.intake.complaints[0][0] == "IngestTooLarge"


async def test_a_sender_that_closes_its_half_still_hears_the_answer(open_house: House) -> None:
    async with served(open_house) as port:
        wire = await Wire.to(port)
        wire.writer.write(whole())
        wire.writer.write_eof()
        assert status(await wire.rest()) == 200


async def test_a_sender_that_closes_its_half_too_early_leaves_nothing(open_house: House) -> None:
    async with served(open_house) as port:
        wire = await Wire.to(port)
        wire.writer.write(whole()[:-10])
        wire.writer.write_eof()
        assert await wire.rest() == b""
    assert (open_house.intake.deliveries, open_house.intake.kept) == ([], [])


async def test_a_sender_that_asks_first_is_told_to_go_on_and_not_when_it_is_a_stranger(house: House) -> None:
    async with served(house) as port:
        stranger = await Wire.to(port)
        await stranger.send(POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(FIRING))
        assert (await stranger.answer())[0] == 401
        stranger.writer.close()
        wire = await Wire.to(port)
        known = b"Authorization: Bearer token-ingest\r\nExpect: 100-continue\r\n"
        await wire.send(POST + known + b"Content-Length: %d\r\n\r\n" % len(FIRING))
        assert await asyncio.wait_for(wire.reader.readuntil(b"\r\n\r\n"), PATIENCE) == b"HTTP/1.1 100 Continue\r\n\r\n"
        await wire.send(FIRING)
        assert (await wire.answer())[0] == 200
        wire.writer.close()


async def test_an_address_has_so_many_connections_and_no_more(
    open_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Loopback is exempt: here it plays another address.
    monkeypatch.setattr("escalator.web.protocol._counted", lambda client: "192.0.2.1")
    async with served(open_house, Limits(receipt=5, per_address=3)) as port:
        wires = [await Wire.to(port) for _ in range(3)]
        for wire in wires:
            await wire.send(whole())
            assert (await wire.answer())[0] == 200
        refused = await (await Wire.to(port)).rest()
        assert status(refused) == 503
        assert b"retry-after: 5" in refused
        wires.pop().writer.close()
        await asyncio.sleep(0.05)
        wire = await Wire.to(port)
        await wire.send(whole())
        assert (await wire.answer())[0] == 200
        for each in (*wires, wire):
            each.writer.close()


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        (("192.0.2.1", 1), "192.0.2.1"),
        (("127.0.0.1", 1), ""),
        (("::1", 1), ""),
        (("fe80::1%eth0", 1), "fe80::1%eth0"),
        (None, ""),
    ],
)
def test_loopback_alone_is_not_counted(client: tuple[str, int] | None, counted: str) -> None:
    assert _counted(client) == counted


async def test_no_answer_tells_what_runs_here(open_house: House) -> None:
    async with served(open_house) as port:
        wire = await Wire.to(port)
        await wire.send(whole(FIRING, b"Connection: close"))
        answer = (await wire.rest()).lower()
    assert b"server:" not in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {"accepted": 1}


async def test_a_listener_does_not_hold_the_service_back_from_stopping(open_house: House) -> None:
    async with served(open_house) as port:
        wire = await Wire.to(port)
        await wire.send(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.wait_for(wire.reader.readuntil(b"retry: 3000"), PATIENCE)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 3
    wire.writer.close()


class Recorder(asyncio.Transport):
    """A transport that keeps each write apart."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: object) -> None:
        assert isinstance(data, bytes)
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        """Nothing is read here."""

    def resume_reading(self) -> None:
        """Nothing is read here."""


async def test_an_answers_head_goes_out_with_its_body_in_one_piece() -> None:
    wire = Recorder()
    joined = Joined(wire, asyncio.get_running_loop())
    joined.write(b"HTTP/1.1 200 OK\r\n\r\n")
    joined.write(b"body")
    joined.write(b"more")
    await asyncio.sleep(0)
    assert wire.written == [b"HTTP/1.1 200 OK\r\n\r\nbody", b"more"]


async def test_a_head_without_a_body_waits_for_one_turn_of_the_loop_at_most() -> None:
    wire = Recorder()
    joined = Joined(wire, asyncio.get_running_loop())
    joined.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert wire.written == []
    await asyncio.sleep(0)
    assert wire.written == [b"HTTP/1.1 100 Continue\r\n\r\n"]
    joined.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    joined.close()
    assert (wire.written[1:], wire.closed) == ([b"HTTP/1.1 204 No Content\r\n\r\n"], True)
