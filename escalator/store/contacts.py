"""What is known of contacts beyond the policies: verified, opted out; and the devices that people registered.

Addresses are kept as hashes: when the policies give a contact another address, nothing is known of that one.
"""

import hashlib
from typing import NamedTuple

from sqlalchemy import Connection

from escalator.core.instant import Instant
from escalator.store import bulk
from escalator.store.registers import DeviceRow


class Known(NamedTuple):
    """Of all contacts; pairs are (contact, hash of its address)."""

    verified: frozenset[tuple[str, str]] = frozenset()
    refused: frozenset[tuple[str, str]] = frozenset()
    """Its owner wants no messages there."""
    registered: frozenset[str] = frozenset()
    """People with a device."""


Moments = dict[tuple[str, str], tuple[Instant | None, Instant | None]]
"""(contact, hash of its address) → since when it is verified, and since when its owner wants nothing there."""


class Code(NamedTuple):
    """The code that was sent last to a contact."""

    address: str
    code: str | None
    expires_at: Instant | None
    tries: int


class Device(NamedTuple):
    """A browser that takes push messages."""

    id: str
    person: str
    endpoint: str
    p256dh: str
    auth: str
    label: str


def hashed(text: str) -> str:
    """How addresses and codes are kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def known(connection: Connection) -> Known:
    found = moments(connection)
    people = bulk.plain(connection, "SELECT DISTINCT person FROM device").fetchall()
    return Known(
        frozenset(which for which, (verified_at, _) in found.items() if verified_at is not None),
        frozenset(which for which, (_, opted_out_at) in found.items() if opted_out_at is not None),
        frozenset(row[0] for row in people),
    )


def moments(connection: Connection) -> Moments:
    rows = bulk.plain(connection, "SELECT contact, address, verified_at, opted_out_at FROM contact").fetchall()
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def opt(connection: Connection, contact: str, address: str, at: Instant | None) -> None:
    """`at`: since when its owner wants nothing there; None: wants it again."""
    _place(connection, contact, address)
    bulk.plain(connection, "UPDATE contact SET opted_out_at = ? WHERE contact = ?", (at, contact))


def send_code(connection: Connection, contact: str, address: str, code: str, expires_at: Instant) -> None:
    """A new code is on its way; one sent before no longer counts."""
    _place(connection, contact, address)
    query = "UPDATE contact SET code = ?, code_expires_at = ?, code_tries = 0 WHERE contact = ?"
    bulk.plain(connection, query, (code, expires_at, contact))


def sent_code(connection: Connection, contact: str) -> Code | None:
    query = "SELECT address, code, code_expires_at, code_tries FROM contact WHERE contact = ? {lock}"
    row = bulk.plain(connection, query, (contact,)).fetchone()
    return None if row is None else Code(*row)


def try_code(connection: Connection, contact: str) -> None:
    """One more try was made."""
    bulk.plain(connection, "UPDATE contact SET code_tries = code_tries + 1 WHERE contact = ?", (contact,))


def verify(connection: Connection, contact: str, now: Instant) -> None:
    """Its owner proved it; the code is used up."""
    query = "UPDATE contact SET verified_at = ?, code = NULL, code_expires_at = NULL WHERE contact = ?"
    bulk.plain(connection, query, (now, contact))


def _place(connection: Connection, contact: str, address: str) -> None:
    """A row for this contact; what was known of another address is forgotten."""
    query = (
        "INSERT INTO contact (contact, address, code_tries) VALUES (?, ?, 0) ON CONFLICT (contact) DO UPDATE SET "
        "verified_at = CASE WHEN contact.address = excluded.address THEN contact.verified_at END, "
        "opted_out_at = CASE WHEN contact.address = excluded.address THEN contact.opted_out_at END, "
        "address = excluded.address"
    )
    bulk.plain(connection, query, (contact, address))


def devices(connection: Connection, person: str) -> list[Device]:
    query = f"SELECT {', '.join(Device._fields)} FROM device WHERE person = ? ORDER BY created_at"  # noqa: S608  our own names
    return [Device(*row) for row in bulk.plain(connection, query, (person,)).fetchall()]


def register(connection: Connection, device: Device, now: Instant) -> None:
    """The same browser registered again takes its old place, whosever it was."""
    bulk.plain(connection, "DELETE FROM device WHERE endpoint = ?", (device.endpoint,))
    bulk.insert(connection, DeviceRow, (*Device._fields, "created_at"), [(*device, now)])


def forget(connection: Connection, id: str) -> bool:
    """False: there was no such device."""
    return bool(bulk.plain(connection, "DELETE FROM device WHERE id = ?", (id,)).rowcount)
