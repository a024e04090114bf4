"""Who is on call, told by example: layers, turns, shifts, overrides, rotation."""

from datetime import date, datetime

import pytest

from escalator.core.instant import DAY, HOUR, MINUTE, Instant
from escalator.core.oncall import Every, Hours, Layer, Override, Schedule, boundaries, on_call, rotation, shifts
from tests.core.zones import at, utc

WEEK = Every(1, "w")
OFFICE = Hours(
    "office", "Europe/London", 540, 1050, frozenset(range(5)), frozenset({date(2026, 4, 3), date(2026, 4, 6)})
)
BERLIN = "Europe/Berlin"


def local(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def schedule(*layers: Layer) -> Schedule:
    return Schedule("on-call", BERLIN, layers)


def weekly(people: str = "alice bob carol", starts: str = "2026-01-05T09:00", until: str | None = None) -> Layer:
    return Layer(tuple(people.split()), WEEK, local(starts), BERLIN, until=local(until) if until else None)


def office(people: str = "femi grace hugo", starts: str = "2026-01-05T09:00", hours: Hours = OFFICE) -> Layer:
    return Layer(tuple(people.split()), Every(1, "shift"), local(starts), "Europe/London", hours)


def london(moment: str) -> Instant:
    return at("Europe/London", moment)


def test_a_weekly_rotation_hands_off_on_mondays_at_nine_in_winter_and_in_summer() -> None:
    plan = schedule(weekly("alice bob"))
    for monday in ("2026-01-12", "2026-03-23", "2026-04-06", "2026-10-19", "2026-11-02"):
        handoff = at(BERLIN, f"{monday}T09:00")
        assert on_call(plan, (), handoff - 1) != on_call(plan, (), handoff), monday
        assert on_call(plan, (), handoff) == on_call(plan, (), handoff + 6 * DAY)


def test_before_it_starts_a_layer_has_nobody_and_until_ends_it() -> None:
    plan = schedule(weekly("alice", "2026-01-05T09:00", "2026-02-02T09:00"))
    assert [on_call(plan, (), at(BERLIN, moment)) for moment in ("2026-01-05T08:59", "2026-01-05T09:00")] == [
        None,
        "alice",
    ]
    assert [on_call(plan, (), at(BERLIN, moment)) for moment in ("2026-02-02T08:59", "2026-02-02T09:00")] == [
        "alice",
        None,
    ]


def test_a_layer_that_ends_at_a_repeated_local_time_ends_at_the_second() -> None:
    """So that one that takes over at the same local time overlaps it, and the earlier layer in order serves."""
    plan = schedule(weekly("alice", until="2026-10-25T02:30"), weekly("bob", "2026-10-25T02:30"))
    assert [on_call(plan, (), utc(f"2026-10-25T{time}")) for time in ("00:30", "01:29", "01:30")] == [
        "alice",
        "alice",
        "bob",
    ]


def test_the_first_layer_with_somebody_on_duty_wins() -> None:
    plan = schedule(office(), weekly())
    assert on_call(plan, (), london("2026-01-05T12:00")) == "femi"
    assert on_call(plan, (), london("2026-01-05T17:30")) == "alice"
    assert on_call(plan, (), london("2026-01-06T09:00")) == "grace"


def test_nobody_is_on_call_where_there_is_no_layer_and_where_a_layer_has_no_people() -> None:
    assert on_call(schedule(), (), utc("2026-01-06T00:00")) is None
    assert on_call(schedule(weekly("")), (), utc("2026-01-06T00:00")) is None
    assert shifts(schedule(), (), 0, HOUR) == [(0, HOUR, None)]
    assert shifts(schedule(), (), HOUR, HOUR) == []


def test_weekends_and_holidays_skip_nobodys_shift() -> None:
    plan = schedule(office())
    found = [
        person for _, _, person in shifts(plan, (), london("2026-04-01T00:00"), london("2026-04-10T00:00")) if person
    ]
    # Wednesday 1 April is the 63rd weekday; then Thursday, four days of Easter, Tuesday to Thursday
    assert found == ["hugo", "femi", "grace", "hugo", "femi"]


@pytest.mark.parametrize(
    ("starts", "moment", "person"),
    [
        # from the middle of a window: it is turn 0
        ("2026-01-05T12:00", "2026-01-05T12:00", "femi"),
        ("2026-01-05T12:00", "2026-01-06T12:00", "grace"),
        # before the window of its day
        ("2026-01-05T00:00", "2026-01-05T12:00", "femi"),
        # after the window of its day, which was turn 0 although nobody served it
        ("2026-01-05T20:00", "2026-01-06T12:00", "grace"),
        # on a Saturday: Monday is turn 0
        ("2026-01-10T12:00", "2026-01-12T12:00", "femi"),
    ],
)
def test_turn_zero_is_the_window_of_the_day_on_which_it_starts_or_the_next(
    starts: str, moment: str, person: str
) -> None:
    assert on_call(schedule(office(starts=starts)), (), london(moment)) == person


def test_a_layer_that_starts_within_a_window_of_the_day_before_serves_its_rest_as_turn_zero() -> None:
    night = Hours("night", "Europe/London", 22 * 60, 6 * 60)
    plan = schedule(office(starts="2026-01-06T02:00", hours=night))
    assert on_call(plan, (), london("2026-01-06T01:59")) is None
    assert on_call(plan, (), london("2026-01-06T05:59")) == "femi"
    assert on_call(plan, (), london("2026-01-06T23:00")) == "femi"
    assert on_call(plan, (), london("2026-01-07T23:00")) == "grace"


def test_the_day_of_a_shift_is_that_of_its_hours_not_that_of_the_layers_zone() -> None:
    """09:00 on the 6th in Auckland is the evening of the 5th in London, whose window on the 5th is turn 0."""
    layer = Layer(("femi", "grace"), Every(1, "shift"), local("2026-01-06T09:00"), "Pacific/Auckland", OFFICE)
    assert on_call(schedule(layer), (), london("2026-01-06T12:00")) == "grace"


def test_shifts_without_hours_are_one_endless_shift() -> None:
    layer = Layer(("femi", "grace"), Every(1, "shift"), local("2026-01-05T09:00"), BERLIN)
    assert {on_call(schedule(layer), (), utc("2026-01-05T08:00") + day * DAY) for day in range(400)} == {"femi"}


def test_a_shift_swallowed_by_a_clock_change_has_had_its_turn() -> None:
    """02:15 to 02:45 does not exist on 29 March, so bob, whose turn it is, sleeps."""
    hours = Hours("owl", BERLIN, 135, 165)
    plan = schedule(Layer(("alice", "bob", "carol"), Every(1, "shift"), local("2026-03-28T00:00"), BERLIN, hours))
    found = shifts(plan, (), at(BERLIN, "2026-03-28T00:00"), at(BERLIN, "2026-03-31T00:00"))
    assert [(end - start, person) for start, end, person in found if person] == [
        (30 * MINUTE, "alice"),
        (30 * MINUTE, "carol"),
    ]


def test_hourly_turns_are_wall_clock_hours() -> None:
    """The repeated hour belongs to the turn that it repeats; the skipped one takes its turn with it."""
    plan = schedule(Layer(("a", "b", "c", "d", "e"), Every(1, "h"), local("2026-03-29T00:00"), BERLIN))
    spring = shifts(plan, (), at(BERLIN, "2026-03-29T00:00"), at(BERLIN, "2026-03-29T05:00"))
    assert [(person, (end - start) // HOUR) for start, end, person in spring] == [
        ("a", 1),
        ("b", 1),
        ("d", 1),
        ("e", 1),
    ]

    plan = schedule(Layer(("a", "b", "c", "d", "e"), Every(1, "h"), local("2026-10-25T00:00"), BERLIN))
    autumn = shifts(plan, (), at(BERLIN, "2026-10-25T00:00"), at(BERLIN, "2026-10-25T04:00"))
    assert [(person, (end - start) // HOUR) for start, end, person in autumn] == [
        ("a", 1),
        ("b", 1),
        ("c", 2),
        ("d", 1),
    ]


def test_samoa_skips_a_day_and_the_turn_of_that_day_is_short() -> None:
    """30 December 2011 did not happen: its turn begins with the 31st and ends at that day's handoff."""
    plan = schedule(Layer(("a", "b", "c", "d"), Every(1, "d"), local("2011-12-29T08:00"), "Pacific/Apia"))
    found = shifts(plan, (), utc("2011-12-29T18:00"), utc("2012-01-01T18:00"))
    assert [(person, (end - start) // HOUR) for start, end, person in found] == [
        ("a", 16),
        ("b", 8),
        ("c", 24),
        ("d", 24),
    ]


def test_a_turn_that_begins_at_a_midnight_that_chile_skips_begins_at_one() -> None:
    plan = schedule(Layer(("a", "b", "c"), Every(1, "d"), local("2026-09-05T00:00"), "America/Santiago"))
    assert [start for start, _, _ in shifts(plan, (), utc("2026-09-05T04:00"), utc("2026-09-08T03:00"))] == [
        utc("2026-09-05T04:00"),
        utc("2026-09-06T04:00"),  # 01:00, as there is no 00:00
        utc("2026-09-07T03:00"),
    ]


def test_a_turn_that_begins_in_an_hour_that_egypt_repeats_begins_once() -> None:
    plan = schedule(Layer(("a", "b", "c"), Every(1, "d"), local("2026-10-28T23:30"), "Africa/Cairo"))
    assert [
        (start, person) for start, _, person in shifts(plan, (), utc("2026-10-28T21:00"), utc("2026-10-31T00:00"))
    ] == [
        (utc("2026-10-28T21:00"), "a"),
        (utc("2026-10-29T20:30"), "b"),  # the first 23:30
        (utc("2026-10-30T21:30"), "c"),
    ]


def test_an_override_replaces_the_whole_schedule_for_a_while() -> None:
    monday = at(BERLIN, "2026-01-05T09:00")
    covered = [Override("on-call", "zoe", monday + HOUR, monday + 2 * HOUR)]
    plan = schedule(office(), weekly())
    assert [on_call(plan, covered, monday + hour * HOUR) for hour in (0, 1, 2)] == ["alice", "zoe", "femi"]
    assert on_call(schedule(), covered, monday + HOUR) == "zoe"


def test_the_override_with_the_newest_start_wins_and_of_equal_ones_the_last() -> None:
    long, short = Override("on-call", "zoe", 0, 10 * HOUR), Override("on-call", "yan", HOUR, 2 * HOUR)
    for given in ([long, short], [short, long]):
        assert [on_call(schedule(), given, hour * HOUR) for hour in (0, 1, 2, 10)] == ["zoe", "yan", "zoe", None]
    assert on_call(schedule(), [short, short._replace(person="xia")], HOUR) == "xia"


def test_an_override_of_another_schedule_or_without_length_is_no_override() -> None:
    others = [
        Override("other", "zoe", 0, DAY),
        Override("on-call", "zoe", HOUR, HOUR),
        Override("on-call", "zoe", DAY, 0),
    ]
    assert {on_call(schedule(), others, now) for now in (0, HOUR, HOUR + 1, DAY)} == {None}


def test_overrides_may_come_from_an_iterator() -> None:
    covered = (Override("on-call", "zoe", 0, HOUR), Override("on-call", "yan", HOUR, 2 * HOUR))
    assert shifts(schedule(), iter(covered), 0, 3 * HOUR) == [
        (0, HOUR, "zoe"),
        (HOUR, 2 * HOUR, "yan"),
        (2 * HOUR, 3 * HOUR, None),
    ]
    assert boundaries(schedule(), iter(covered), 0, 3 * HOUR) == [0, HOUR, 2 * HOUR]


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        # nobody stands in: the rotation from whose turn it is
        (None, ("bob", "carol", "alice", "dan", "eve")),
        # somebody of the layer: the order goes on after them
        ("carol", ("carol", "alice", "bob", "dan", "eve")),
        # somebody from outside takes bob's place, and bob, who is away, comes last in the layer
        ("zoe", ("zoe", "carol", "alice", "bob", "dan", "eve")),
        # somebody of a later layer is not asked twice
        ("eve", ("eve", "carol", "alice", "bob", "dan")),
    ],
)
def test_the_rotation_goes_on_from_who_is_on_call_and_then_to_later_layers(
    person: str | None, expected: tuple[str, ...]
) -> None:
    now = at(BERLIN, "2026-01-13T12:00")
    covered = [Override("on-call", person, now, now + 1)] if person else []
    assert rotation(schedule(weekly(), weekly("dan eve", "2026-01-12T09:00")), covered, now) == expected


def test_the_rotation_of_somebody_who_serves_twice_names_them_once() -> None:
    now = at(BERLIN, "2026-01-06T12:00")
    assert rotation(schedule(weekly("alice bob alice carol")), (), now) == ("alice", "bob", "carol")


def test_the_rotation_leaves_earlier_layers_and_those_over_or_not_begun_alone() -> None:
    plan = schedule(
        office(),
        weekly("alice bob"),
        weekly("late", "2026-03-02T09:00"),
        weekly("gone", "2026-01-05T09:00", "2026-01-06T09:00"),
        office("dan eve"),
    )
    # at night the office layers are closed; a later one is asked all the same, from who served last
    assert rotation(plan, (), at(BERLIN, "2026-01-06T23:00")) == ("alice", "bob", "eve", "dan")


def test_nobody_follows_where_nobody_is_on_call_but_everybody_follows_an_override() -> None:
    night = london("2026-01-06T23:00")
    assert rotation(schedule(office()), (), night) == ()
    covered = [Override("on-call", "zoe", night, night + 1)]
    assert rotation(schedule(office()), covered, night) == ("zoe", "grace", "hugo", "femi")
    assert rotation(schedule(), covered, night) == ("zoe",)


def test_shifts_join_what_one_person_serves_in_a_row() -> None:
    plan = schedule(Layer(("alice",), Every(1, "d"), local("2026-01-05T09:00"), BERLIN))
    since, until = utc("2026-01-05T00:00"), utc("2026-02-05T00:00")
    assert shifts(plan, (), since, until) == [
        (since, at(BERLIN, "2026-01-05T09:00"), None),
        (at(BERLIN, "2026-01-05T09:00"), until, "alice"),
    ]


def test_boundaries_include_since_and_exclude_until() -> None:
    monday = at(BERLIN, "2026-01-12T09:00")
    assert boundaries(schedule(weekly()), (), monday, monday + 7 * DAY) == [monday]
    assert boundaries(schedule(weekly()), (), monday + 1, monday + 7 * DAY + 1) == [monday + 7 * DAY]
    assert boundaries(schedule(weekly()), (), monday, monday) == []
    covered = [
        Override("on-call", "zoe", monday - DAY, monday + 1),
        Override("on-call", "yan", monday + DAY, monday + 7 * DAY),
    ]
    assert boundaries(schedule(), covered, monday + 1, monday + DAY) == [monday + 1]


def test_boundaries_find_the_end_of_a_window_two_local_days_old() -> None:
    """Newfoundland went back at 00:01 on 2010-11-07 to 23:01 of the day before; see the same hours in their tests."""
    hours = Hours("friday", "America/St_Johns", 23 * 60 + 30, 23 * 60 + 30, frozenset({4}))
    layer = Layer(("alice",), WEEK, local("2010-11-01T00:00"), "America/St_Johns", hours)
    end = at("America/St_Johns", "2010-11-06T23:30", fold=1)
    assert boundaries(schedule(layer), (), end - MINUTE, end + MINUTE) == [end]


def test_the_same_schedule_of_two_revisions_gives_one_answer() -> None:
    """Answers are cached by value, so a reloaded Book neither loses them nor mixes them up."""
    now = at(BERLIN, "2026-01-13T12:00")
    assert on_call(schedule(weekly()), (), now) == on_call(schedule(weekly()), (), now) == "bob"
    assert on_call(schedule(weekly("alice dan carol")), (), now) == "dan"


def test_follow_the_sun_has_no_gap_only_if_america_stays_until_five() -> None:
    """The design's own example: until 16:00 there are 238 gaps of an hour in 400 days, from 8 March on."""

    def world(america: int) -> Schedule:
        regions = (("Asia/Singapore", 960), ("Europe/London", 960), ("America/Los_Angeles", america))
        layers = tuple(
            Layer((f"{zone}-1", f"{zone}-2"), WEEK, local("2026-01-05T08:00"), zone, Hours(zone, zone, 480, ends))
            for zone, ends in regions
        )
        return Schedule("world", "UTC", layers)

    since = utc("2026-01-06T00:00")
    assert all(person for _, _, person in shifts(world(1020), (), since, since + 400 * DAY))
    gaps = [(start, end) for start, end, person in shifts(world(960), (), since, since + 400 * DAY) if person is None]
    assert {end - start for start, end in gaps} == {HOUR}
    assert gaps[0][0] == utc("2026-03-08T23:00")
    assert len(gaps) == 238
