"""The days that a calendar shows, by the clocks of one place: weeks from Monday, days as long as clocks make them.

Law: days adjoin. A day on which clocks change has 23 or 25 hours, one that a place skipped has none.
"""

from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from escalator.core.instant import HOUR, Instant, to_datetime
from escalator.core.wallclock import first, zone

View = Literal["week", "month"]
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
"""What can be asked for: the years of the policies."""


class Day(NamedTuple):
    """One local day."""

    date: date
    starts_at: Instant
    ends_at: Instant

    @property
    def hours(self) -> float:
        return (self.ends_at - self.starts_at) / HOUR

    @property
    def odd(self) -> bool:
        """Whether clocks change on it."""
        return self.hours != 24

    @property
    def spoken_hours(self) -> str:
        return f"{self.hours:g} h"


class Week(NamedTuple):
    """Monday to Sunday."""

    days: tuple[Day, ...]

    @property
    def since(self) -> Instant:
        return self.days[0].starts_at

    @property
    def until(self) -> Instant:
        return self.days[-1].ends_at

    def place(self, instant: Instant) -> float:
        """How far into the week an instant is, in percent of it."""
        share = (instant - self.since) / (self.until - self.since)
        return round(100 * min(max(share, 0.0), 1.0), 4)


class Shown(NamedTuple):
    """What one page of a calendar shows, and where its neighbours begin."""

    view: View
    title: str
    weeks: tuple[Week, ...]
    previous: date
    next: date

    @property
    def since(self) -> Instant:
        return self.weeks[0].since

    @property
    def until(self) -> Instant:
        return self.weeks[-1].until


def today(timezone: str, now: Instant) -> date:
    """The date that the calendar on the wall there shows."""
    return to_datetime(now).astimezone(zone(timezone)).date()


def week_of(day: date, timezone: str) -> Shown:
    """The week in which the day is."""
    monday = day - timedelta(days=day.weekday())
    number = monday.isocalendar()
    title = f"Week {number.week}, from {monday.day} {monday:%B %Y}"
    return Shown("week", title, (_week(monday, timezone),), monday - timedelta(7), monday + timedelta(7))


def month_of(day: date, timezone: str) -> Shown:
    """The weeks that the day's month touches."""
    begins = day.replace(day=1)
    follows = (begins + timedelta(31)).replace(day=1)
    monday = begins - timedelta(days=begins.weekday())
    weeks = []
    while monday < follows:
        weeks.append(_week(monday, timezone))
        monday += timedelta(7)
    before = (begins - timedelta(1)).replace(day=1)
    return Shown("month", f"{begins:%B %Y}", tuple(weeks), before, follows)


def shown(view: View, day: date, timezone: str) -> Shown:
    """The page of a calendar that has the day."""
    day = min(max(day, EARLIEST), LATEST)
    return week_of(day, timezone) if view == "week" else month_of(day, timezone)


def _week(monday: date, timezone: str) -> Week:
    dates = [monday + timedelta(n) for n in range(8)]
    midnights = [_midnight(each, timezone) for each in dates]
    return Week(tuple(Day(dates[n], midnights[n], midnights[n + 1]) for n in range(7)))


def _midnight(day: date, timezone: str) -> Instant:
    return first(datetime(day.year, day.month, day.day), zone(timezone))  # noqa: DTZ001 - wall-clock
