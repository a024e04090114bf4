"""Who is not reached as the policies say, as far as settings, devices and proofs tell: for `escalator doctor`.

Wrong is what leaves a person or channel without any way; what leaves one way less is worth a look.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from escalator.channels.base import Channel
from escalator.config import Finding
from escalator.core.book import Book
from escalator.core.notification import contact_id
from escalator.core.oncall import Contact, Person
from escalator.core.policy import Channel as Target
from escalator.engine.contacts import standing_of
from escalator.store.contacts import Known, hashed


class Ways(NamedTuple):
    """What there is to reach people by."""

    channels: Mapping[str, Channel]
    resolve: Callable[[str], str | None]
    """An address as written → the address, or None where its secret is not set."""
    known: Known


class Judged(NamedTuple):
    """One person's contacts, by how much they are worth."""

    person: str
    lost: tuple[tuple[str, str], ...]
    """(way, why it cannot be used)."""
    proved: tuple[str, ...]
    unproved: tuple[str, ...]
    others: tuple[str, ...]
    """What needs no proof."""

    @property
    def reached(self) -> bool:
        return bool(self.proved or self.unproved or self.others)


def findings(book: Book, ways: Ways) -> list[Finding]:
    """Nothing where everybody is reached by everything that the policies name."""
    people = [_judged(person, ways) for person in book.people.values()]
    found = [
        _finding("people", False, _nobody(people)),
        _finding("channels", False, _mute(book, ways)),
        _finding("contacts", True, _lost(people)),
        _finding("verification", True, _unproved(people)),
        _finding("verification", True, _kept_back(people)),
    ]
    return [each for each in found if each is not None]


def _judged(person: Person, ways: Ways) -> Judged:
    lost: list[tuple[str, str]] = []
    by_state: dict[str, list[str]] = {"verified": [], "unverified": [], "needs no proof": []}
    for contact in person.contacts:
        state, why = _standing(person, contact, ways)
        if why and state not in by_state:
            lost.append((contact.via, why))
        else:
            by_state[state].append(contact.via)
    proved, unproved, others = map(tuple, by_state.values())
    return Judged(person.name, tuple(lost), proved, unproved, others)


def _standing(person: Person, contact: Contact, ways: Ways) -> tuple[str, str]:
    address = ways.resolve(contact.address)
    registered = person.name in ways.known.registered
    state, why = standing_of(ways.channels.get(contact.via), contact, address, registered)
    mark = (contact_id(person.name, contact.via), hashed(address or ""))
    if state != "not usable" and mark in ways.known.refused:
        return "opted out", "its owner wants no messages there"
    return ("verified", "") if state == "unverified" and mark in ways.known.verified else (state, why)


def _nobody(people: list[Judged]) -> str:
    told = [f"{each.person} ({_whys(each) or 'no contacts'})" for each in people if not each.reached]
    return f"cannot be reached: {'; '.join(told)}" if told else ""


def _lost(people: list[Judged]) -> str:
    told = [f"{each.person} ({_whys(each)})" for each in people if each.reached and each.lost]
    return f"cannot be used: {'; '.join(told)}" if told else ""


def _whys(judged: Judged) -> str:
    return ", ".join(f"{via}: {why}" for via, why in judged.lost)


def _mute(book: Book, ways: Ways) -> str:
    told = [
        f"{channel.name} ({channel.via}: {why})" for channel in book.channels.values() if (why := _why(channel, ways))
    ]
    return f"cannot be used: {', '.join(told)}" if told else ""


def _why(channel: Target, ways: Ways) -> str:
    """Why a channel cannot be used; empty where it can."""
    way, address = ways.channels.get(channel.via), ways.resolve(channel.address)
    if way is None:
        return "not configured"
    if address is None:
        return "secret unset"
    return "" if way.serves(address) else "as it is set up, it cannot reach such an address"


def _unproved(people: list[Judged]) -> str:
    told = [f"{each.person} ({', '.join(each.unproved)})" for each in people if each.unproved and not each.proved]
    return (
        f"nobody proved any contact of {'; '.join(told)}: a typing error would go unnoticed; "
        "escalator contact verify PERSON VIA"
    ) if told else ""  # fmt: skip


def _kept_back(people: list[Judged]) -> str:
    told = [f"{each.person} ({', '.join(each.unproved)})" for each in people if each.unproved and each.proved]
    return (
        f"used only where every verified contact fails: {'; '.join(told)}; escalator contact verify PERSON VIA"
    ) if told else ""  # fmt: skip


def _finding(name: str, ok: bool, text: str) -> Finding | None:
    return Finding(name, ok, text, warns=ok) if text else None
