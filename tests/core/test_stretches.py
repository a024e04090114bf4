"""Stretches of time against two oracles: sets of instants for the arithmetic, `coverage.gaps` for who is on call."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalator.core import coverage
from escalator.core.hours import Hours, is_open
from escalator.core.instant import DAY, HOUR, from_datetime
from escalator.core.oncall import Every, Imported, Layer, Override, Schedule, Shift
from escalator.core.stretches import Coverage, common, joined, windowed, without

FIRST = datetime(2026, 1, 5)  # noqa: DTZ001  wall-clock in the layer's zone
START = from_datetime(datetime.fromisoformat("2026-02-20T00:00Z"))
ZONES = (
    "UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Atlantic/Azores",
    "Asia/Kolkata", "Africa/Casablanca",
)  # fmt: skip
pairs = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)


def instants(stretches) -> set[int]:
    return {instant for start, end in stretches for instant in range(start, end)}


def orderly(stretches) -> bool:
    flat = [edge for stretch in stretches for edge in stretch]
    return flat == sorted(set(flat))


@given(pairs)
def test_joined_is_the_union_and_orderly(some):
    found = joined(some)
    assert instants(found) == instants(some)
    assert orderly(found)


@given(pairs, st.integers(0, 40), st.integers(0, 40))
def test_without_is_the_rest(some, since, until):
    found = without(joined(some), since, until)
    assert instants(found) == set(range(since, until)) - instants(some)
    assert orderly(found)


@given(pairs, pairs)
def test_common_is_the_intersection(some, others):
    found = common(joined(some), joined(others))
    assert instants(found) == instants(some) & instants(others)
    assert orderly(found)


hours = st.builds(
    Hours,
    st.just("h"),
    st.sampled_from(ZONES),
    st.sampled_from([0, 30, 90, 120, 480, 1320]),
    st.sampled_from([60, 150, 180, 540, 1020, 1440]),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.frozensets(st.dates(date(2026, 3, 1), date(2026, 4, 30)), max_size=4),
).filter(lambda each: each.starts != each.ends)
moments = st.integers(0, 120 * 24 * 60).map(lambda minutes: FIRST + timedelta(days=27, minutes=minutes))
layers = st.builds(
    Layer,
    st.just(("ana", "ben")),
    st.sampled_from([Every(1, "d"), Every(1, "w"), Every(5, "h")]),
    moments,
    st.sampled_from(ZONES),
    st.none() | hours,
    st.none() | moments,
)
calendars = st.lists(st.tuples(st.integers(0, 80), st.integers(1, 9)), max_size=6).map(
    lambda found: Imported(
        tuple(sorted(Shift(START + day * DAY, START + (day + length) * DAY, "cleo") for day, length in found)),
        "x.ics",
        "UTC",
    )
)
overrides = st.lists(
    st.tuples(st.integers(-9, 99), st.integers(1, 200), st.sampled_from(["s", "other"])), max_size=3
).map(
    lambda found: [
        Override(name, "dan", START + day * DAY, START + day * DAY + span * HOUR) for day, span, name in found
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(layers | calendars, max_size=3), overrides)
def test_the_gaps_are_those_of_who_is_on_call(given_layers, given_overrides):
    schedule = Schedule("s", "UTC", tuple(given_layers))
    until = START + 90 * DAY
    expected = coverage.gaps(schedule, given_overrides, START, until)
    assert list(Coverage(START, until, given_overrides).gaps(schedule)) == expected


@settings(max_examples=60, deadline=None)
@given(hours, st.integers(0, 60 * 24 * 100 - 1))
def test_windows_are_when_hours_are_open(some, minutes):
    """Through the spring's clock changes, those at midnight in Havana and the half hours of Lord Howe among them."""
    now = START + minutes * 60_000_000
    found = windowed(some, START, START + 100 * DAY)
    assert any(start <= now < end for start, end in found) == is_open(some, now)


def day(name: str, zone: str, starts: int, ends: int) -> Layer:
    return Layer(("ana",), Every(1, "w"), FIRST, zone, Hours(name, zone, starts * 60, ends * 60))


def year(schedule: Schedule) -> tuple[int, int]:
    """How many gaps, and how many of them are the clocks'."""
    span = Coverage(START, START + 400 * DAY)
    return len(span.gaps(schedule)), len(span.by_clocks_alone(schedule))


@pytest.mark.parametrize(
    ("remark", "layers_", "expected"),
    [
        ("full all year", (day("a", "UTC", 0, 24),), (0, 0)),
        # One zone has summer time and the other has not: from 2026-03-29 to 2026-10-25, an hour each evening.
        ("full in winter", (day("a", "Europe/London", 8, 20), day("b", "Asia/Tokyo", 5, 17)), (210, 210)),
        ("never full", (day("a", "Europe/London", 8, 20),), (400, 0)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_gaps_of_the_clocks_are_told_from_gaps_of_every_week(remark, layers_, expected):
    assert year(Schedule("s", "UTC", layers_)) == (expected[0] + (remark == "never full"), expected[1])


def test_a_holiday_is_no_fault_of_the_clocks():
    hours_ = Hours("a", "UTC", 0, 1440, holidays=frozenset({date(2026, 12, 25)}))
    layer = Layer(("ana",), Every(1, "w"), FIRST, "UTC", hours_)
    assert year(Schedule("s", "UTC", (layer,))) == (1, 0)


def test_the_end_of_a_layer_is_no_fault_of_the_clocks():
    layer = Layer(("ana",), Every(1, "w"), FIRST, "UTC", until=FIRST + timedelta(days=200))
    assert year(Schedule("s", "UTC", (layer,))) == (1, 0)


def test_a_calendar_is_no_fault_of_the_clocks():
    calendar = Imported((Shift(START + DAY, START + 200 * DAY, "ana"),), "x.ics", "UTC")
    assert year(Schedule("s", "UTC", (calendar,))) == (2, 0)
