"""Sides of a schedule: together they name exactly who serves in the highest rank, whatever overlaps with what."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalator.core.instant import from_datetime
from escalator.core.oncall import on_call
from escalator.importers import shifts
from escalator.importers.sheet import Sheet
from escalator.importers.shifts import Shift, columns, lanes, turn
from escalator.importers.weeks import DAY, WEEK, merged
from escalator.language import compile_book

PEOPLE = tuple("abcdef")
START = datetime.fromisoformat("2026-01-05T00:00")


def compiled(given_shifts):
    sheet = Sheet("a test")
    for name in PEOPLE:
        sheet.put("people", sheet.name("people", name, name), {"contacts": {"email": f"{name}@example.com"}})
    names = shifts.schedule(sheet, "s", "s", "UTC", given_shifts)
    found = compile_book(sheet.finish(None, "").files)
    assert found.book is not None, found.diagnostics
    return found.book, names


@st.composite
def one_shift(draw):
    start = draw(st.integers(0, 13)) * DAY // 2
    windows = draw(st.none() | st.just(merged([(start % WEEK, start % WEEK + draw(st.integers(1, 13)) * DAY // 2)])))
    people = tuple(draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3)))
    until = draw(st.none() | st.integers(1, 20).map(lambda days: START + timedelta(days=days)))
    return Shift(
        people, draw(st.sampled_from(["1d", "1w", "12h"])), START, "UTC", windows, until, rank=draw(st.integers(0, 2))
    )


def serving(given_shifts, now):
    """Everybody in the highest rank that anybody serves in, straight from the shifts."""
    at = now.weekday() * DAY + now.hour * 60 + now.minute
    found: dict[int, set[str]] = {}
    for shift in given_shifts:
        open_now = shift.windows is None or any(a <= at + more < b for a, b in shift.windows for more in (0, WEEK))
        if open_now and (shift.until is None or now < shift.until):
            step = {"1d": timedelta(days=1), "1w": timedelta(weeks=1), "12h": timedelta(hours=12)}[shift.every]
            found.setdefault(shift.rank, set()).add(shift.people[(now - shift.starts) // step % len(shift.people)])
    return found[max(found)] if found else set()


@given(st.lists(one_shift(), min_size=1, max_size=5))
def test_sides_together_name_exactly_who_serves(given_shifts):
    book, names = compiled(given_shifts)
    for number in range(0, 24 * 21, 7):
        now = START + timedelta(hours=number)
        instant = from_datetime(datetime.fromisoformat(f"{now.isoformat()}+00:00"))
        named = {on_call(book.schedules[name], (), instant) for name in names} - {None}
        assert named == serving(given_shifts, now), now


def test_shifts_that_never_meet_stand_in_one_schedule():
    day = Shift(("a",), "1w", START, "UTC", merged([(0, 12 * 60)]))
    night = Shift(("b",), "1w", START, "UTC", merged([(12 * 60, DAY)]))
    assert lanes([day, night]) == [[day, night]]
    assert len(lanes([day, night._replace(timezone="Europe/London")])) == 2  # not known to be apart


def test_columns_name_the_people_of_each_turn():
    assert columns([["a", "b"], ["c"], ["d", "e", "f"]]) == [("a", "c", "d"), ("b", "c", "e"), ("b", "c", "f")]
    assert columns([]) == []


@pytest.mark.parametrize(
    ("seconds", "every"),
    [
        (604800, "1w"), (1209600, "2w"), (86400, "1d"), (259200, "3d"), (43200, "12h"), (5400, "90m"), (3605, None),
        (0, None), (10**9, None),
    ],
)  # fmt: skip
def test_turns_are_written_in_the_largest_unit(seconds, every):
    assert turn(seconds) == every


def test_a_shift_that_never_serves_makes_no_schedule():
    sheet = Sheet("a test")
    never = [
        Shift((), "1w", START, "UTC"),
        Shift(("a",), "1w", START, "UTC", ()),
        Shift(("a",), "1w", START, "UTC", until=START),
    ]
    assert shifts.schedule(sheet, "s", "s", "UTC", never) == []
    assert "schedules" not in sheet.sections


def test_an_override_needs_time_and_a_schedule():
    sheet = Sheet("a test")
    later = START + timedelta(days=1)
    assert not shifts.override(sheet, ["s"], "a", later, START)
    assert not shifts.override(sheet, [], "a", START, later)
    assert shifts.override(sheet, ["s", "s side 2"], "a", START, later)
    assert len(sheet.lists["overrides"]) == 2
