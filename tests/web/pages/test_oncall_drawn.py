"""What a calendar draws, worked out: days of 23 and 25 hours, rows, colours; and the last row is who is paged."""

from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalator.core.instant import DAY, HOUR, MINUTE, Instant, rfc3339
from escalator.core.oncall import Every, Hours, Layer, Override, Schedule, on_call
from escalator.core.swap import Swap
from escalator.web.pages.oncall import words
from escalator.web.pages.oncall.colours import PALETTE, colours
from escalator.web.pages.oncall.days import EARLIEST, LATEST, Shown, month_of, shown, today, week_of
from escalator.web.pages.oncall.drawn import HEIGHTS, Look, change_path, strip
from escalator.web.pages.oncall.rows import MOST, Piece, Plan, Row, lanes, layer_shifts
from tests.core.test_oncall_oracle import stories
from tests.core.zones import at, families, utc

LONDON, BERLIN = "Europe/London", "Europe/Berlin"
OFFICE = Hours("office", LONDON, 9 * 60, 17 * 60, frozenset(range(5)))
MONDAY = utc("2026-01-05T00:00")
LATEST_KNOWN = MONDAY + 400 * DAY


def layer(people: str, during: Hours | None = None, zone: str = "UTC") -> Layer:
    return Layer(tuple(people.split()), Every(1, "w"), datetime(2026, 1, 5), zone, during)  # noqa: DTZ001 - wall-clock


def plan(*layers: Layer, overrides: Any = (), swaps: Any = (), days: int = 7) -> Plan:
    return Plan(Schedule("s", "UTC", layers), overrides, swaps, MONDAY, MONDAY + days * DAY)


# --- days -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        # clocks go forward on the last Sunday of March, and back on that of October
        ("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-10", 24),
    ],
)  # fmt: skip
def test_a_day_has_the_hours_that_its_clocks_show(day: str, hours: int) -> None:
    page = week_of(date.fromisoformat(day), LONDON)
    found = next(each for each in page.weeks[0].days if each.date.isoformat() == day)
    assert (found.hours, found.odd, found.spoken_hours) == (hours, hours != 24, f"{hours} h")
    assert sum(each.hours for each in page.weeks[0].days) == 6 * 24 + hours


def test_a_day_that_a_place_skipped_has_no_hours_and_one_with_half_an_hour_more_says_so() -> None:
    samoa = week_of(date(2011, 12, 30), "Pacific/Apia").weeks[0]
    assert [day.hours for day in samoa.days] == [24, 24, 24, 24, 0, 24, 24]
    lord_howe = week_of(date(2026, 4, 5), "Australia/Lord_Howe").weeks[0]
    assert lord_howe.days[6].spoken_hours == "24.5 h"


def test_a_month_is_the_weeks_that_it_touches_and_knows_its_neighbours() -> None:
    page = month_of(date(2026, 11, 26), LONDON)
    assert (page.title, len(page.weeks)) == ("November 2026", 6)
    assert (page.weeks[0].days[0].date, page.weeks[-1].days[-1].date) == (date(2026, 10, 26), date(2026, 12, 6))
    assert (page.previous, page.next) == (date(2026, 10, 1), date(2026, 12, 1))
    assert month_of(date(2027, 2, 1), LONDON).weeks[0].days[0].date == date(2027, 2, 1)


def test_a_week_begins_on_its_monday_and_knows_its_neighbours() -> None:
    page = week_of(date(2026, 11, 26), LONDON)
    assert (page.title, page.previous, page.next) == (
        "Week 48, from 23 November 2026", date(2026, 11, 16), date(2026, 11, 30),
    )  # fmt: skip


@pytest.mark.parametrize("view", ["week", "month"])
@pytest.mark.parametrize(("day", "nearest"), [(date.min, EARLIEST), (date.max, LATEST)])
def test_what_no_policy_can_speak_of_shows_the_nearest_that_can_be(view: Any, day: date, nearest: date) -> None:
    assert shown(view, day, LONDON).weeks == shown(view, nearest, LONDON).weeks


