"""When hours close, across nights, weekends and clock changes: what quiet hours wait for."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from escalator.core.hours import Hours, is_open, next_closing
from escalator.core.instant import DAY, from_datetime

LONDON = ZoneInfo("Europe/London")
NIGHTS = Hours("nights", "Europe/London", 22 * 60, 7 * 60)
WEEKEND = Hours("weekend", "Europe/London", 0, 24 * 60, frozenset({5, 6}))
ALWAYS = Hours("always", "Europe/London", 0, 24 * 60)


def at(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=LONDON))


@pytest.mark.parametrize(
    ("hours", "now", "closes"),
    [
        (NIGHTS, "2026-03-04T03:00", "2026-03-04T07:00"),
        (NIGHTS, "2026-03-04T22:00", "2026-03-05T07:00"),
        # Closed already: nothing to wait for.
        (NIGHTS, "2026-03-04T07:00", "2026-03-04T07:00"),
        (NIGHTS, "2026-03-04T12:34", "2026-03-04T12:34"),
        # Saturday's window and Sunday's are one wait.
        (WEEKEND, "2026-03-07T10:00", "2026-03-09T00:00"),
        # The night in which clocks go forward, and the one in which they go back.
        (NIGHTS, "2026-03-28T23:00", "2026-03-29T07:00"),
        (NIGHTS, "2026-10-24T23:00", "2026-10-25T07:00"),
    ],
)
def test_when_hours_close(hours: Hours, now: str, closes: str) -> None:
    assert next_closing(hours, at(now)) == at(closes)
    assert not is_open(hours, next_closing(hours, at(now)))


def test_hours_that_never_close_end_all_the_same() -> None:
    now = at("2026-03-04T03:00")
    assert 400 * DAY <= next_closing(ALWAYS, now) - now <= 402 * DAY
