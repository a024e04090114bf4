"""Devices that take push messages: registered by a person from a link that is good for an hour, and forgotten again.

The link is a signed note (person, end), so nothing is kept of it; the secret is shared by all replicas. Whoever has
the link can make a browser that person's: it is made for that person alone, or by an admin.
"""

import binascii
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

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

Change = tuple[str, str, Any]
"""(by, act, value)."""


class Devices:
    """One per process."""

    def __init__(self, database: Database, look: Callable[[], Awaitable[None]], writer: str) -> None:
        """`look` makes this process see at once that somebody has a device."""
        self._database = database
        self._look = look
        self._writer = writer
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

    async def register(self, person: str, endpoint: str, p256dh: str, auth: str, label: str) -> str:
        """The new device's id; raises Refused, Unavailable."""
        _check(endpoint, p256dh, auth)
        others = [each for each in await self.listed(person) if each.endpoint != endpoint]
        if len(others) >= MOST:
            raise Refused(f"{person} has {MOST} devices already: forget one of them first.")
        device = Device(secrets.token_hex(6), person, endpoint, p256dh, auth, label)
        await self._database.write(self._change, (person, "device.register", device))
        await self._look()
        return device.id

    async def forget(self, person: str, id: str, by: str) -> bool:
        """False: that person has no such device. Raises Unavailable."""
        if id not in {each.id for each in await self.listed(person)}:
            return False
        done = await self._database.write(self._change, (by, "device.forget", id))
        await self._look()
        return bool(done)

    async def _mark(self, note: str) -> str:
        if self._secret is None:
            fresh = secrets.token_urlsafe(32)
            self._secret = await self._database.write(self._keep, fresh)
        return _text(hmac.digest(self._secret.encode(), note.encode(), "sha256"))

    def _keep(self, connection: Connection, many: Sequence[str]) -> Sequence[str]:
        return [answered.kept(connection, "devices", fresh) for fresh in many]

    def _change(self, connection: Connection, many: Sequence[Change]) -> Sequence[bool]:
        return [self._change_one(connection, *each) for each in many]

    def _change_one(self, connection: Connection, by: str, act: str, value: Any) -> bool:
        now, done = self._database.now(), True
        if isinstance(value, Device):
            contacts.register(connection, value, now)
            detail = {"id": value.id, "person": value.person, "label": value.label}
        else:
            done = contacts.forget(connection, value)
            detail = {"id": value}
        audit.append(connection, self._writer, now, by, act, detail)
        return done


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