@given(st.sampled_from(sorted(families())), st.dates(date(2026, 1, 1), date(2037, 12, 31)))
@settings(max_examples=150, deadline=None, database=None)
def test_days_adjoin_everywhere_and_each_is_on_one_wall(zone: str, day: date) -> None:
    page: Shown = month_of(day, zone)
    days = [each for week in page.weeks for each in week.days]
    assert [one.ends_at for one in days[:-1]] == [two.starts_at for two in days[1:]]
    for each in days:
        if each.hours:
            assert {today(zone, each.starts_at), today(zone, each.ends_at - 1)} <= {each.date}


# --- words ----------------------------------------------------------------------------------------------------------


def test_an_hour_that_clocks_show_twice_is_said_with_its_offset() -> None:
    before, after = at(LONDON, "2026-10-25T01:30", 0), at(LONDON, "2026-10-25T01:30", 1)
    assert [words.clock(each, LONDON) for each in (before, after)] == ["01:30 BST", "01:30 GMT"]
    assert words.span(before, after + 2 * HOUR, LONDON) == "Sun 25 Oct 01:30 BST to 03:30"


def test_what_stands_in_the_form_is_read_back_as_the_same_instant_even_in_that_hour() -> None:
    before, after = at(LONDON, "2026-10-25T01:30", 0), at(LONDON, "2026-10-25T01:30", 1)
    assert words.written(before, LONDON) == "2026-10-25T01:30"
    assert words.written(after, LONDON) == "2026-10-25T01:30+00:00"
    assert words.written(after, LONDON, end=True) == "2026-10-25T01:30"


