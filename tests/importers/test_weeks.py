"""Parts of a week: what is merged stays the same minutes, and hours of the language cover exactly these."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalator.importers.weeks import DAY, WEEK, clock, daily, merged, openings, overlap, spoken

WINDOW = st.tuples(st.integers(0, WEEK - 1), st.integers(1, WEEK)).map(lambda one: (one[0], one[0] + one[1]))
WINDOWS = st.lists(WINDOW, max_size=5)


def covered(windows):
    """The minutes of the week that lie in any of the windows; None is always."""
    if windows is None:
        return set(range(WEEK))
    return {minute % WEEK for start, end in windows for minute in range(start, min(end, start + WEEK))}


def opened(hours):
    """The minutes of the week in which hours of the language are open."""
    found = set()
    for days, starts, ends in hours:
        length = ends - starts if ends > starts else ends - starts + DAY
        found |= {(day * DAY + starts + minute) % WEEK for day in days for minute in range(length)}
    return found


@given(WINDOWS)
def test_merging_neither_adds_nor_loses_a_minute(windows):
    whole = merged(windows)
    assert covered(whole) == covered(windows)
    assert whole is None or len(whole) <= max(1, len(windows))


@given(WINDOWS)
def test_hours_cover_exactly_the_windows(windows):
    whole = merged(windows)
    if whole is not None:
        hours = openings(whole)
        assert opened(hours) == covered(whole)
        assert all(one.starts != one.ends and 0 <= one.starts < DAY and 0 < one.ends <= DAY for one in hours)


@given(WINDOWS, WINDOWS)
def test_windows_overlap_when_a_minute_lies_in_both(one, other):
    first, second = merged(one), merged(other)
    assert overlap(first, second) == bool(covered(first) & covered(second))


def test_a_night_is_one_window_and_a_weekend_is_three():
    assert openings(merged(daily(22 * 60, 8 * 60))) == [((0, 1, 2, 3, 4, 5, 6), 22 * 60, 6 * 60)]
    friday = 4 * DAY + 17 * 60
    assert openings([(friday, friday + 64 * 60)]) == [
        ((0,), 0, 9 * 60),
        ((4,), 17 * 60, DAY),
        ((5, 6), 0, DAY),
    ] or openings([(friday, friday + 64 * 60)]) == [((0,), 0, 9 * 60), ((5, 6), 0, DAY), ((4,), 17 * 60, DAY)]


def test_every_day_without_a_break_is_always():
    assert merged(daily(9 * 60, DAY)) is None
    assert merged([(0, WEEK)]) is None


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((0, 1, 2, 3, 4), ["mon-fri"]),
        ((0, 2, 5, 6), ["mon", "wed", "sat-sun"]),
        ((6,), ["sun"]),
        ((0, 6), ["mon", "sun"]),
    ],
)
def test_days_are_written_as_ranges(days, words):
    assert spoken(days) == words


def test_times_are_written_with_two_digits():
    assert [clock(0), clock(9 * 60 + 5), clock(DAY)] == ["00:00", "09:05", "24:00"]
