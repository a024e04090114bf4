"""Socket Mode: Slack's answers over a connection of ours, without a public address.

The SDK reconnects when pings go unanswered or Slack says goodbye. What it does not notice: a connection that is up and
silent (bolt-python#1529), and an address that leads nowhere any more, which it would call for ever. So each connection
is watched, and thrown away whole when it was silent for long, or down for a while; that costs one request.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from escalator.channels.desk import Busy, Desk
from escalator.channels.slack.api import QUIET as QUIET_LOG
from escalator.channels.slack.api import Api, web_client
from escalator.channels.slack.door import Door

log = structlog.get_logger("escalator.slack")

QUIET, DOWN = 300.0, 20.0
"""Seconds without a word from Slack, or without a connection; then there is a new one."""
CONNECT_WITHIN = 15.0
PING = 5.0
ANSWER_WITHIN = 2.5
"""Seconds: Slack tells whoever pressed that it failed after 3."""


class Ear:
    """One connection at a time. `quiet`, `look`: seconds of silence, and between looks."""

    def __init__(
        self,
        token: str,
        base: str,
        door: Door,
        *,
        quiet: float = QUIET,
        look: float = 5.0,
        connect_within: float = CONNECT_WITHIN,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._token = token
        self._base = base.rstrip("/") + "/"
        self._door = door
        self._quiet = quiet
        self._look = look
        self._connect_within = connect_within
        self._monotonic = monotonic
        self._heard = 0.0
        self.renewed = 0
        """How often a connection was thrown away."""

    async def url(self) -> str:
        """Asks for a connection without opening it: whether the app token works. Raises SlackRefused, NotSent."""
        api = Api(self._token, self._base)
        try:
            found = await api.call("apps.connections.open")
        finally:
            await api.close()
        return str(found.get("url", ""))

    async def run(self, desk: Desk) -> None:
        """Until cancelled; raises OSError where no connection can be had, and what Slack refused it with."""
        while True:
            await self._listen(desk)
            self.renewed += 1

    async def _listen(self, desk: Desk) -> None:
        """One connection, for as long as it is any good."""
        web = web_client(self._token, self._base)
        client = SocketModeClient(self._token, logger=QUIET_LOG, web_client=web, ping_interval=PING)
        client.on_message_listeners.append(self._noted)
        client.socket_mode_request_listeners.append(self._listener(desk))
        try:
            await self._connect(client)
            log.info("slack listens", how="socket mode")
            log.warning("slack is connected anew", because=await self._watched(client))
        finally:
            await client.close()  # type: ignore[no-untyped-call]

    async def _connect(self, client: SocketModeClient) -> None:
        """The SDK tries for ever, and says nothing: so it is asked first whether it may."""
        try:
            async with asyncio.timeout(self._connect_within):
                client.wss_uri = await self.url()
                await client.connect()  # type: ignore[no-untyped-call]
        except TimeoutError:
            raise OSError("Slack gave an address, and nothing answers there") from None
        self._heard = self._monotonic()

    async def _watched(self, client: SocketModeClient) -> str:
        """Why it is no good any more."""
        up = self._monotonic()
        while True:
            await asyncio.sleep(self._look)
            now = self._monotonic()
            if await client.is_connected():
                up = now
            if now - self._heard > self._quiet:
                return f"it was silent for {self._quiet:g} s"
            if now - up > DOWN:
                return f"it was down for {DOWN:g} s"

    async def _noted(self, message: Any) -> None:
        self._heard = self._monotonic()

    def _listener(self, desk: Desk) -> Callable[[AsyncBaseSocketModeClient, SocketModeRequest], Any]:
        async def answered(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
            answer = None
            try:
                async with asyncio.timeout(ANSWER_WITHIN):
                    answer = await self._door.answer(request.type, request.payload, desk)
            except (Busy, TimeoutError):
                return  # not confirmed: Slack tells whoever pressed that it failed, and they press again
            except Exception as error:  # noqa: BLE001  one payload that cannot be read must not deafen the ear
                log.error("slack reply unreadable", error=type(error).__name__)
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload=answer))

        return answered
