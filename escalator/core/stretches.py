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
    found: list[tuple[Instant, Instant]] = []
    covered = since
    for start, end in stretches:
        if start >= until:
            break
        if start > covered:
            found.append((covered, start))
        covered = max(covered, end)
    if covered < until:
        found.append((covered, until))
    return tuple(found)


def common(some: Stretches, others: Stretches) -> Stretches:
    """What lies in both."""
    if _within(some, others):
        return some
    if _within(others, some):
        return others
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


def _within(some: Stretches, others: Stretches) -> bool:
    """Whether all of some lie in one single other: the ordinary case, when a span is cut to itself."""
    return not some or (len(others) == 1 and others[0][0] <= some[0][0] and some[-1][1] <= others[0][1])


def windowed(hours: Hours, since: Instant, until: Instant) -> Stretches:
    """When the hours are open within [since, until)."""
    return common(joined(windows(hours, since, until)), ((since, until),))


class Coverage:
    """Everything about one span of time; what several ask is worked out once."""

    def __init__(self, since: Instant, until: Instant, overrides: Iterable[Override] = ()) -> None:
        self.since, self.until = since, until
        self.whole: Stretches = ((since, until),)
        self._overridden: dict[str, list[tuple[Instant, Instant]]] = {}
        for each in overrides:
            self._overridden.setdefault(each.schedule, []).append(each[2:4])
        self._opened: dict[Hours, Stretches] = {}
        self._covered: dict[str, Stretches] = {}

    def opened(self, hours: Hours) -> Stretches:
        nameless = replace(hours, name="")
        if nameless not in self._opened:
            self._opened[nameless] = windowed(hours, self.since, self.until)
        return self._opened[nameless]

    def covered(self, schedule: Schedule) -> Stretches:
        """When somebody is on call."""
        if schedule.name not in self._covered:
            others = self._overridden.get(schedule.name, [])
            self._covered[schedule.name] = self._together(schedule.layers, others)
        return self._covered[schedule.name]

    def gaps(self, schedule: Schedule) -> Stretches:
        """When nobody is."""
        return without(self.covered(schedule), self.since, self.until)

    def by_clocks_alone(self, schedule: Schedule) -> Stretches:
        """The gaps that clock changes alone make: those of a schedule that is full in some weeks of the year.

        Holidays, first and last days and overrides are left out of account, so that weeks differ in nothing else.
        """
        active = [layer for layer in schedule.layers if self._active(layer)]
        layers = [_weekly(layer) for layer in active if isinstance(layer, Layer)]
        if not layers or len(layers) < len(active):
            return ()  # a calendar's weeks differ as it likes
        found = without(self._together(layers, []), self.since, self.until)
        bounds = [(self.since, self.since), *found, (self.until, self.until)]
        full = any(start - end >= WEEK for (_, end), (start, _) in pairwise(bounds))
        return found if full else ()

    def _together(self, layers: Iterable[Layer | Imported], others: list[tuple[Instant, Instant]]) -> Stretches:
        staffed = [layer for layer in layers if layer.people]
        if any(self._active(layer) == self.whole for layer in staffed if not _limited(layer)):
            return self.whole  # as most schedules are: nobody need look at their hours
        found = [self._active(layer) for layer in staffed]
        if len(found) == 1 and not others:
            return found[0]
        return common(joined([*(part for each in found for part in each), *others]), self.whole)

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


def _limited(layer: Layer | Imported) -> bool:
    return isinstance(layer, Imported) or layer.during is not None


def _weekly(layer: Layer) -> Layer:
    """The layer as it is every week."""
    hours = None if layer.during is None else replace(layer.during, holidays=frozenset())
    return replace(layer, starts=_LONG_AGO, until=None, during=hours)
