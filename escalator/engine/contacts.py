"""Contacts as people ask about them: what is known of each, and the code by which its owner proves it.

A code goes straight through the channel, not through the outbox: somebody waits for it and types it in. It is kept as
a hash together with its contact, counts for ten minutes and five tries, and proves that one address.
"""

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from sqlalchemy import Connection

from escalator.channels.base import SEND_DEADLINE, Channel, Message, NotSent
from escalator.core.effects import Refused
from escalator.core.instant import HOUR, MINUTE, Instant, Span
from escalator.core.notification import contact_id
from escalator.core.oncall import Contact, Person
from escalator.engine.world import World
from escalator.store import audit, contacts
from escalator.store.contacts import Moments, hashed
from escalator.store.db import Database

VALID: Span = 10 * MINUTE
CODES_AN_HOUR = 5
"""For each contact, whoever asks: a stranger's phone must not be rung all night."""
TRIES = 5
"""For each code: one in 200,000 is guessed."""

SENT, VERIFIED = "contact.code", "contact.verified"
"""What the audit calls them."""

State = Literal["verified", "unverified", "opted out", "not usable", "needs no proof"]


class Standing(NamedTuple):
    """What is known of one contact."""

    person: str
    via: str
    address: str
    """As the policies write it: secrets are not filled in."""
    state: State
    why: str = ""
    verified_at: Instant | None = None


class Asked(NamedTuple):
    """A contact by its name in the outbox, and the hash of its address with secrets filled in."""

    contact: str
    address: str
    code: str
    by: str


