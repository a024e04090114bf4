"""The push channel: one notification to each device that a person registered, and the button on it.

A device's endpoint was given by a browser, so by anybody: it is judged like every address that strangers name, and
called over https alone, except on this very machine where the operator allows that.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from escalator.channels import clean
from escalator.channels.base import SEND_DEADLINE, Channel, Message, NotSent, Sent
from escalator.channels.desk import Busy, Desk, Device, Incoming, Outgoing
from escalator.channels.network import Guard
from escalator.channels.outbound import Outbound, beginning, unanswered
from escalator.channels.push import content, keys, receipts
from escalator.channels.push.answers import EARLY, answered
from escalator.channels.push.verdicts import judge, together
from escalator.channels.wiring import Wiring

LIVES = {"page": 4 * 3600, content.TEST: 60}
"""Seconds for which a push service keeps it for a device that is away."""
LIVES_ELSE = 3600
URGENT = frozenset(("page", content.TEST))


class Push(Channel):
    """Every browser's push service."""

    via = "push"
    door = "push"
    registers = True
    at_once = 32

    def __init__(
        self,
        wiring: Wiring,
        *,
        deadline: float = SEND_DEADLINE - 0.5,
        resolver: AbstractResolver | None = None,
        wall: Callable[[], float] = time.time,
        early: Sequence[float] = EARLY,
    ) -> None:
        self._early = early
        self._subject = keys.subject(wiring)
        self._guard = Guard(wiring.outbound_allow)
        self._deadline = deadline
        self._wall = wall
        self._desk: Desk | None = None
        self._client = Outbound(self._guard, resolver=resolver)
        self._pair: keys.Pair = None

    async def listen(self, desk: Desk) -> None:
        """Keeps the desk, which knows the devices."""
        self._desk = desk

    async def send(self, address: str, message: Message) -> Sent:
        if self._desk is None:
            raise NotSent("temporary", "push is only just starting", 1.0)
        if message.person is None:
            raise NotSent("permanent", "only a person has devices", blames="contact")
        try:
            devices = await self._desk.devices(message.person)
            vapid = await self._keys(self._desk) if devices else None
        except Busy:
            raise NotSent("temporary", "the database cannot be asked for the devices", blames="contact") from None
        sent = together(await asyncio.gather(*(self._outcome(vapid, device, message) for device in devices)))
        # Not what a push service calls it: there are several of those, and each lets whoever knows it take it back.
        return sent._replace(receipt=message.key)

    async def check(self) -> str:
        """There is no account to ask about: says what is set up and calls nobody."""
        return clean.line(f"push: ready; push services may write to {self._subject}", 200)

    async def close(self) -> None:
        await self._client.close()

    async def receive(self, request: Incoming, desk: Desk) -> Outgoing:
        """What our service worker says; and, for our own page alone, the public key (`GET key`)."""
        if (request.method, request.path) == ("GET", "key"):
            return Outgoing(200, keys.public(await self._keys(desk)).encode())
        return await answered(request, desk, lambda: self._keys(desk), self._early)

    async def _keys(self, desk: Desk) -> keys.Pair:
        """Raises Busy."""
        if self._pair is None:
            self._pair = await keys.pair(desk)
        return self._pair

    # --- one device -------------------------------------------------------------------------------------------------

    async def _outcome(self, vapid: keys.Pair, device: Device, message: Message) -> Sent | NotSent:
        """What came of one device; one that is gone is forgotten."""
        try:
            async with asyncio.timeout(self._deadline):
                return await self._to(vapid, device, message)
        except TimeoutError:
            return NotSent("ambiguous", "the push service did not answer in time")
        except (aiohttp.ClientError, OSError) as trouble:
            return unanswered(trouble)
        except NotSent as refused:
            return refused

    async def _to(self, vapid: keys.Pair, device: Device, message: Message) -> Sent:
        endpoint, receipt = self._endpoint(device), receipts.given(vapid, message.key, device.id)
        status, detail, after = await self._post(vapid, endpoint, device, message, content.payload(message, receipt))
        if status == 413:
            small = content.minimal(message, receipt)
            status, detail, after = await self._post(vapid, endpoint, device, message, small)
        if status in (404, 410):
            await self._forget(device)
        return judge(status, detail, after, self._wall())

    def _endpoint(self, device: Device) -> URL:
        try:
            found = self._guard.destination(device.endpoint)
        except NotSent as refused:
            raise NotSent("permanent", refused.detail, blames="contact") from None
        if found.scheme != "https" and not self._allowed(found.host or ""):
            raise NotSent("permanent", "push services are called over https alone", blames="contact")
        return found

    def _allowed(self, host: str) -> bool:
        """Whether this is our own machine, and the operator named it: nothing of an inner network speaks plain HTTP to
        whoever had a link.
        """
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return address.is_loopback and any(address in network for network in self._guard.allow)

    async def _post(
        self, vapid: keys.Pair, endpoint: URL, device: Device, message: Message, payload: bytes
    ) -> tuple[int, str, str | None]:
        """(status, detail, Retry-After)."""
        try:
            # In a thread: the first call imports a library, which takes longer than everybody else may wait.
            body = await asyncio.to_thread(keys.sealed, device, payload)
            signed = keys.authorization(vapid, endpoint, self._subject, self._wall())
        except ValueError as error:
            raise NotSent("permanent", str(error), blames="contact") from None
        headers = self._headers(message) | {"Authorization": signed}
        async with self._client.post(endpoint, data=body, headers=headers) as response:
            said = (await beginning(response, 400)).decode("utf-8", "replace")
            detail = clean.line(f"{endpoint.host}: HTTP {response.status} {said}", 160)
            return response.status, detail, response.headers.get("Retry-After")

    def _headers(self, message: Message) -> dict[str, str]:
        return {
            "TTL": str(LIVES.get(message.kind, LIVES_ELSE)),
            "Urgency": "high" if message.kind in URGENT else "normal",
            "Topic": content.topic(message),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
        }

    async def _forget(self, device: Device) -> None:
        if self._desk is not None:
            with suppress(Busy):  # the next message meets the same answer
                await self._desk.forget_device(device.id)
