"""Layers out of calendars: who serves is what the shifts say, and everything else follows as for any layer."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from escalator.core.instant import DAY, HOUR, Instant
from escalator.core.oncall import (
    Every,
    Imported,
    Layer,
    Override,
    Schedule,
    Shift,
    boundaries,
    on_call,
    rotation,
    shifts,
)
from tests.core.test_oncall import local
from tests.core.zones import utc

CREW = ("ann", "bob", "cyd", "dov")
NOON = utc("2026-03-04T12:00")


def calendar(*written: tuple[int, int, str]) -> Imported:
    """Shifts by hours from noon."""
    found = [Shift(NOON + start * HOUR, NOON + end * HOUR, person) for start, end, person in written]
    return Imported(tuple(sorted(found, key=lambda each: each.starts_at)), "oncall.ics", "UTC")


def schedule(*layers: Layer | Imported) -> Schedule:
    return Schedule("on-call", "UTC", layers)


def at(hours: float) -> Instant:
    return NOON + int(hours * HOUR)


def test_the_start_belongs_to_a_shift_and_the_end_to_the_next() -> None:
    plan = schedule(calendar((0, 8, "ann"), (8, 16, "bob")))
    assert [on_call(plan, (), at(hours)) for hours in (-0.01, 0, 7.99, 8, 15.99, 16)] == [
        None, "ann", "ann", "bob", "bob", None,
    ]  # fmt: skip


def test_of_two_that_overlap_the_later_start_has_it_and_the_earlier_one_goes_on_after_it() -> None:
    plan = schedule(calendar((0, 24, "ann"), (6, 10, "bob"), (8, 9, "cyd")))
    assert [(end - start, person) for start, end, person in shifts(plan, (), at(0), at(24))] == [
        (6 * HOUR, "ann"), (2 * HOUR, "bob"), (HOUR, "cyd"), (HOUR, "bob"), (14 * HOUR, "ann"),
    ]  # fmt: skip


def test_of_equal_starts_the_one_written_later_has_it() -> None:
    assert on_call(schedule(calendar((0, 8, "ann"), (0, 4, "bob"))), (), at(1)) == "bob"
    assert on_call(schedule(calendar((0, 4, "bob"), (0, 8, "ann"))), (), at(1)) == "ann"


def test_a_gap_of_a_calendar_is_served_by_the_next_layer() -> None:
    base = Layer(("zoe",), Every(1, "w"), local("2026-01-05T09:00"), "UTC")
    plan = schedule(calendar((0, 8, "ann"), (12, 20, "bob")), base)
    assert [on_call(plan, (), at(hours)) for hours in (4, 10, 14, 30)] == ["ann", "zoe", "bob", "zoe"]


def test_the_next_who_are_asked_come_in_the_order_of_their_shifts_then_those_who_have_none_to_come() -> None:
    plan = schedule(calendar((0, 8, "ann"), (8, 16, "bob"), (16, 24, "cyd"), (24, 32, "bob")))
    assert rotation(plan, (), at(1)) == ("ann", "bob", "cyd")
    assert rotation(plan, (), at(9)) == ("bob", "cyd", "ann")
    assert rotation(plan, (), at(17)) == ("cyd", "bob", "ann")
    assert rotation(plan, (), at(25)) == ("bob", "cyd", "ann")
    assert rotation(plan, (), at(33)) == ()


def test_an_override_goes_before_a_calendar() -> None:
    plan = schedule(calendar((0, 8, "ann")))
    assert on_call(plan, (Override("on-call", "yan", at(2), at(4)),), at(3)) == "yan"


def test_the_people_of_a_calendar_are_those_whom_it_names() -> None:
    assert calendar((8, 16, "bob"), (0, 8, "ann"), (16, 24, "bob")).people == ("ann", "bob")
    assert Imported((), "none.ics", "UTC").people == ()
    assert on_call(schedule(Imported((), "none.ics", "UTC")), (), NOON) is None


def test_two_calendars_are_the_same_where_all_their_shifts_are() -> None:
    one, same, other = calendar((0, 8, "ann")), calendar((0, 8, "ann")), calendar((0, 8, "bob"))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other


def test_a_calendar_of_twenty_years_is_looked_up_in_no_time() -> None:
    """Every page asks; the whole calendar must not be walked each time."""
    long = calendar(*((day * 24, day * 24 + 24, CREW[day % 4]) for day in range(7_000)))
    plan = schedule(long)
    for day in range(0, 7_000, 7):
        assert on_call(plan, (), at(day * 24 + 1)) == CREW[day % 4]
        assert rotation(plan, (), at(day * 24 + 1))[:2] == (
            CREW[day % 4],
            CREW[(day + 1) % 4] if day < 6_999 else "ann",
        )


written = st.lists(
    st.tuples(st.integers(0, 72), st.integers(1, 40), st.sampled_from(CREW)).map(lambda s: (s[0], s[0] + s[1], s[2])),
    max_size=12,
)


@settings(max_examples=300, deadline=None, database=None)
@given(written)
def test_who_serves_is_what_somebody_who_reads_the_calendar_says(found: list[tuple[int, int, str]]) -> None:
    layer = calendar(*found)
    plan = schedule(layer)
    for hour in range(-2, 120):
        serving = [shift for shift in layer.shifts if shift.starts_at <= at(hour) < shift.ends_at]
        newest = max(serving, key=lambda shift: (shift.starts_at, layer.shifts.index(shift)), default=None)
        same = [shift for shift in serving if newest and shift.starts_at == newest.starts_at]
        assert on_call(plan, (), at(hour)) == (same[-1].person if same else None)


@settings(max_examples=200, deadline=None, database=None)
@given(written)
def test_between_boundaries_neither_who_serves_nor_who_is_next_changes(found: list[tuple[int, int, str]]) -> None:
    plan = schedule(calendar(*found))
    since, until = NOON - 2 * HOUR, NOON + 5 * DAY
    points = [since, *boundaries(plan, (), since, until), until]
    for start, end in itertools.pairwise(points):
        if start < end:
            answers = {
                (on_call(plan, (), now), rotation(plan, (), now)) for now in (start, (start + end) // 2, end - 1)
            }
            assert len(answers) == 1
