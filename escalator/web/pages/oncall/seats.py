"""Who is on now and who comes next, for every schedule, and when nobody does. Pure.

Law: where nobody is on call within the next 14 days stands in plain sight, not behind a link.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from escalator.core.book import Book
from escalator.core.duty import duties
from escalator.core.instant import DAY, Instant, Span
from escalator.core.oncall import Override, Schedule
from escalator.core.stretches import Coverage, Stretches
from escalator.web.oncall import now_and_next

AHEAD: Span = 14 * DAY
"""How far ahead gaps are looked for."""
COMING: Span = 60 * DAY
"""How far ahead a person's own shifts are looked for."""
SHIFTS = 8
"""Of a person, shown before "and more"."""


class Seat(NamedTuple):
    """One schedule as it stands."""

    schedule: Schedule
    now: dict[str, Any]
    """As the door for programs says it: person, until, then, next."""
    gaps: Stretches
    until: Instant
    """To when gaps were looked for."""

    @property
    def uncovered(self) -> Span:
        return sum(end - start for start, end in self.gaps)


class Turn(NamedTuple):
    """A shift of one person's."""

    schedule: str
    timezone: str
    starts_at: Instant
    ends_at: Instant
    swapped: str = ""
    """The reason of an override."""


def seats(schedules: Iterable[Schedule], overrides: Sequence[Override], now: Instant) -> list[Seat]:
    """Of each schedule, in their order."""
    by_schedule = _by_schedule(overrides)
    coverage = Coverage(now, now + AHEAD, overrides)
    return [
        Seat(each, now_and_next(each, by_schedule.get(each.name, ()), now), coverage.gaps(each), now + AHEAD)
        for each in schedules
    ]


def turns(
    schedules: Iterable[Schedule], overrides: Sequence[Override], person: str, since: Instant, until: Instant
) -> list[Turn]:
    """The person's shifts in all schedules that touch the time, by their starts."""
    by_schedule = _by_schedule(overrides)
    found = []
    for each in schedules:
        own = by_schedule.get(each.name, ())
        if not concerns(each, own, person):
            continue
        for duty in duties(each, own, since, until):
            if duty.person == person:
                why = "" if duty.override is None else duty.override.reason or "override"
                found.append(Turn(each.name, each.timezone, duty.starts_at, duty.ends_at, why))
    return sorted(found, key=lambda turn: (turn.starts_at, turn.schedule))


def concerns(schedule: Schedule, overrides: Iterable[Override], person: str) -> bool:
    """Whether the person can serve in it at all."""
    return any(person in layer.people for layer in schedule.layers) or any(each.person == person for each in overrides)


def teams_of(book: Book, person: str) -> list[str]:
    return [name for name, members in book.teams.items() if person in members]


def _by_schedule(overrides: Sequence[Override]) -> dict[str, tuple[Override, ...]]:
    ordered = sorted(overrides, key=lambda each: each.schedule)  # stable: of equal starts the last given still wins
    return {name: tuple(own) for name, own in groupby(ordered, key=lambda each: each.schedule)}
