"""What the rules need beside the incident, read before they are asked: Books, windows, usable contacts.

One per process, refreshed each second and whenever this process changed something; a Unit takes it as it stands.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from escalator.core.alert import Labels, Silence, compile_match
from escalator.core.hours import edges, is_open
from escalator.core.instant import DAY, HOUR, MINUTE, Instant, Span
from escalator.core.notification import channel_id, contact_id
from escalator.core.oncall import Hours, Override
from escalator.core.policy import Book, Heartbeat, Window
from escalator.store import windows

REFRESH: Span = 4 * HOUR + 5 * MINUTE
"""Alertmanager's default repeat_interval and group_interval."""


class Mute:
    """A silence, compiled."""

    def __init__(self, silence: Silence, hours: Callable[[Instant], Instant | None] | None = None) -> None:
        self.silence = silence
        self.matches = compile_match(silence.matchers)
        self._hours = hours

    def until(self, now: Instant) -> Instant | None:
        """When it ends, if it is active now."""
        if not self.silence.starts_at <= now < self.silence.ends_at:
            return None
        if self._hours is None:
            return self.silence.ends_at
        closing = self._hours(now)
        return None if closing is None else min(closing, self.silence.ends_at)


@dataclass
class World:
    """Mutable, but only ever replaced field by field on the event loop."""

    book: Book
    """The newest admitted revision that this process knows."""
    usable: Callable[[str, str], bool]
    """(via, address) → whether a channel is configured and the secret is set."""
    load_book: Callable[[Connection, int], Book | None]
    """Compiles an admitted revision from the database."""
    overrides: tuple[Override, ...] = ()
    mutes: tuple[Mute, ...] = ()
    unusable: frozenset[str] = frozenset()
    _made: tuple[Silence, ...] = ()
    _pinned: dict[int, Book] = field(default_factory=dict)
    _heartbeats: tuple[tuple[Heartbeat, Callable[[Labels], bool]], ...] = ()

    def __post_init__(self) -> None:
        self.adopt(self.book)

    def adopt(self, book: Book) -> None:
        """From now on, this is the newest revision."""
        self.book = book
        self._pinned = {}
        self.unusable = frozenset(_unusable(book, self.usable))
        self._heartbeats = tuple((beat, compile_match(beat.match)) for beat in book.heartbeats)
        self._compose(self._made, tuple(o for o in self.overrides if o.id))

    def refresh(self, connection: Connection, now: Instant) -> tuple[tuple[Silence, ...], tuple[Override, ...]]:
        """Reads the windows made by hand; `renew` takes them over, on the event loop."""
        return windows.silences(connection, now), windows.overrides(connection, now)

    def renew(self, made: tuple[tuple[Silence, ...], tuple[Override, ...]]) -> None:
        silences, overrides = made
        if silences != self._made or overrides != tuple(o for o in self.overrides if o.id):
            self._compose(silences, overrides)

    def _compose(self, silences: tuple[Silence, ...], overrides: tuple[Override, ...]) -> None:
        self._made = silences
        self.overrides = (*self.book.overrides, *overrides)
        self.mutes = (*(Mute(s) for s in silences), *(self._written(w) for w in self.book.silences))

    def _written(self, window: Window) -> Mute:
        hours = self.book.hours.get(window.during or "")
        if hours is None:
            return Mute(window.silence)
        return Mute(window.silence, lambda now: _closing(hours, now) if is_open(hours, now) else None)

    def book_of(self, connection: Connection, revision: int) -> Book:
        """The Book whose levels an incident of that revision walks; people and schedules are always the live ones."""
        if revision == self.book.revision:
            return self.book
        if revision not in self._pinned:
            found = self.load_book(connection, revision)
            live = self.book
            self._pinned[revision] = live if found is None else replace(
                found, people=live.people, schedules=live.schedules, rules=live.rules, channels=live.channels
            )  # fmt: skip
        return self._pinned[revision]

    def heartbeat(self, labels: Labels) -> str | None:
        """The name of the heartbeat that these labels are: a match opens nothing."""
        return next((beat.name for beat, matches in self._heartbeats if matches(labels)), None)

    def silenced(self, labels: Labels, now: Instant) -> tuple[Instant, str] | None:
        """Until when, and why, notifications about such an alert are withheld."""
        found = [(until, m.silence.reason) for m in self.mutes if (until := m.until(now)) and m.matches(labels)]
        return max(found) if found else None

    def covered(self, many: Iterable[Labels], now: Instant) -> tuple[Instant, str] | None:
        """Until when every one of these alerts is silenced."""
        found = [self.silenced(labels, now) for labels in many]
        return min(each for each in found if each) if found and all(found) else None

    @property
    def refresh_every(self) -> Span:
        return max(self.book.refresh.values(), default=REFRESH)


def _unusable(book: Book, usable: Callable[[str, str], bool]) -> Iterable[str]:
    for person in book.people.values():
        yield from (contact_id(person.name, c.via) for c in person.contacts if not usable(c.via, c.address))
    yield from (channel_id(c.name) for c in book.channels.values() if not usable(c.via, c.address))


def _closing(hours: Hours, now: Instant) -> Instant | None:
    """When the open window closes; a window is never longer than two days."""
    return next((edge for edge in edges(hours, now + 1, now + 2 * DAY) if not is_open(hours, edge)), None)
