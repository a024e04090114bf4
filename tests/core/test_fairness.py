"""How the load is shared: hours, nights, weekends, holidays; everything adds up."""

import itertools
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalator.core.fairness import Balance, balance
from escalator.core.hours import covered, days_within, is_open, opened
from escalator.core.instant import DAY, HOUR, MINUTE, WEEK, Instant
from escalator.core.oncall import Every, Layer, Override, Person, Schedule
from tests.core.test_oncall import local
from tests.core.test_oncall_oracle import JUMPS, stories
from tests.core.zones import at, utc

MONDAY = utc("2026-01-05T00:00")


def person(name: str, timezone: str | None = None) -> Person:
    return Person(name, (), timezone)


PEOPLE = {each.name: each for each in (person("ann"), person("bob"), person("tia", "Asia/Tokyo"))}


def weekly(people: str, timezone: str = "UTC") -> Schedule:
    layer = Layer(tuple(people.split()), Every(1, "w"), local("2026-01-05T00:00"), timezone)
    return Schedule("s", timezone, (layer,))


def of(found: Balance, name: str) -> tuple[int, int, int, int, int]:
    load = next(each for each in found.loads if each.person == name)
    return load.served // HOUR, load.nights // HOUR, load.weekends // HOUR, load.holidays // HOUR, load.shifts


def test_a_week_is_seven_nights_and_one_weekend() -> None:
    found = balance(weekly("ann bob"), (), PEOPLE, frozenset({date(2026, 1, 6)}), MONDAY, MONDAY + 3 * WEEK)
    assert of(found, "ann") == (336, 112, 96, 24, 2)
    assert of(found, "bob") == (168, 56, 48, 0, 1)
    assert [(load.person, round(load.share, 3)) for load in found.loads] == [("ann", 0.667), ("bob", 0.333)]


def test_a_night_is_the_servants_own() -> None:
    """22:00 to 06:00 in Tokyo is 13:00 to 21:00 UTC."""
    found = balance(weekly("tia"), (), PEOPLE, frozenset(), MONDAY, MONDAY + 13 * HOUR)
    assert of(found, "tia")[:2] == (13, 0)
    assert of(balance(weekly("ann"), (), PEOPLE, frozenset(), MONDAY, MONDAY + 13 * HOUR), "ann")[:2] == (13, 6)


def test_somebody_whom_the_policies_no_longer_know_has_the_schedules_clock() -> None:
    found = balance(weekly("gone", "Asia/Tokyo"), (), {}, frozenset(), MONDAY, MONDAY + 13 * HOUR)
    assert of(found, "gone")[:2] == (13, 0)


def test_a_night_that_clocks_lengthen_counts_what_was_served() -> None:
    plan = weekly("ann", "Europe/London")
    since, until = at("Europe/London", "2026-10-24T12:00"), at("Europe/London", "2026-10-25T12:00")
    assert of(balance(plan, (), PEOPLE, frozenset(), since, until), "ann")[:2] == (25, 9)
    since, until = at("Europe/London", "2026-03-28T12:00"), at("Europe/London", "2026-03-29T12:00")
    assert of(balance(plan, (), PEOPLE, frozenset(), since, until), "ann")[:2] == (23, 7)


def test_who_stands_in_is_counted_and_who_serves_nothing_is_shown() -> None:
    plan = weekly("ann bob")
    cover = (Override("s", "tia", MONDAY, MONDAY + WEEK),)
    found = balance(plan, cover, PEOPLE, frozenset(), MONDAY, MONDAY + WEEK)
    assert [(load.person, load.served // DAY) for load in found.loads] == [("tia", 7), ("ann", 0), ("bob", 0)]
    assert found.gaps == 0


def test_nobody_serves_before_the_layer_starts_and_no_share_is_divided_by_nothing() -> None:
    found = balance(weekly("ann"), (), PEOPLE, frozenset(), MONDAY - WEEK, MONDAY)
    assert (found.gaps, found.loads[0].served, found.loads[0].share) == (WEEK, 0, 0.0)


@settings(max_examples=100, deadline=None, database=None)
@given(stories(), st.lists(st.integers(-4 * 24 * 60, 4 * 24 * 60), min_size=2, max_size=4, unique=True))
def test_what_is_served_and_the_gaps_add_up_whatever_the_boundaries(
    story: tuple[Schedule, list[Override], Instant], cuts: list[int]
) -> None:
    plan, made, jump = story
    points = sorted(jump + cut * MINUTE for cut in cuts)
    days = frozenset(date.fromordinal(local("1970-01-01T00:00").toordinal() + jump // DAY + n) for n in (-1, 0, 1))

    def between(since: Instant, until: Instant) -> Balance:
        return balance(plan, made, PEOPLE, days, since, until)

    whole = between(points[0], points[-1])
    assert sum(load.served for load in whole.loads) + whole.gaps == points[-1] - points[0]
    parts = [between(since, until) for since, until in itertools.pairwise(points)]
    for load in whole.loads:
        for what in ("served", "nights", "weekends", "holidays"):
            each = [getattr(one, what) for part in parts for one in part.loads if one.person == load.person]
            assert sum(each) == getattr(load, what), (load.person, what)
        assert max(load.nights, load.weekends, load.holidays) <= load.served
    assert sum(load.share for load in whole.loads) == pytest.approx(1.0 if whole.gaps < points[-1] - points[0] else 0.0)


@settings(max_examples=100, deadline=None, database=None)
@given(stories())
def test_hours_are_open_for_as_long_as_somebody_who_asks_every_minute_finds_them(
    story: tuple[Schedule, list[Override], Instant],
) -> None:
    plan, _, jump = story
    since, until = jump - 30 * HOUR, jump + 30 * HOUR
    for hours in {layer.during for layer in plan.layers if isinstance(layer, Layer) and layer.during}:
        ticks = range(since, until, 15 * MINUTE)
        assert opened(hours, since, until) == sum(is_open(hours, tick) for tick in ticks) * 15 * MINUTE


def test_days_are_as_long_as_their_clocks_make_them() -> None:
    """At every jump of every clock: the three days around it make the time between their midnights."""
    for name, jump in JUMPS:
        days = [date.fromordinal(jump.wall.toordinal() + n) for n in (-1, 0, 1)]
        wide = (jump.second * 1_000_000 - 2 * DAY, jump.second * 1_000_000 + 3 * DAY)
        # a midnight that clocks repeat belongs to both of its days, and is counted once
        assert days_within(days, name, *wide) == 3 * DAY - (jump.after - jump.before) * 1_000_000, (name, jump)


def test_time_in_two_windows_counts_once() -> None:
    assert covered([(0, 10), (5, 12), (20, 30), (22, 25)], 3, 28) == 9 + 8
    assert covered([], 0, 10) == 0
    assert covered([(12, 20)], 0, 10) == 0
