"""What the rules need beside the incident, read before they are asked: Books, windows, usable contacts.

One World per process, refreshed each second and whenever this process changed something. A transaction works on its
`view`, a value that is replaced as a whole: the database's thread never sees half of a change.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import Connection

from escalator.core.alert import Labels, Silence
from escalator.core.book import Book
from escalator.core.instant import HOUR, MINUTE, Instant, Span
from escalator.core.mutes import Mute, covered, mutes_of
from escalator.core.notification import channel_id, contact_id
from escalator.core.oncall import Override
from escalator.store import contacts, windows
from escalator.store.contacts import Known

REFRESH: Span = 4 * HOUR + 5 * MINUTE
"""Alertmanager's default repeat_interval and group_interval."""

LoadBook = Callable[[Connection, int], Book | None]


class Made(NamedTuple):
    """What people made by hand, outside the policies."""

    silences: tuple[Silence, ...] = ()
    overrides: tuple[Override, ...] = ()
    contacts: Known = Known()


class Reach(NamedTuple):
    """What this process knows of contacts; each function takes (via, address as written)."""

    usable: Callable[[str, str], bool]
    """Whether the channel is configured and the secret set."""
    address: Callable[[str], str | None]
    """Secrets filled in."""
    registers: frozenset[str] = frozenset()
    """Ways out whose contacts need a device."""
    verifies: frozenset[str] = frozenset()
    """Ways out whose contacts their owner has to prove."""


class View:
    """The world as one transaction sees it."""

    def __init__(self, book: Book, made: Made, reach: Reach, load_book: LoadBook) -> None:
        self.book = book
        """The newest admitted revision that this process knows."""
        self.made = made
        self.reach = reach
        self.unusable, self.unverified, self.kept_back = _judged(book, made.contacts, reach)
        """Contacts that cannot be used; that nobody has proved; and those of the latter that are kept back, because
        their person has one that was proved.
        """
        self._load_book = load_book
        self._pinned: dict[int, Book] = {}

    @cached_property
    def overrides(self) -> tuple[Override, ...]:
        return (*self.book.overrides, *self.made.overrides)

    @cached_property
    def mutes(self) -> tuple[Mute, ...]:
        return mutes_of(self.book, self.made.silences)

    @cached_property
    def refresh_every(self) -> Span:
        return max(self.book.refresh.values(), default=REFRESH)

    def book_of(self, connection: Connection, revision: int) -> Book:
        """The Book whose levels an incident of that revision walks; people and schedules are always the live ones."""
        if revision == self.book.revision:
            return self.book
        if revision not in self._pinned:
            live, found = self.book, self._load_book(connection, revision)
            self._pinned[revision] = live if found is None else replace(
                found, people=live.people, schedules=live.schedules, rules=live.rules, channels=live.channels
            )  # fmt: skip
        return self._pinned[revision]

    def covered(self, many: Iterable[Labels], now: Instant) -> tuple[Instant, str] | None:
        """Until when every one of these alerts is silenced."""
        return covered(self.mutes, (self.book.filled(labels) for labels in many), now)


class World:
    """The newest view; changed on the event loop only."""

    def __init__(self, book: Book, reach: Reach, load_book: LoadBook) -> None:
        """`load_book` compiles an admitted revision from the database."""
        self._load_book = load_book
        self.view = View(book, Made(), reach, load_book)

    @property
    def book(self) -> Book:
        return self.view.book

    @property
    def overrides(self) -> tuple[Override, ...]:
        return self.view.overrides

    @property
    def mutes(self) -> tuple[Mute, ...]:
        return self.view.mutes

    def adopt(self, book: Book) -> None:
        """From now on, this is the newest revision."""
        self.view = View(book, self.view.made, self.view.reach, self._load_book)

    def refresh(self, connection: Connection, now: Instant) -> Made:
        """Reads what was made by hand; `renew` takes it over."""
        return Made(windows.silences(connection, now), windows.overrides(connection, now), contacts.known(connection))

    def renew(self, made: Made) -> None:
        """From now on, this is what was made by hand."""
        if made != self.view.made:
            self.view = View(self.book, made, self.view.reach, self._load_book)


Marks = tuple[frozenset[str], frozenset[str], frozenset[str]]


def _judged(book: Book, known: Known, reach: Reach) -> Marks:
    """As `View` keeps them. What can neither be proved nor disproved (a webhook) keeps nothing back."""
    unusable = {channel_id(c.name) for c in book.channels.values() if not reach.usable(c.via, c.address)}
    unverified: set[str] = set()
    kept_back: set[str] = set()
    for person in book.people.values():
        doubtful: set[str] = set()
        proved = False
        for contact in person.contacts:
            name = contact_id(person.name, contact.via)
            mark = (name, contacts.hashed(reach.address(contact.address) or ""))
            device = person.name in known.registered
            missing = contact.via in reach.registers and not device
            if missing or mark in known.refused or not reach.usable(contact.via, contact.address):
                unusable.add(name)
            elif contact.via in reach.verifies and mark not in known.verified:
                doubtful.add(name)
            else:
                proved = proved or contact.via in reach.verifies or contact.via in reach.registers
        unverified |= doubtful
        kept_back |= doubtful if proved else set()
    return frozenset(unusable), frozenset(unverified), frozenset(kept_back)
