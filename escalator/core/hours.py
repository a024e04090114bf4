"""Weekly hours and their windows: when something is open, and which window of the calendar it is.

Law: a window starts at the first occurrence of its local time and ends at the last; `days` and `holidays` speak of
the local day on which it starts. Windows are counted by the calendar, so one that a clock change swallows whole
counts too, and a new edition of the time zone database moves nobody's turn.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from escalator.core.instant import DAY, MINUTE, Instant, Span
from escalator.core.wallclock import first, last, reached, zone

_HORIZON = 400


@dataclass(frozen=True, slots=True)
class Hours:
    """Named weekly hours, wall-clock in their zone. `ends` <= `starts` means that a window crosses midnight."""

    name: str
    timezone: str
    starts: int
    """Minutes after midnight, 0..1439."""
    ends: int
    """Minutes after midnight, 1..1440."""
    days: frozenset[int] = frozenset(range(7))
    """Weekdays on which a window starts: Monday 0 … Sunday 6."""
    holidays: frozenset[date] = frozenset()
    """Local dates on which no window starts."""


def is_open(hours: Hours, now: Instant) -> bool:
    """Whether a window of the hours contains the instant."""
    where = zone(hours.timezone)
    wall = reached(now, where)
    # Two days back: a window of 24 hours may end in an hour that clocks repeat across midnight.
    for ago in (0, 1, 2):
        day = wall.date() - timedelta(days=ago)
        if _has_window(hours, day) and _start(hours, day) <= wall and now < last(_end(hours, day), where):
            return True
    return False


def next_opening(hours: Hours, now: Instant) -> Instant | None:
    """`now` where the hours are open, else the start of their next window within 400 days; None where there is none."""
    if is_open(hours, now):
        return now
    today = reached(now, zone(hours.timezone)).date()
    for start, end in _windows(hours, today, today + timedelta(days=_HORIZON)):
        if now < start < end:
            return start if start - now <= _HORIZON * DAY else None
    return None


def next_closing(hours: Hours, now: Instant) -> Instant:
    """`now` where the hours are closed, else when they next close; hours without an end close after 400 days."""
    end = now
    while is_open(hours, end) and end - now < _HORIZON * DAY:
        day = reached(end, zone(hours.timezone)).date()
        windows = _windows(hours, day - timedelta(days=2), day)
        end = max(closes for opens, closes in windows if opens <= end < closes)
    return end


def edges(hours: Hours, since: Instant, until: Instant) -> Iterator[Instant]:
    """Starts and ends of all windows that touch [since, until), and of some beside it; in no strict order."""
    for window in windows(hours, since, until):
        yield from window


def windows(hours: Hours, since: Instant, until: Instant) -> Iterator[tuple[Instant, Instant]]:
    """The windows that touch [since, until), and some beside it, by the day on which they start."""
    where = zone(hours.timezone)
    yield from _windows(hours, reached(since, where).date() - timedelta(days=2), reached(until, where).date())


def opened(hours: Hours, since: Instant, until: Instant) -> Span:
    """For how long of [since, until) the hours are open."""
    return covered(windows(hours, since, until), since, until)


def days_within(days: Iterable[date], timezone: str, since: Instant, until: Instant) -> Span:
    """For how long of [since, until) it is one of these local dates."""
    where, whole = zone(timezone), Hours("day", timezone, 0, 1440)
    low, high = reached(since, where).date() - timedelta(days=1), reached(until, where).date()
    return covered((w for day in days if low <= day <= high for w in _windows(whole, day, day)), since, until)


def covered(windows: Iterable[tuple[Instant, Instant]], since: Instant, until: Instant) -> Span:
    """How much of [since, until) lies in at least one of the windows."""
    total, so_far = 0, since
    for start, end in sorted(windows):
        total += max(0, min(end, until) - max(start, so_far))
        so_far = max(so_far, end)
    return total


def begun(hours: Hours, now: Instant) -> int:
    """How many windows have started up to `now`, from a fixed day long ago."""
    wall = reached(now, zone(hours.timezone))
    today = wall.date()
    return windows_before(hours, today) + (_has_window(hours, today) and _start(hours, today) <= wall)


def windows_before(hours: Hours, day: date) -> int:
    """How many windows start before the local `day`, from the same fixed day."""
    # 0001-01-01, a Monday, is ordinal 1.
    weeks, rest = divmod(day.toordinal() - 1, 7)
    ordinary = weeks * len(hours.days) + sum(weekday < rest for weekday in hours.days)
    return ordinary - bisect_left(_cancelled(hours.days, hours.holidays), day)


@lru_cache(maxsize=1024)
def _cancelled(days: frozenset[int], holidays: frozenset[date]) -> tuple[date, ...]:
    """The holidays on which a window would start, sorted."""
    return tuple(sorted(day for day in holidays if day.weekday() in days))


def _windows(hours: Hours, since: date, until: date) -> Iterator[tuple[Instant, Instant]]:
    """The windows that start on the local days from `since` to `until`, both included; (t, t) for a swallowed one."""
    where = zone(hours.timezone)
    ends = _closing(hours)
    for ordinal in range(since.toordinal(), until.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if not _has_window(hours, day):
            continue
        midnight = _calm(hours.timezone, ordinal)
        if midnight is None:
            yield first(_start(hours, day), where), last(_end(hours, day), where)
        else:
            yield midnight + hours.starts * MINUTE, midnight + ends * MINUTE


@lru_cache(maxsize=16384)  # some years of ten zones, however many hours there are in them
def _calm(timezone: str, ordinal: int) -> Instant | None:
    """The midnight at which a local day begins, if clocks stay as they are until three days later, so that every time
    of a window can be counted from it; None where they change.
    """
    where = zone(timezone)
    midnights = [first(datetime.fromordinal(ordinal + later), where) for later in range(4)]
    return midnights[0] if all(each == midnights[0] + n * DAY for n, each in enumerate(midnights)) else None


def _has_window(hours: Hours, day: date) -> bool:
    return day.weekday() in hours.days and day not in hours.holidays


def _start(hours: Hours, day: date) -> datetime:
    return datetime(day.year, day.month, day.day) + timedelta(minutes=hours.starts)  # noqa: DTZ001 - wall-clock


def _end(hours: Hours, day: date) -> datetime:
    return datetime(day.year, day.month, day.day) + timedelta(minutes=_closing(hours))  # noqa: DTZ001 - wall-clock


def _closing(hours: Hours) -> int:
    """When a window ends, in minutes after the midnight before it starts."""
    return hours.ends if hours.ends > hours.starts else hours.ends + 1440
