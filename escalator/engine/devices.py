"""Devices that take push messages: registered by a person from a link that is good for an hour, tried, and forgotten.

The link is a signed note (person, end), so nothing is kept of it but that it was used; the secret is shared by all
replicas. Whoever has the link can make one browser that person's: it is made for that person alone, or by an admin.
"""

import asyncio
import binascii
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import Connection

from escalator.channels.base import SEND_DEADLINE, Channel, Message, NotSent
from escalator.core.effects import Refused
from escalator.core.instant import HOUR, Instant, Span
from escalator.store import answered, audit, contacts
from escalator.store.contacts import Device
from escalator.store.db import Database

VALID: Span = HOUR
MOST = 20
"""Devices of one person."""
LONGEST = 1000
"""Characters of an endpoint."""

USED = "This link has registered a device already. Make another: escalator device link."


class Change(NamedTuple):
    """A device comes, or goes."""

    by: str
    device: Device
    link: str | None = None
    """The link that registers it; None: it is forgotten."""


class Devices:
    """One per process."""

    def __init__(
        self,
        database: Database,
        look: Callable[[], Awaitable[None]],
        writer: str,
        channel: Channel | None = None,
        url: str = "",
    ) -> None:
        """`look` makes this process see at once that somebody has a device; `channel`: what sends to devices; `url`:
        what a test leads to.
        """
        self._database = database
        self._look = look
        self._writer = writer
        self._channel = channel
        self._url = url
        self._secret: str | None = None

    async def link(self, person: str) -> tuple[str, Instant]:
        """(token, until when it is good); raises Unavailable."""
        ends = self._database.now() + VALID
        note = _text(json.dumps([person, ends]).encode())
        return f"{note}.{await self._mark(note)}", ends

    async def whose(self, token: str) -> str | None:
        """The person for whom a link was made; None for one that is not ours or is over. Raises Unavailable."""
        note, _, mark = token.partition(".")
        if not note or not hmac.compare_digest(mark.encode(), (await self._mark(note)).encode()):
            return None
        person, ends = json.loads(_raw(note) or b"[null, 0]")
        return person if self._database.now() < ends else None

    async def listed(self, person: str) -> list[Device]:
        """Raises Unavailable."""
        return await self._database.read(lambda c: contacts.devices(c, person))

    async def used(self, token: str) -> bool:
        """Whether this link has registered a device; raises Unavailable."""
        return await self._database.read(lambda c: answered.taken(c, _once(token)))

    async def register(self, token: str, person: str, endpoint: str, p256dh: str, auth: str, label: str) -> str:
        """The new device's id. `token`: the person's link, which registers one browser, that one as often as it asks.
        Raises Refused, Unavailable.
        """
        _check(endpoint, p256dh, auth)
        others = [each for each in await self.listed(person) if each.endpoint != endpoint]
        if len(others) >= MOST:
            raise Refused(f"{person} has {MOST} devices already: forget one of them first.")
        device = Device(secrets.token_hex(6), person, endpoint, p256dh, auth, label)
        await self._database.write(self._change, Change(person, device, token))
        await self._look()
        return device.id

    async def forget(self, person: str, id: str, by: str) -> bool:
        """False: that person has no such device. Raises Unavailable."""
        found = [each for each in await self.listed(person) if each.id == id]
        done = [await self._database.write(self._change, Change(by, each)) for each in found]
        await self._look()
        return any(done)

    async def test(self, person: str) -> str:
        """Sends a test to all devices of a person; what came of it, in words. Raises Refused."""
        if self._channel is None:
            raise Refused("Push is not running here.")
        try:
            async with asyncio.timeout(SEND_DEADLINE):
                return (await self._channel.send("browser", self._trial(person))).detail
        except NotSent as error:
            raise Refused(f"Not sent: {error.detail}") from error
        except TimeoutError as error:
            raise Refused(f"The push service did not answer within {SEND_DEADLINE:.0f} s.") from error

    def _trial(self, person: str) -> Message:
        # Its number is the instant: it is no row of the outbox.
        return Message(
            id=self._database.now(), kind="test", incident={}, alerts=(), person=person, target="", level=0, round=0,
            reason="", link=self._url, acknowledge=None,
        )  # fmt: skip

    async def _mark(self, note: str) -> str:
        if self._secret is None:
            fresh = secrets.token_urlsafe(32)
            self._secret = await self._database.write(self._keep, fresh)
        return _text(hmac.digest(self._secret.encode(), note.encode(), "sha256"))

    def _keep(self, connection: Connection, many: Sequence[str]) -> Sequence[str]:
        return [answered.kept(connection, "devices", fresh) for fresh in many]

    def _change(self, connection: Connection, many: Sequence[Change]) -> Sequence[bool | Exception]:
        return [self._change_one(connection, each) for each in many]

    def _change_one(self, connection: Connection, change: Change) -> bool | Exception:
        now, device = self._database.now(), change.device
        detail = {"id": device.id, "person": device.person, "label": device.label}
        if change.link is None:
            done = contacts.forget(connection, device.id)
            audit.append(connection, self._writer, now, change.by, "device.forget", detail)
            return done
        if not answered.take(connection, _once(change.link), now) and not _has(connection, device):
            return Refused(USED)
        contacts.register(connection, device, now)
        audit.append(connection, self._writer, now, change.by, "device.register", detail)
        return True


def _once(token: str) -> str:
    """What is kept of a link that was used."""
    return f"device:{contacts.hashed(token)}"


def _has(connection: Connection, device: Device) -> bool:
    """Whether its person has this browser: then the answer to an earlier try was lost."""
    return any(each.endpoint == device.endpoint for each in contacts.devices(connection, device.person))


def _check(endpoint: str, p256dh: str, auth: str) -> None:
    """Only the shape: where an endpoint leads is judged whenever it is called. Raises Refused."""
    try:
        parts = urlsplit(endpoint)
        good = parts.scheme in ("https", "http") and bool(parts.hostname) and endpoint.isascii()
    except ValueError:
        good = False
    if not good or len(endpoint) > LONGEST:
        raise Refused("This is no address of a push service.")
    point = _raw(p256dh)
    if len(point) != 65 or point[0] != 4 or len(_raw(auth)) != 16:
        raise Refused("These are no keys of a browser.")


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(text: str) -> bytes:
    """Empty where it is no base64url."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
