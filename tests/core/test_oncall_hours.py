"""When hours are open, and when they open next."""

from datetime import date, timedelta

import pytest

from escalator.core.instant import DAY
from escalator.core.oncall import Hours, is_open, next_opening
from tests.core.zones import at, utc

WEEKDAYS = frozenset(range(5))
OFFICE = Hours("office", "Europe/London", 540, 1050, WEEKDAYS, frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
NIGHT = Hours("night", "Europe/London", 22 * 60, 6 * 60, WEEKDAYS)


@pytest.mark.parametrize(
    ("hours", "moment", "expected"),
    [
        # the start belongs to the window, the end does not
        (OFFICE, "2026-03-04T08:59:59", False),
        (OFFICE, "2026-03-04T09:00", True),
        (OFFICE, "2026-03-04T17:29:59", True),
        (OFFICE, "2026-03-04T17:30", False),
        # Saturday, and Good Friday
        (OFFICE, "2026-03-07T12:00", False),
        (OFFICE, "2026-04-03T12:00", False),
        # Friday's night reaches into Saturday, Sunday's does not begin
        (NIGHT, "2026-03-07T05:59", True),
        (NIGHT, "2026-03-07T22:00", False),
        (NIGHT, "2026-03-09T03:00", False),
        (NIGHT, "2026-03-09T22:00", True),
    ],
)
def test_hours_are_open_within_their_windows(hours: Hours, moment: str, expected: bool) -> None:
    assert is_open(hours, at("Europe/London", moment)) is expected


def test_a_holiday_cancels_the_window_that_starts_on_it_and_not_the_one_that_ends_on_it() -> None:
    hours = Hours("night", "Europe/London", 22 * 60, 6 * 60, holidays=frozenset({date(2026, 4, 3)}))
    assert is_open(hours, at("Europe/London", "2026-04-03T05:00"))
    assert not is_open(hours, at("Europe/London", "2026-04-03T23:00"))
    assert not is_open(hours, at("Europe/London", "2026-04-04T05:00"))


def test_hours_from_midnight_to_midnight_never_close() -> None:
    hours = Hours("always", "Africa/Cairo", 0, 1440)
    for change in ("2026-04-23T22:00", "2026-10-29T21:00"):
        assert all(is_open(hours, utc(change) + minutes * 60_000_000) for minutes in range(-180, 181))


def test_hours_that_end_when_they_start_last_a_day() -> None:
    hours = Hours("wednesday", "Europe/Berlin", 540, 540, frozenset({2}))
    assert [is_open(hours, at("Europe/Berlin", day)) for day in ("2026-03-04T09:00", "2026-03-05T08:59")] == [
        True,
        True,
    ]
    assert not is_open(hours, at("Europe/Berlin", "2026-03-05T09:00"))


def test_a_window_within_the_skipped_hour_never_opens_that_day() -> None:
    hours = Hours("owl", "Europe/Berlin", 135, 165)
    assert not is_open(hours, utc("2026-03-29T01:00"))
    assert next_opening(hours, utc("2026-03-29T00:00")) == at("Europe/Berlin", "2026-03-30T02:15")


def test_a_window_of_a_day_ends_in_an_hour_that_newfoundland_repeated_across_midnight() -> None:
    """On 2010-11-07 at 00:01 clocks went back to 23:01 of the 6th, and Friday's window was still open."""
    hours = Hours("friday", "America/St_Johns", 23 * 60 + 30, 23 * 60 + 30, frozenset({4}))
    assert is_open(hours, at("America/St_Johns", "2010-11-06T23:15", fold=1))
    assert is_open(hours, at("America/St_Johns", "2010-11-06T23:29:59", fold=1))
    assert not is_open(hours, at("America/St_Johns", "2010-11-06T23:30", fold=1))


def test_no_window_opens_on_the_day_that_samoa_skipped() -> None:
    hours = Hours("office", "Pacific/Apia", 540, 1020)
    assert next_opening(hours, at("Pacific/Apia", "2011-12-29T17:00")) == at("Pacific/Apia", "2011-12-31T09:00")


def test_the_next_opening_is_now_while_open_and_the_next_start_otherwise() -> None:
    wednesday = at("Europe/London", "2026-03-04T12:00")
    assert next_opening(OFFICE, wednesday) == wednesday
    assert next_opening(OFFICE, at("Europe/London", "2026-03-06T17:30")) == at("Europe/London", "2026-03-09T09:00")
    # over Easter
    assert next_opening(OFFICE, at("Europe/London", "2026-04-02T18:00")) == at("Europe/London", "2026-04-07T09:00")


def test_hours_that_never_open_within_400_days_have_no_next_opening() -> None:
    now = at("Europe/London", "2026-03-04T08:00")
    assert next_opening(Hours("never", "Europe/London", 540, 600, frozenset()), now) is None

    def closed_for(days: int) -> Hours:
        off = frozenset(date(2026, 3, 4) + timedelta(days=day) for day in range(days))
        return Hours("strike", "Europe/London", 420, 480, holidays=off)

    assert next_opening(closed_for(400), now) == at("Europe/London", "2027-04-08T07:00")
    assert next_opening(closed_for(401), now) is None


def test_hours_opened_by_a_clock_that_is_set_back_stay_open() -> None:
    """02:30 comes first at 00:30Z; the second 02:10 at 01:10Z is not before the opening any more."""
    hours = Hours("half past two", "Europe/Berlin", 150, 300)
    assert [is_open(hours, utc(f"2026-10-25T{time}")) for time in ("00:29", "00:30", "01:10", "03:59", "04:00")] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_the_longest_wait_for_an_opening_is_measured_in_elapsed_time() -> None:
    hours = Hours(
        "yearly", "UTC", 0, 60, holidays=frozenset(date(2026, 1, 1) + timedelta(days=day) for day in range(401))
    )
    opening = utc("2027-02-06T00:00")
    assert next_opening(hours, opening - 400 * DAY) == opening
    assert next_opening(hours, opening - 400 * DAY - 1) is None