@given(
    st.sampled_from(sorted(families())),
    st.integers(utc("2026-01-01T00:00") // MINUTE, utc("2037-01-01T00:00") // MINUTE),
)
@settings(max_examples=300, deadline=None, database=None)
def test_every_minute_can_be_written_and_read_in_every_zone(zone: str, minute: int) -> None:
    for end in (False, True):
        assert words.read(words.written(minute * MINUTE, zone, end=end), zone, end=end) == minute * MINUTE


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-13-01", "2026-03-04T25:00", "9999-12-31T23:59-12:00", "1960-01-01"]
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert words.read(text, LONDON) is None


def test_what_goes_on_beyond_what_is_known_is_not_given_an_end() -> None:
    known = (MONDAY, MONDAY + DAY)
    assert words.span(MONDAY, MONDAY + HOUR, "UTC", known) == "until Mon 5 Jan 01:00"
    assert words.span(MONDAY + HOUR, MONDAY + DAY, "UTC", known) == "from Mon 5 Jan 01:00 on"
    assert words.span(*known, "UTC", known) == "all the time"


# --- rows -----------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None, database=None)
@given(stories())
def test_the_last_row_is_who_is_paged_at_every_minute(story: tuple[Schedule, list[Override], Instant]) -> None:
    schedule, overrides, jump = story
    week = week_of(today(schedule.timezone, jump), schedule.timezone).weeks[0]
    plan = Plan(schedule, overrides, (), week.since, week.until)
    drawn = plan.final()
    pieces = list(drawn.pieces)
    reached = pieces[-1].ends_at if drawn.more else min(week.until, plan.walked[1])
    assert reached >= week.since + 6 * DAY
    assert (pieces[0].starts_at <= week.since, pieces[-1].ends_at >= reached) == (True, True)
    for minute in range(week.since, min(week.until, reached), MINUTE):
        while pieces[0].ends_at <= minute:
            pieces.pop(0)
        assert pieces[0].starts_at <= minute
        assert pieces[0].person == on_call(schedule, overrides, minute), rfc3339(minute)


@settings(max_examples=60, deadline=None, database=None)
@given(stories())
def test_a_layers_row_is_who_would_have_duty_if_there_were_no_other(
    story: tuple[Schedule, list[Override], Instant],
) -> None:
    schedule, _, jump = story
    since, until = jump - 2 * DAY, jump + 2 * DAY
    for place, pieces in enumerate(layer_shifts(schedule, since, until)):
        alone = Schedule("alone", schedule.timezone, schedule.layers[place : place + 1])
        for minute in range(since, until, 15 * MINUTE):
            drawn = next((each.person for each in pieces if each.starts_at <= minute < each.ends_at), None)
            assert drawn == on_call(alone, (), minute)


def test_rows_go_from_the_layers_to_what_comes_of_them() -> None:
    cover = Override("s", "zoe", MONDAY + 10 * HOUR, MONDAY + 12 * HOUR, "leave", "o1", "ann")
    made = Override("s", "ben", MONDAY + 2 * DAY, MONDAY + 2 * DAY + HOUR, "swap with ann: dentist", "w1", "ben")
    swaps = [
        Swap("w1", "s", "ann", "ben", *made[2:4], "dentist", "accepted", "ben", "w1"),
        Swap("w2", "s", "ann", None, MONDAY + 3 * DAY, MONDAY + 3 * DAY + HOUR),
        Swap("w3", "s", "ann", "ben", MONDAY + 4 * DAY, MONDAY + 4 * DAY + HOUR, "", "declined"),
        Swap("w4", "another", "ann", "ben", MONDAY, MONDAY + HOUR),
    ]
    rows = plan(layer("day", OFFICE), layer("ann"), overrides=(cover, made), swaps=swaps).rows()
    assert [(row.kind, row.title, len(row.pieces)) for row in rows[:4]] == [
        ("layer", "Layer 1", 5), ("layer", "Layer 2", 1), ("override", "Overrides", 1), ("swap", "Swaps", 2),
    ]  # fmt: skip
    assert rows[2].pieces[0].why == "override by ann: leave"
    assert [(each.person, each.why) for each in rows[3].pieces] == [
        ("ben", "ben takes it from ann"), ("ann", "ann asks anybody on the schedule"),
    ]  # fmt: skip
    final = rows[-1]
    assert (final.kind, final.title) == ("final", "On call")
    reasons = {piece.person: piece.why for piece in final.pieces}
    assert reasons == {
        "ann": "layer 2", "day": "layer 1", "zoe": "override by ann: leave", "ben": "swap with ann: dentist",
    }  # fmt: skip


def test_a_gap_is_a_piece_of_nobody_and_a_shift_is_whole_beyond_the_edge_of_the_page() -> None:
    final = plan(layer("ann ben", OFFICE)).final()
    assert [each.person for each in final.pieces[:3]] == [None, "ann", None]
    assert final.pieces[0].why == "nobody is on call"
    whole = plan(layer("ann ben")).rows()[0].pieces[0]
    assert (whole.starts_at, whole.ends_at) == (MONDAY, MONDAY + 7 * DAY)
    later = Plan(Schedule("s", "UTC", (layer("ann ben"),)), (), (), MONDAY + 9 * DAY, MONDAY + 10 * DAY).final()
    assert (later.pieces[0].starts_at, later.pieces[0].ends_at) == (MONDAY + 7 * DAY, MONDAY + 14 * DAY)


def test_overrides_that_lie_over_each_other_have_rows_of_their_own() -> None:
    times = [(0, 4), (1, 2), (2, 3), (4, 5)]
    found = lanes(Piece(start, end, "ann") for start, end in times)
    assert [[(each.starts_at, each.ends_at) for each in lane] for lane in found] == [
        [(0, 4), (4, 5)], [(1, 2), (2, 3)],
    ]  # fmt: skip


def test_turns_of_minutes_are_not_all_drawn_and_the_page_says_so() -> None:
    quick = Layer(("ann", "ben"), Every(5, "m"), datetime(2026, 1, 1), "UTC")  # noqa: DTZ001 - wall-clock
    drawn = plan(quick)
    assert drawn.walked == (MONDAY - 5 * MINUTE, MONDAY + MOST * 5 * MINUTE)
    assert len(drawn.final().pieces) == MOST
    # Those of an hour are, and their true ends beside the page are known.
    hourly = replace(quick, every=Every(1, "h"))
    assert plan(hourly).walked == (MONDAY - 14 * DAY, MONDAY + 21 * DAY)
    assert len(plan(hourly).final().pieces) == 7 * 24


# --- drawing --------------------------------------------------------------------------------------------------------


def look(now: Instant = MONDAY + 3 * DAY, zone: str = "UTC") -> Look:
    return Look("s", zone, "week", {"ann": "p1", "ben": "p2"}, now, (0, LATEST_KNOWN), True)


def test_a_bar_stands_where_its_time_is_and_says_who_and_when() -> None:
    week = week_of(date(2026, 1, 5), "UTC").weeks[0]
    row = Row("final", "On call", (Piece(MONDAY + DAY, MONDAY + 3 * DAY + 12 * HOUR, "ann", "layer 1"),))
    found = strip(week, [row], look())
    (mark,) = found.marks
    assert (round(mark.x, 2), round(mark.width, 2)) == (14.29, 35.71)
    assert (mark.colour, mark.label, mark.handoff) == ("p1", "ann", "00:00")
    assert mark.title == "ann, Tue 6 Jan 00:00 to Thu 8 Jan 12:00 (layer 1)"
    assert found.now == pytest.approx(100 * 3 / 7, abs=0.01)
    assert [each.today for each in found.columns] == [False, False, False, True, False, False, False]


@settings(max_examples=40, deadline=None, database=None)
@given(stories())
def test_what_is_drawn_of_who_is_on_call_fills_the_week_without_a_hole(
    story: tuple[Schedule, list[Override], Instant],
) -> None:
    schedule, overrides, jump = story
    week = week_of(today(schedule.timezone, jump), schedule.timezone).weeks[0]
    plan = Plan(schedule, overrides, (), week.since, week.until)
    marks = strip(week, [plan.final()], look(zone=schedule.timezone)).marks
    assert marks[0].x == 0
    for one, two in pairwise(marks):
        assert one.x + one.width == pytest.approx(two.x, abs=0.001)
    drawn_to = week.place(min(plan.walked[1], week.until))
    assert len(marks) == MOST or marks[-1].x + marks[-1].width == pytest.approx(drawn_to, abs=0.001)


def test_what_begins_or_ends_beside_the_week_is_cut_and_has_no_handoff() -> None:
    week = week_of(date(2026, 1, 5), "UTC").weeks[0]
    row = Row("final", "On call", (Piece(MONDAY - DAY, MONDAY + 9 * DAY, None),))
    (mark,) = strip(week, [row], look(MONDAY + 20 * DAY)).marks
    assert (mark.x, mark.width, mark.handoff, mark.label, mark.colour) == (0, 100, "", "nobody", "")
    assert strip(week, [row], look(MONDAY + 20 * DAY)).now is None


def test_a_day_of_25_hours_is_wider_than_its_neighbours() -> None:
    week = week_of(date(2026, 10, 25), LONDON).weeks[0]
    columns = strip(week, [], look(zone=LONDON)).columns
    assert columns[6].width == pytest.approx(100 * 25 / 169, abs=0.01)
    assert columns[0].width == pytest.approx(100 * 24 / 169, abs=0.01)


def test_rows_of_overrides_are_left_out_where_the_week_has_none_and_named_once() -> None:
    week = week_of(date(2026, 1, 5), "UTC").weeks[0]
    here, later = Piece(MONDAY, MONDAY + DAY, "ann"), Piece(MONDAY + 8 * DAY, MONDAY + 9 * DAY, "ann")
    rows = [Row("layer", "Layer 1", ()), *(Row("override", "Overrides", (each,)) for each in (here, here, later))]
    found = strip(week, rows, look())
    assert [(each.kind, each.title) for each in found.lines] == [
        ("layer", "Layer 1"), ("override", "Overrides"), ("override", ""),
    ]  # fmt: skip
    assert found.height > 2 * HEIGHTS["override"]


def test_what_is_over_cannot_be_changed_and_what_has_begun_is_changed_from_now_on() -> None:
    now = MONDAY + 3 * DAY + 30_000_000
    assert change_path("a b/c", "week", MONDAY, MONDAY + DAY, now) == ""
    assert change_path("a b/c", "week", MONDAY, MONDAY + 4 * DAY, now) == (
        "/oncall/a%20b%2Fc?view=week&from=2026-01-08T00:00:00Z&until=2026-01-09T00:00:00Z#change"
    )


# --- colours --------------------------------------------------------------------------------------------------------


@given(st.lists(st.text(), unique=True, max_size=30))
def test_colours_stay_and_differ_as_long_as_there_are_enough(people: list[str]) -> None:
    found = colours(people)
    assert found == colours(people)
    assert len(set(found.values())) == min(len(people), PALETTE)
    # A guest who comes last moves nobody.
    assert {**colours([*people, "guest"]), **found} == colours([*people, "guest"])
