"""What a change of the policies changes: ladders by class of alerts and hour of the week, shifts of the next four
weeks, and the next page of each incident that is open now.

Nothing is guessed: both books are played, alert by alert and hour by hour, and what differs is told.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from escalator.core.alert import Labels
from escalator.core.book import Book
from escalator.core.incident import Incident
from escalator.core.instant import DAY, HOUR, WEEK, Instant, Span, from_datetime, to_datetime
from escalator.core.oncall import shifts
from escalator.rehearsal.changes.ladders import Ladder, Ladders, worse
from escalator.rehearsal.night import PLAINLY, Circumstances, Night
from escalator.rehearsal.proof.classes import AlertClass, class_of, classes, zone_of
from escalator.rehearsal.proof.horizon import Horizon
from escalator.rehearsal.standing import Open

Stretch = tuple[Instant, Instant, str | None]
"""Since when, until when, who is on call."""

HOURS = 7 * 24
SHIFTS: Span = 4 * WEEK
FORESEEN: Span = DAY
"""How far the next page of an open incident is looked for."""


class Change(NamedTuple):
    """How the ladder of some classes of alerts changes, in these hours of the week."""

    alerts: tuple[str, ...]
    """The classes, in words: `critical alerts by routes[0] → policy page`."""
    labels: Labels
    """An example of the first."""
    hours: tuple[int, ...]
    """0: Monday 00:00 to 01:00, in the zone of those who are paged."""
    zone: str
    old: Ladder
    new: Ladder
    worse: str
    """In which way it is later or weaker; empty where it is not."""


class Shift(NamedTuple):
    """A stretch in which somebody else is on call."""

    schedule: str
    since: Instant
    until: Instant
    old: str | None
    new: str | None

    @property
    def worse(self) -> bool:
        """Whether nobody is on call where somebody was."""
        return self.old is not None and self.new is None


class Next(NamedTuple):
    """The next page of an open incident, if nobody does anything."""

    at: Instant | None
    people: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


class Move(NamedTuple):
    """What the change does to an open incident."""

    incident: Incident
    old: Next
    new: Next

    @property
    def worse(self) -> bool:
        return self.old.at is not None and (self.new.at is None or self.new.at > self.old.at)


class Plan(NamedTuple):
    """Everything that changes."""

    changes: tuple[Change, ...]
    shifts: tuple[Shift, ...]
    schedules: tuple[str, ...]
    """Schedules that are there in one of the books alone: `+name`, `-name`."""
    moves: tuple[Move, ...]
    """Open incidents whose next page changes."""
    incidents: int
    """How many are open."""

    @property
    def worse(self) -> bool:
        """Whether anything gets later or weaker."""
        verdicts = [bool(change.worse) for change in self.changes]
        return any([*verdicts, *(shift.worse for shift in self.shifts), *(move.worse for move in self.moves)])

    @property
    def empty(self) -> bool:
        return not (self.changes or self.shifts or self.schedules or self.moves)


def plan(old: Book, new: Book, now: Instant, open_: Sequence[Open] = (), around: Circumstances = PLAINLY) -> Plan:
    """`new` has a higher revision where incidents are given: they move to it."""
    return Plan(
        tuple(_merged(_changes(old, new, now, around))),
        tuple(_shifts(old, new, now, around)),
        tuple(f"-{name}" for name in old.schedules.keys() - new.schedules.keys())
        + tuple(f"+{name}" for name in new.schedules.keys() - old.schedules.keys()),
        tuple(move for each in open_ if (move := _move(old, new, now, each, around)) and move.old != move.new),
        len(open_),
    )


def _changes(old: Book, new: Book, now: Instant, around: Circumstances) -> Iterator[Change]:
    before, after = (Ladders(book, Horizon(book, now, 3 * WEEK), around) for book in (old, new))
    for about in _alerts(old, new):
        found: dict[tuple[Ladder, Ladder], list[int]] = {}
        zone = zone_of(new, class_of(new, about.labels or {}).policy)
        monday = _monday(now, zone)
        for hour in range(HOURS):
            at = monday + hour * HOUR
            pair = before.climb(about.labels or {}, at), after.climb(about.labels or {}, at)
            if _differ(*pair):
                found.setdefault(pair, []).append(hour)
        for (was, becomes), hours in found.items():
            yield Change((str(about),), about.labels or {}, tuple(hours), zone, was, becomes, worse(was, becomes))


def _merged(changes: Iterable[Change]) -> list[Change]:
    """Classes whose ladders change alike are told of once."""
    found: dict[tuple[object, ...], Change] = {}
    for change in changes:
        key = (change.hours, change.zone, change.old._replace(route=""), change.new._replace(route=""))
        first = found.setdefault(key, change)
        if first is not change:
            found[key] = first._replace(alerts=(*first.alerts, *change.alerts))
    return list(found.values())


def _monday(now: Instant, zone: str) -> Instant:
    """The beginning of the next week there."""
    today = to_datetime(now).astimezone(ZoneInfo(zone))
    monday = today.date() + timedelta(days=7 - today.weekday())
    return from_datetime(datetime.combine(monday, time(), ZoneInfo(zone)))


def _alerts(old: Book, new: Book) -> list[AlertClass]:
    """One example of each class of either book; of those that both know, the old one's words."""
    found: dict[tuple[object, ...], AlertClass] = {}
    for book in (old, new):
        for about in classes(book):
            if about.labels is not None:
                found.setdefault(tuple(sorted(about.labels.items())), about)
    return list(found.values())


