"""A layer out of a calendar: its shifts are written one by one, and nothing about them is worked out.

Law: where two overlap, the one that starts later has it; of equal starts, the one that is written later.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from heapq import heappop, heappush
from typing import NamedTuple

from escalator.core.instant import Instant


class Shift(NamedTuple):
    """One event of the calendar."""

    starts_at: Instant
    ends_at: Instant
    person: str


@dataclass(frozen=True, slots=True)
class Imported:
    """A layer whose shifts stand in a calendar, in the order of their starts."""

    shifts: tuple[Shift, ...]
    source: str
    """The calendar's file."""
    timezone: str
    where: str = ""

    def __hash__(self) -> int:
        """Short: a schedule is looked up by it at every page, and a calendar may have thousands of shifts."""
        return hash((self.source, self.timezone, self.where, len(self.shifts), self.shifts[:1], self.shifts[-1:]))

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody whom it names, in the order of their first shifts."""
        return tuple(_plan(self).starts)


class _Plan(NamedTuple):
    """The shifts laid flat."""

    edges: list[Instant]
    """Every start and end, sorted."""
    serving: list[str | None]
    """Who has it from the edge of the same place on."""
    starts: dict[str, list[Instant]]
    """By person, when their shifts start."""


def stands(layer: Imported, now: Instant) -> tuple[bool, tuple[str, ...]] | None:
    """Whether somebody is on duty, and the people from whoever that is, by their next shifts; then those who have none
    to come, from whoever served last. None before the first shift and after the last.
    """
    plan = _plan(layer)
    place = bisect_right(plan.edges, now) - 1
    if not 0 <= place < len(plan.edges) - 1:
        return None
    person = plan.serving[place]
    names = ([person] if person else []) + sorted(plan.starts, key=lambda name: _next(plan.starts[name], now))
    return person is not None, tuple(dict.fromkeys(names))


def edges(layer: Imported, since: Instant, until: Instant) -> Iterator[Instant]:
    """Starts and ends of shifts within [since, until)."""
    found = _plan(layer).edges
    yield from found[bisect_left(found, since) : bisect_left(found, until)]


def _next(starts: list[Instant], now: Instant) -> tuple[bool, Instant]:
    """A key that sorts people by their next start, then the others by their last, the newest first."""
    place = bisect_right(starts, now)
    return (False, starts[place]) if place < len(starts) else (True, -starts[-1])


@lru_cache(maxsize=256)
def _plan(layer: Imported) -> _Plan:
    starts: dict[str, list[Instant]] = {}
    for shift in layer.shifts:
        starts.setdefault(shift.person, []).append(shift.starts_at)
    points = sorted({point for shift in layer.shifts for point in shift[:2]})
    return _Plan(points, list(_serving(layer.shifts, points)), starts)


def _serving(shifts: tuple[Shift, ...], points: list[Instant]) -> Iterator[str | None]:
    newest: list[tuple[int, Instant, str]] = []
    place = 0
    for point in points:
        while place < len(shifts) and shifts[place].starts_at <= point:
            heappush(newest, (-place, shifts[place].ends_at, shifts[place].person))
            place += 1
        while newest and newest[0][1] <= point:
            heappop(newest)
        yield newest[0][2] if newest else None
