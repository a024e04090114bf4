"""The house's own key pair (VAPID, RFC 8292), and what is sealed and signed with it.

The pair is made once and shared by all replicas: browsers bind a subscription to it, so another pair would silence
every device. Libraries are imported when they are used.
"""

import asyncio
from base64 import urlsafe_b64encode
from email.utils import parseaddr
from typing import Any

from yarl import URL

from escalator.channels.desk import Desk, Device
from escalator.channels.wiring import Wiring

Pair = Any
"""`py_vapid.Vapid02`, which is not imported before it is used."""

NAME = "vapid"
VALID_FOR = 12 * 3600
"""Seconds a signature holds; push services refuse more than 24 hours (RFC 8292, section 2)."""

AUTH_BYTES = 16
"""Of a browser's secret (RFC 8291, section 3.2); the library seals with any length, for nobody."""


def fresh() -> str:
    """A new private key, as it is kept: 32 bytes in base64url."""
    from cryptography.hazmat.primitives.asymmetric import ec

    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _text(number.to_bytes(32, "big"))


async def pair(desk: Desk) -> Pair:
    """The house's pair; raises Busy."""
    # In threads: the imports take longer than everybody else may wait.
    made = await asyncio.to_thread(fresh)
    return await asyncio.to_thread(opened, await desk.kept(NAME, made))


def opened(private: str) -> Pair:
    """A private key, ready to sign."""
    from py_vapid import Vapid02  # type: ignore[import-untyped]

    found = Vapid02.from_raw(private.encode())
    # Its idea of a `sub` is narrower than the RFC's: a house at http://localhost may try push too.
    found.conf = {"no-strict": True}
    return found


def public(vapid: Pair) -> str:
    """What a page gives the browser as `applicationServerKey`."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return _text(vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def subject(wiring: Wiring) -> str:
    """Whom a push service writes to when something is wrong with what we send."""
    address = parseaddr(wiring.email_from or "")[1]
    return f"mailto:{address}" if address else wiring.public_url


def authorization(vapid: Pair, endpoint: URL, whose: str, wall: float) -> str:
    """The header that proves to this push service who sends; `wall`: seconds since 1970. Raises ValueError."""
    claims = {"aud": str(endpoint.origin()), "exp": int(wall) + VALID_FOR, "sub": whose}
    try:
        return str(vapid.sign(claims)["Authorization"])
    except Exception as error:  # its own, for an origin that it does not take: an IPv6 address
        raise ValueError("nothing can be signed for this endpoint") from error


def sealed(device: Device, payload: bytes) -> bytes:
    """The payload, readable by this one browser (RFC 8291); raises ValueError where its keys are none."""
    from pywebpush import WebPusher  # type: ignore[import-untyped]

    keys = {"p256dh": device.p256dh, "auth": device.auth}
    subscription: dict[str, Any] = {"endpoint": device.endpoint, "keys": keys}
    try:
        browser = WebPusher(subscription)
        if len(browser.auth_key) != AUTH_BYTES:
            raise ValueError("the secret has another length")
        return bytes(browser.encode(payload)["body"])
    except Exception as error:  # the library raises what it meets: binascii, cryptography, its own
        raise ValueError("the keys of this device are none") from error


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
