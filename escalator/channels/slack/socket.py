"""Socket Mode: Slack's answers over a connection of ours, without a public address.

The SDK reconnects when the connection breaks or pings go unanswered. One that is up and silent (bolt-python#1529) it
does not notice: ours is renewed when nothing at all was said for a while, which costs one request.
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
from slack_sdk.web.async_client import AsyncWebClient

from escalator.channels.desk import Busy, Desk
from escalator.channels.slack.api import Api
from escalator.channels.slack.door import Door

log = structlog.get_logger("escalator.slack")

QUIET = 300.0
"""Seconds without a word from Slack, then the connection is renewed."""
PING = 5.0
ANSWER_WITHIN = 2.5
"""Seconds: Slack tells whoever pressed that it failed after 3."""


class Ear:
    """One connection. `quiet`, `look`: seconds of silence, and between looks."""

    def __init__(
        self,
        token: str,
        base: str,
        door: Door,
        *,
        quiet: float = QUIET,
        look: float = 5.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._token = token
        self._base = base.rstrip("/") + "/"
        self._door = door
        self._quiet = quiet
        self._look = look
        self._monotonic = monotonic
        self._heard = monotonic()
        self.renewed = 0
        """How often silence made it connect anew."""

    async def url(self) -> str:
        """Asks for a connection without opening it: whether the app token works. Raises SlackRefused, NotSent."""
        api = Api(self._token, self._base)
        try:
            found = await api.call("apps.connections.open")
        finally:
            await api.close()
        return str(found.get("url", ""))

    async def run(self, desk: Desk) -> None:
        """Until cancelled; raises what the first connection raises."""
        web = AsyncWebClient(self._token, base_url=self._base, retry_handlers=[])
        client = SocketModeClient(self._token, web_client=web, ping_interval=PING)
        client.on_message_listeners.append(self._noted)
        client.socket_mode_request_listeners.append(self._listener(desk))
        try:
            await client.connect()  # type: ignore[no-untyped-call]
            log.info("slack listens", how="socket mode")
            while True:
                await asyncio.sleep(self._look)
                if self._monotonic() - self._heard > self._quiet:
                    self.renewed += 1
                    self._heard = self._monotonic()
                    log.warning("slack was silent", seconds=self._quiet, then="connecting anew")
                    await client.connect_to_new_endpoint(force=True)
        finally:
            await client.close()  # type: ignore[no-untyped-call]

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
                log.error("slack reply unreadable", error=repr(error))
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload=answer))

        return answered
