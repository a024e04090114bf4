"""Which time is looked at, what it is compared with, and its weeks and nights as somebody's clocks have them.

Law: a quarter of an hour is the smallest grain: days, nights and weeks of every zone in use begin on one.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from escalator.core.instant import DAY, MINUTE, WEEK, Instant, Span
from escalator.core.wallclock import first, reached, zone

QUARTER: Span = 15 * MINUTE
DUSK, DAWN = 22, 6
"""A night, by the clocks of whoever is paged: 22:00 to 06:00; it belongs to the day on which it begins."""
LEAST: Span = 13 * WEEK
"""What a trend shows, at least."""


class Period(NamedTuple):
    """From `since` on, before `until`."""

    since: Instant
    until: Instant

    @property
    def length(self) -> Span:
        return self.until - self.since

    @property
    def before(self) -> "Period":
        """As long, and directly before."""
        return Period(self.since - self.length, self.since)

    def holds(self, at: Instant) -> bool:
        return self.since <= at < self.until


def days_back(now: Instant, days: int) -> Period:
    """The last so many days, to the end of the quarter of an hour that runs."""
    until = (now // QUARTER + 1) * QUARTER
    return Period(until - days * DAY, until)


def weeks(period: Period, timezone: str) -> tuple[Period, ...]:
    """The weeks, from Monday to Monday by these clocks, that show how the period compares: its own, those of the
    period before, and a quarter of a year at least. The last one may be cut short.
    """
    where = zone(timezone)
    day = reached(min(period.before.since, period.until - LEAST), where).date()
    monday = day - timedelta(days=day.weekday())
    starts = []
    while (start := first(datetime(monday.year, monday.month, monday.day), where)) < period.until:  # noqa: DTZ001
        starts.append(start)
        monday += timedelta(days=7)
    return tuple(Period(start, end) for start, end in zip(starts, [*starts[1:], period.until], strict=True))


@lru_cache(maxsize=32768)  # a year of quarters of an hour, in one zone; each is asked about by several tables
def night_of(at: Instant, timezone: str) -> date | None:
    """The day on which the night begins; None by day."""
    local = reached(at, zone(timezone))
    if DAWN <= local.hour < DUSK:
        return None
    return local.date() if local.hour >= DUSK else local.date() - timedelta(days=1)