def _differ(old: Ladder, new: Ladder) -> bool:
    """Names of routes and policies do not page anybody."""
    return old._replace(route="", policy="") != new._replace(route="", policy="")


def _shifts(old: Book, new: Book, now: Instant, around: Circumstances) -> Iterator[Shift]:
    for name in old.schedules.keys() & new.schedules.keys():
        was, becomes = ([*book.overrides, *around.overrides] for book in (old, new))
        yield from _differences(
            name,
            shifts(old.schedules[name], was, now, now + SHIFTS),
            shifts(new.schedules[name], becomes, now, now + SHIFTS),
        )


def _differences(name: str, old: Sequence[Stretch], new: Sequence[Stretch]) -> Iterator[Shift]:
    """Where the two differ, adjoining stretches with the same two people as one."""
    cuts = sorted({at for stretch in (*old, *new) for at in stretch[:2]})
    pending: Shift | None = None
    for since, until in pairwise(cuts):
        was, becomes = _at(old, since), _at(new, since)
        if pending is not None and (pending.until, pending.old, pending.new) == (since, was, becomes):
            pending = pending._replace(until=until)
            continue
        if pending is not None:
            yield pending
        pending = Shift(name, since, until, was, becomes) if was != becomes else None
    if pending is not None:
        yield pending


def _at(found: Iterable[Stretch], at: Instant) -> str | None:
    return next((person for since, until, person in found if since <= at < until), None)


def _move(old: Book, new: Book, now: Instant, open_: Open, around: Circumstances) -> Move:
    nights = [Night(old, now, around) for _ in range(2)]
    for night in nights:
        night.adopt(open_.incident, open_.alerts)
    nights[1].change(new)
    before, after = (_next(night, now) for night in nights)
    return Move(open_.incident, before, after)


def _next(night: Night, now: Instant) -> Next:
    while True:
        pages = [message for message in night.messages if message.page]
        if pages:
            people = dict.fromkeys(message.person for message in pages if message.person)
            channels = dict.fromkeys(name for message in pages if (name := message.channel))
            return Next(pages[0].at, tuple(people), tuple(channels))
        following = night.next_at()
        if following is None or following - now > FORESEEN:
            return Next(None)
        night.go_on()