class Contacts:
    """One per process."""

    def __init__(
        self,
        database: Database,
        world: World,
        channels: Mapping[str, Channel],
        look: Callable[[], Awaitable[None]],
        *,
        writer: str,
        link: str,
    ) -> None:
        """`look` makes this process see a proof at once; `link`: where Escalator is, for the message."""
        self._database = database
        self._world = world
        self._channels = channels
        self._look = look
        self._writer = writer
        self._link = link

    async def listed(self, person: str | None = None) -> list[Standing]:
        """Everybody's contacts in the order of the policies, or one person's; raises Unavailable."""
        known = await self._database.read(contacts.moments)
        registered = (await self._database.read(contacts.known)).registered
        people = [each for each in self._world.book.people.values() if person in (None, each.name)]
        return [
            self._standing(each, contact, known, each.name in registered)
            for each in people
            for contact in each.contacts
        ]

    async def send_code(self, person: str, via: str, by: str) -> None:
        """Returns once the provider took it; raises Refused in words, Unavailable."""
        standing = await self._provable(person, via)
        address = self._world.view.reach.address(standing.address) or ""
        code = f"{secrets.randbelow(1_000_000):06d}"
        await self._database.write(self._note_codes, Asked(contact_id(person, via), hashed(address), code, by))
        try:
            async with asyncio.timeout(SEND_DEADLINE):
                await self._channels[via].send(address, self._message(person, code))
        except NotSent as error:
            raise Refused(f"The code was not sent by {via}: {error.detail}") from error
        except TimeoutError as error:
            raise Refused(
                f"{via} did not answer within {SEND_DEADLINE:.0f} s: the code may arrive all the same."
            ) from error

    async def confirm(self, person: str, via: str, code: str, by: str) -> None:
        """The contact counts as verified now; raises Refused in words, Unavailable."""
        standing = await self._provable(person, via)
        address = self._world.view.reach.address(standing.address) or ""
        await self._database.write(self._try_codes, Asked(contact_id(person, via), hashed(address), code.strip(), by))
        await self._look()

    async def _provable(self, person: str, via: str) -> Standing:
        found = next((each for each in await self.listed(person) if each.via == via), None)
        if found is None:
            raise Refused(f"The policies give {person} no contact {via!r}.")
        if found.state in ("opted out", "not usable"):
            raise Refused(f"{person}'s contact {via} cannot be used: {found.why}.")
        if found.state == "needs no proof" or not self._channels[via].verifies:
            raise Refused(f"A contact by {via} is not proved by a code.")
        return found

    def _standing(self, person: Person, contact: Contact, known: Moments, registered: bool) -> Standing:
        address = self._world.view.reach.address(contact.address)
        verified_at, opted_out_at = known.get(
            (contact_id(person.name, contact.via), hashed(address or "")), (None, None)
        )
        state, why = standing_of(self._channels.get(contact.via), contact, address, registered)
        if state != "not usable" and opted_out_at is not None:
            state, why = "opted out", "its owner wants no messages there"
        elif state == "unverified" and verified_at is not None:
            state, why = "verified", ""
        elif state == "unverified" and contact_id(person.name, contact.via) in self._world.view.kept_back:
            why = "used only where every verified contact fails"
        return Standing(
            person.name, contact.via, contact.address, state, why, verified_at if state == "verified" else None
        )

    def _message(self, person: str, code: str) -> Message:
        # Its number is the instant: what vendors tell messages apart by must differ from code to code.
        return Message(
            id=self._database.now(), kind="code", incident={}, alerts=(), person=person, target="", level=0, round=0,
            reason="", link=self._link, acknowledge=None, code=code,
        )  # fmt: skip

    def _note_codes(self, connection: Connection, many: Sequence[Asked]) -> Sequence[Exception | None]:
        return [self._note_code(connection, each) for each in many]

    def _note_code(self, connection: Connection, asked: Asked) -> Exception | None:
        now, detail = self._database.now(), {"contact": asked.contact}
        if audit.count(connection, SENT, detail, now - HOUR) >= CODES_AN_HOUR:
            return Refused(
                f"{CODES_AN_HOUR} codes were sent there within an hour: wait a while, or use the one that came."
            )
        contacts.send_code(connection, asked.contact, asked.address, _kept(asked), now + VALID)
        audit.append(connection, self._writer, now, asked.by, SENT, detail)
        return None

    def _try_codes(self, connection: Connection, many: Sequence[Asked]) -> Sequence[Exception | None]:
        return [self._try_code(connection, each) for each in many]

    def _try_code(self, connection: Connection, asked: Asked) -> Exception | None:
        now = self._database.now()
        sent = contacts.sent_code(connection, asked.contact)
        if sent is None or sent.code is None or sent.address != asked.address:
            return Refused("No code was sent there that still counts: ask for one.")
        if sent.expires_at is None or sent.expires_at <= now:
            return Refused("That code is more than 10 minutes old: ask for a new one.")
        if sent.tries >= TRIES:
            return Refused(f"It was tried {TRIES} times: ask for a new code.")
        if not hmac.compare_digest(sent.code, _kept(asked)):
            contacts.try_code(connection, asked.contact)
            left = TRIES - sent.tries - 1
            after = {0: "ask for a new one", 1: "1 try is left"}.get(left, f"{left} tries are left")
            return Refused(f"That is not the code: {after}.")
        contacts.verify(connection, asked.contact, now)
        audit.append(connection, self._writer, now, asked.by, VERIFIED, {"contact": asked.contact})
        return None


def standing_of(channel: Channel | None, contact: Contact, address: str | None, registered: bool) -> tuple[State, str]:
    """State and reason, as far as settings and policies tell: what people did since is not known here.

    `address`: secrets filled in, None where one is not set; `registered`: whether the person has a device.
    """
    if channel is None:
        return "not usable", f"the channel {contact.via} is not configured"
    if address is None:
        return "not usable", f"the secret {contact.address.removeprefix('secret:')} is not set"
    if not channel.serves(address):
        return "not usable", f"{contact.via} as it is set up cannot reach such an address"
    if channel.registers:
        return ("verified", "a device is registered") if registered else ("not usable", "no device is registered")
    return ("unverified", "") if channel.verifies else ("needs no proof", "")


def _kept(asked: Asked) -> str:
    """With its contact: the same digits prove nothing anywhere else."""
    return hashed(f"{asked.contact}\n{asked.address}\n{asked.code}")
