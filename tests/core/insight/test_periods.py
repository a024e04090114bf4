"""Periods, weeks and nights, as the clocks of a zone have them."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalator.core.insight.periods import QUARTER, Period, days_back, night_of, weeks
from escalator.core.instant import DAY, HOUR, MINUTE, WEEK, from_datetime, to_datetime
from escalator.core.wallclock import reached, zone

ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Los_Angeles", "Australia/Lord_Howe"])
NOWS = st.integers(1_600_000_000, 1_900_000_000).map(lambda seconds: seconds * 1_000_000)


def at(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))


@given(NOWS, st.sampled_from([7, 30, 90]))
def test_the_last_days_end_with_the_quarter_that_runs(now: int, days: int) -> None:
    period = days_back(now, days)
    assert period.length == days * DAY
    assert 0 < period.until - now <= QUARTER
    assert period.until % QUARTER == 0


def test_the_period_before_is_as_long_and_adjoins() -> None:
    period = Period(at("2026-03-08"), at("2026-03-15"))
    assert period.before == Period(at("2026-03-01"), at("2026-03-08"))
    assert not period.holds(period.until)
    assert period.holds(period.since)


@given(NOWS, st.sampled_from([1, 7, 30, 90, 200]), ZONES)
def test_weeks_adjoin_begin_on_mondays_and_cover_both_periods(now: int, days: int, timezone: str) -> None:
    period = days_back(now, days)
    found = weeks(period, timezone)
    assert all(one.until == other.since for one, other in pairwise(found))
    assert found[0].since <= min(period.before.since, period.until - 13 * WEEK)
    assert found[-1].until == period.until
    for week in found:
        local = reached(week.since, zone(timezone))
        assert (local.weekday(), local.hour, local.minute) == (0, 0, 0)
        assert week.since % QUARTER == 0
        assert 0 < week.length <= 7 * DAY + HOUR


@pytest.mark.parametrize(
    ("local", "night"),
    [
        ("2026-03-04T21:59", None),
        ("2026-03-04T22:00", date(2026, 3, 4)),
        ("2026-03-05T00:00", date(2026, 3, 4)),
        ("2026-03-05T05:59", date(2026, 3, 4)),
        ("2026-03-05T06:00", None),
        # the night in which clocks are set forward
        ("2026-03-29T03:30", date(2026, 3, 28)),
    ],
)
@pytest.mark.parametrize("timezone", ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
def test_a_night_is_22_to_6_by_the_clocks_of_whom_it_took_from(local: str, night: date | None, timezone: str) -> None:
    there = datetime.fromisoformat(local).replace(tzinfo=zone(timezone))
    assert night_of(from_datetime(there), timezone) == night


@given(NOWS, ZONES)
def test_all_instants_of_a_quarter_are_of_one_night(now: int, timezone: str) -> None:
    start = now // QUARTER * QUARTER
    assert night_of(start, timezone) == night_of(start + QUARTER - MINUTE, timezone)
    assert to_datetime(start).minute % 15 == 0
