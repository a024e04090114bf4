"""What the last weeks asked of a person: pages by day and by night, hours on call. By the clocks of that person.

Law: a page is one call for help, by however many contacts it went; a night is 22:00 to 06:00, as in `core.fairness`.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from escalator.core.hours import Hours, is_open, opened
from escalator.core.instant import HOUR, Instant
from escalator.core.stretches import common, joined
from escalator.web.pages.oncall.days import Week, today, week_of

WEEKS = 8


class Load(NamedTuple):
    """One week of one person."""

    monday: date
    days: int
    """Pages by day."""
    nights: int
    hours: float
    """On call, for whichever schedule: an hour for two of them is one hour."""
    night_hours: float

    @property
    def pages(self) -> int:
        return self.days + self.nights


class Bar(NamedTuple):
    """One week as it is drawn, in units of the picture."""

    load: Load
    x: int
    day: float
    """Heights."""
    night: float


HIGH, WIDE = 80, 40
"""Of the highest bar, and of a week."""


def weeks(timezone: str, now: Instant, count: int = WEEKS) -> list[Week]:
    """The last ones, this one too, the oldest first."""
    monday = week_of(today(timezone, now), timezone).weeks[0].days[0].date
    return [week_of(monday - timedelta(weeks=ago), timezone).weeks[0] for ago in reversed(range(count))]


def load(
    shown: Iterable[Week], pages: Iterable[Instant], served: Iterable[tuple[Instant, Instant]], timezone: str
) -> list[Load]:
    """Of each week. `served`: when the person was on call; what lies in no week is passed over."""
    night = Hours("night", timezone, 22 * 60, 6 * 60)
    told, duty = sorted(pages), joined(served)
    found = []
    for week in shown:
        own = [is_open(night, at) for at in told if week.since <= at < week.until]
        stretches = common(duty, ((week.since, week.until),))
        hours = sum(end - start for start, end in stretches) / HOUR
        dark = sum(opened(night, start, end) for start, end in stretches) / HOUR
        found.append(Load(week.days[0].date, len(own) - sum(own), sum(own), round(hours, 1), round(dark, 1)))
    return found


def bars(loads: Iterable[Load]) -> list[Bar]:
    """Side by side, the highest as high as the picture."""
    many = list(loads)
    most = max((each.pages for each in many), default=0) or 1
    return [
        Bar(each, place * WIDE, round(HIGH * each.days / most, 1), round(HIGH * each.nights / most, 1))
        for place, each in enumerate(many)
    ]
