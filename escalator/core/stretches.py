"""When a schedule has somebody, and when nobody: stretches of time, joined, cut and turned inside out.

Law: who is on call does not matter here, so a rotation costs nothing, and a thousand schedules can be looked at while
somebody waits. That these stretches and `coverage.gaps` agree is held by a test.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from escalator.core.hours import Hours, windows
from escalator.core.instant import WEEK, Instant
from escalator.core.layers import Layer
from escalator.core.oncall import Imported, Override, Schedule
from escalator.core.wallclock import first, last, zone

_LONG_AGO = datetime(1970, 1, 2)  # noqa: DTZ001 - wall-clock
Stretches = tuple[tuple[Instant, Instant], ...]
"""(start, end), in order, neither touching nor empty."""


def joined(stretches: Iterable[tuple[Instant, Instant]]) -> Stretches:
    """All of these together."""
    found: list[tuple[Instant, Instant]] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        elif start < end:
            found.append((start, end))
    return tuple(found)


def without(stretches: Stretches, since: Instant, until: Instant) -> Stretches:
    """What of [since, until) they leave over."""
    ends = [since, *(end for _, end in stretches)]
    starts = [*(start for start, _ in stretches), until]
    edges = [(max(end, since), min(start, until)) for end, start in zip(ends, starts, strict=True)]
    return tuple((start, end) for start, end in edges if start < end)


def common(some: Stretches, others: Stretches) -> Stretches:
    """What lies in both."""
    found: list[tuple[Instant, Instant]] = []
    here = there = 0
    while here < len(some) and there < len(others):
        start, end = max(some[here][0], others[there][0]), min(some[here][1], others[there][1])
        if start < end:
            found.append((start, end))
        if some[here][1] < others[there][1]:
            here += 1
        else:
            there += 1
    return tuple(found)


def windowed(hours: Hours, since: Instant, until: Instant) -> Stretches:
    """When the hours are open within [since, until)."""
    return common(joined(windows(hours, since, until)), ((since, until),))


class Coverage:
    """Everything about one span of time; hours and zones are worked out once, however many schedules share them."""

    def __init__(self, since: Instant, until: Instant) -> None:
        self.since, self.until = since, until
        self.whole: Stretches = ((since, until),)
        self._opened: dict[Hours, Stretches] = {}

    def opened(self, hours: Hours) -> Stretches:
        nameless = replace(hours, name="")
        if nameless not in self._opened:
            self._opened[nameless] = windowed(hours, self.since, self.until)
        return self._opened[nameless]

    def covered(self, schedule: Schedule, overrides: Iterable[Override]) -> Stretches:
        """When somebody is on call."""
        layers = [layer for layer in schedule.layers if layer.people]
        if any(not _limited(layer) and self._active(layer) == self.whole for layer in layers):
            return self.whole  # as most schedules are: nobody need look at their hours
        parts = [part for layer in layers for part in self._active(layer)]
        parts += [
            (max(each.starts_at, self.since), min(each.ends_at, self.until))
            for each in overrides
            if each.schedule == schedule.name
        ]
        return joined(parts)

    def gaps(self, schedule: Schedule, overrides: Iterable[Override]) -> Stretches:
        """When nobody is."""
        return without(self.covered(schedule, overrides), self.since, self.until)

    def _active(self, layer: Layer | Imported) -> Stretches:
        if isinstance(layer, Imported):
            return common(joined((shift.starts_at, shift.ends_at) for shift in layer.shifts), self.whole)
        where = zone(layer.timezone)
        start = max(self.since, first(layer.starts, where))
        end = self.until if layer.until is None else min(self.until, last(layer.until, where))
        if start >= end:
            return ()
        force = ((start, end),)
        return force if layer.during is None else common(self.opened(layer.during), force)

    def by_clocks_alone(self, schedule: Schedule) -> Stretches:
        """The gaps that clock changes alone make: those of a schedule that is full in some weeks of the year.

        Holidays, first and last days and overrides are left out of account, so that weeks differ in nothing else.
        """
        active = [layer for layer in schedule.layers if self._active(layer)]
        layers = [_weekly(layer) for layer in active if isinstance(layer, Layer)]
        if not layers or len(layers) < len(active):
            return ()  # a calendar's weeks differ as it likes
        found = self.gaps(replace(schedule, layers=tuple(layers)), ())
        bounds = [(self.since, self.since), *found, (self.until, self.until)]
        full = any(start - end >= WEEK for (_, end), (start, _) in pairwise(bounds))
        return found if full else ()


def _limited(layer: Layer | Imported) -> bool:
    return isinstance(layer, Imported) or layer.during is not None


def _weekly(layer: Layer) -> Layer:
    """The layer as it is every week."""
    hours = None if layer.during is None else replace(layer.during, holidays=frozenset())
    return replace(layer, starts=_LONG_AGO, until=None, during=hours)
