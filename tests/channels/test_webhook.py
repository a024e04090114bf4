"""Webhooks against real HTTP servers on loopback."""

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from standardwebhooks.webhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from escalator.channels.base import Message, NotSent
from escalator.channels.retry_after import seconds
from escalator.channels.webhook import BODY_LIMIT, Webhook, compose
from tests.channels.samples import ACKNOWLEDGE, ALERT, INCIDENT, LINK, alert, page

OLD = "whsec_" + b64encode(b"o" * 32).decode()
NEW = "whsec_" + b64encode(b"n" * 24).decode()
LOOPBACK = ("127.0.0.0/8",)


class Unknown(AbstractResolver):
    """DNS that knows nobody."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        raise OSError(None, "Name or service not known")

    async def close(self) -> None:
        pass


class Endpoint:
    """A receiver that keeps what it got; `answer` is what it says."""

    def __init__(self, answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
        self.answer = answer
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.read())
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        return await self.answer(request)


@asynccontextmanager
async def endpoint(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None,
) -> AsyncIterator[tuple[Endpoint, str]]:
    async def accept(request: web.Request) -> web.StreamResponse:
        return web.Response(text="thanks")

    receiver = Endpoint(answer or accept)
    application = web.Application(client_max_size=1 << 24)
    application.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        yield receiver, f"http://127.0.0.1:{port}/hook"
    finally:
        await runner.cleanup()


def answering(status: int, **headers: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(
            status=status, text="as asked", headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return answer


@asynccontextmanager
async def webhook(**options: Any) -> AsyncIterator[Webhook]:
    channel = Webhook(**({"allow": LOOPBACK} | options))
    try:
        yield channel
    finally:
        await channel.close()


async def refusal(channel: Webhook, address: str, message: Message | None = None) -> NotSent:
    with pytest.raises(NotSent) as caught:
        await channel.send(address, message or page())
    return caught.value


async def test_the_body_is_what_the_outside_depends_on() -> None:
    async with endpoint() as (receiver, url), webhook() as channel:
        sent = await channel.send(url, page())
    assert json.loads(receiver.bodies[0]) == {
        "type": "page",
        "incident": INCIDENT,
        "alerts": [ALERT],
        "person": "alice",
        "level": 2,
        "round": 1,
        "links": {"incident": LINK, "acknowledge": ACKNOWLEDGE},
    }
    assert receiver.headers[0]["content-type"] == "application/json"
    assert sent.delivered
    assert sent.detail == "HTTP 200 thanks"


async def test_the_id_stays_at_a_retry_and_the_signature_is_new() -> None:
    ages = iter((9, 4, 4))
    # Each send reads the clock for the signature, then for the answer.
    wall = iter(time.time() - age for age in ages for _ in range(2))
    async with endpoint() as (receiver, url), webhook(secrets=[OLD], wall=lambda: next(wall)) as channel:
        await channel.send(url, page(id=17))
        await channel.send(url, page(id=17))
        await channel.send(url, page(id=18))
    first, retry, other = receiver.headers
    assert first["webhook-id"] == retry["webhook-id"] == first["idempotency-key"] != other["webhook-id"]
    assert first["webhook-timestamp"] != retry["webhook-timestamp"]
    assert first["webhook-signature"] != retry["webhook-signature"]
    for body, headers in zip(receiver.bodies, receiver.headers, strict=True):
        assert Receiver(OLD).verify(body, headers)["type"] == "page"


async def test_while_a_secret_is_replaced_both_verify() -> None:
    async with endpoint() as (receiver, url), webhook(secrets=[NEW, OLD]) as channel:
        await channel.send(url, page(incident={"title": "Größe 🙂"}))
    for secret in (OLD, NEW):
        assert Receiver(secret).verify(receiver.bodies[0], receiver.headers[0])["incident"]["title"] == "Größe 🙂"
    stranger = "whsec_" + b64encode(b"x" * 24).decode()
    with pytest.raises(WebhookVerificationError):
        Receiver(stranger).verify(receiver.bodies[0], receiver.headers[0])


async def test_an_address_may_bring_its_own_secrets_and_they_stay_here() -> None:
    async with endpoint() as (receiver, url), webhook(secrets=[OLD]) as channel:
        await channel.send(f"{url}#{NEW}", page())
    assert Receiver(NEW).verify(receiver.bodies[0], receiver.headers[0])
    with pytest.raises(WebhookVerificationError):
        Receiver(OLD).verify(receiver.bodies[0], receiver.headers[0])
    assert "whsec_" not in repr(receiver.headers)


async def test_secrets_may_be_asked_for_by_address() -> None:
    def secrets(address: str) -> list[str]:
        return [NEW] if address.endswith("/hook") else [OLD]

    async with endpoint() as (receiver, url), webhook(secrets=secrets) as channel:
        await channel.send(url, page())
    assert Receiver(NEW).verify(receiver.bodies[0], receiver.headers[0])


async def test_without_a_secret_nothing_is_signed() -> None:
    async with endpoint() as (receiver, url), webhook() as channel:
        await channel.send(url, page())
    assert "webhook-signature" not in receiver.headers[0]
    assert "webhook-id" in receiver.headers[0]


@pytest.mark.parametrize("secret", ["whsec_", "whsec_c2hvcnQ=", "hunter2", "whsec_***", "whsec_" + "A" * 200])
async def test_a_secret_that_is_none_is_refused_without_quoting_it(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes") as caught:
        Webhook([secret])
    assert secret.removeprefix("whsec_") not in str(caught.value) or secret == "whsec_"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (301, "permanent"),
        (302, "permanent"),
        (308, "permanent"),
        (400, "permanent"),
        (401, "permanent"),
        (404, "permanent"),
        (410, "permanent"),
        (408, "temporary"),
        (425, "temporary"),
        (429, "temporary"),
        (500, "temporary"),
        (503, "temporary"),
    ],
)
async def test_the_status_decides(status: int, outcome: str) -> None:
    async with endpoint(answering(status)) as (receiver, url), webhook() as channel:
        error = await refusal(channel, url)
    assert error.outcome == outcome
    assert str(status) in error.detail
    assert len(receiver.bodies) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_the_receivers_own_word_that_it_arrived(status: int) -> None:
    async with endpoint(answering(status)) as (_, url), webhook() as channel:
        assert (await channel.send(url, page())).delivered


async def test_a_redirect_is_not_followed() -> None:
    async with (
        endpoint() as (final, there),
        endpoint(answering(302, Location=there)) as (_, url),
        webhook() as channel,
    ):
        error = await refusal(channel, url)
    assert "redirects are not followed" in error.detail
    assert not final.bodies


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_honoured(status: int) -> None:
    async with endpoint(answering(status, Retry_After="17")) as (_, url), webhook() as channel:
        assert (await refusal(channel, url)).retry_after == 17


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("17", 17.0),
        (formatdate(1_000_090, usegmt=True), 90.0),
        # A date in the past means now.
        (formatdate(999_000, usegmt=True), 0.0),
        # More than a day is a mistake.
        ("9" * 40, 86_400.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("١٧", None),
        ("Fri, 99 Foo 9999", None),
    ],
)
def test_retry_after_is_a_number_or_a_date_or_nothing(header: str | None, wait: float | None) -> None:
    assert seconds(header, 1_000_000.0) == wait


async def test_an_answer_that_does_not_come_is_ambiguous_after_one_deadline() -> None:
    async def sleep(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    async with endpoint(sleep) as (receiver, url), webhook(deadline=0.3) as channel:
        started = time.monotonic()
        assert (await refusal(channel, url)).outcome == "ambiguous"
        assert time.monotonic() - started < 2
    assert len(receiver.bodies) == 1


@asynccontextmanager
async def raw(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_headers_that_drip_past_the_deadline_are_ambiguous() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            writer.write(b"z")
            await asyncio.sleep(0.05)

    async with raw(drip) as url, webhook(deadline=0.4) as channel:
        started = time.monotonic()
        assert (await refusal(channel, url)).outcome == "ambiguous"
        assert time.monotonic() - started < 2


async def test_a_status_that_arrived_counts_though_the_body_drips_on() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b"z")
            await asyncio.sleep(0.05)

    async with raw(drip) as url, webhook() as channel:
        started = time.monotonic()
        assert (await channel.send(url, page())).detail.startswith("HTTP 202 zz")
        assert time.monotonic() - started < 3


async def test_of_an_endless_answer_little_is_read() -> None:
    written = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
        while True:
            writer.write(b"z" * 65536)
            written += 65536
            await writer.drain()

    async with raw(flood) as url, webhook() as channel:
        sent = await channel.send(url, page())
    assert len(sent.detail) <= 200
    assert written < 50_000_000  # what socket buffers hold


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200", b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 200 OK\r\nA: " + b"z" * 99_999]
)
async def test_an_answer_that_breaks_off_or_is_no_http_is_ambiguous(said: bytes) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)

    async with raw(say) as url, webhook(deadline=2) as channel:
        assert (await refusal(channel, url)).outcome == "ambiguous"


async def test_a_refused_connection_is_temporary() -> None:
    async with endpoint() as (_, url):
        pass
    async with webhook() as channel:
        assert (await refusal(channel, url)).outcome == "temporary"


async def test_a_name_that_dns_does_not_know_is_temporary() -> None:
    async with webhook(resolver=Unknown()) as channel:
        error = await refusal(channel, "http://no-such-host.invalid/hook")
    assert error.outcome == "temporary"


async def test_details_do_not_quote_the_address() -> None:
    async with endpoint(answering(500)) as (_, url), webhook() as channel:
        assert "hook" not in (await refusal(channel, url + "?token=hunter2")).detail
    async with webhook() as channel:
        assert "hunter2" not in (await refusal(channel, url + "?token=hunter2")).detail
        assert "hunter2" not in (await refusal(channel, "http://user:hunter2@example.com/")).detail


async def test_kept_connections_are_used_again() -> None:
    peers = set()

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        return web.Response()

    async with endpoint(answer) as (_, url), webhook() as channel:
        for id in range(20):
            await channel.send(url, page(id=id))
    assert len(peers) == 1


def test_content_that_json_cannot_hold_is_repaired() -> None:
    odd = alert({"half": "\ud800", "null": "\0"}, annotations={"\udfff": object(), "deep": {1: {2: [float("nan")]}}})
    body = json.loads(compose(page(alerts=(odd,), incident={"title": "\ud83d"})))
    assert body["incident"]["title"] == "\ufffd"
    assert body["alerts"][0]["labels"]["half"] == "\ufffd"


def test_a_body_too_large_for_receivers_loses_its_last_alerts() -> None:
    alerts = tuple(alert({"number": str(number), "padding": "x" * 60_000}) for number in range(20))
    body = compose(page(alerts=alerts))
    assert len(body) <= BODY_LIMIT
    assert json.loads(body)["alerts"][0]["labels"]["number"] == "0"


async def test_check_calls_nobody() -> None:
    async with webhook(secrets=[OLD]) as channel:
        assert "127.0.0.0/8" in await channel.check()
        assert not channel._client.opened
