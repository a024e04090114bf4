"""Duties with their reasons; gaps; time that two claim."""

from hypothesis import given, settings

from escalator.core.coverage import Overlap, gaps, overlaps
from escalator.core.duty import Duty, duties, serves
from escalator.core.instant import DAY, HOUR, WEEK, Instant
from escalator.core.oncall import Every, Hours, Layer, Override, Schedule, shifts
from tests.core.test_oncall import local
from tests.core.test_oncall_oracle import stories
from tests.core.zones import utc

OFFICE = Hours("office", "UTC", 9 * 60, 17 * 60, frozenset(range(5)))
MONDAY = utc("2026-01-05T00:00")


def layer(people: str, during: Hours | None = None, starts: str = "2026-01-05T00:00") -> Layer:
    return Layer(tuple(people.split()), Every(1, "w"), local(starts), "UTC", during)


def schedule(*layers: Layer) -> Schedule:
    return Schedule("s", "UTC", layers)


def override(person: str, start: int, end: int, name: str = "s") -> Override:
    return Override(name, person, MONDAY + start * HOUR, MONDAY + end * HOUR, "leave", person)


def test_a_duty_says_by_which_layer_or_by_whose_override() -> None:
    plan = schedule(layer("day", OFFICE), layer("base"))
    cover = override("zoe", 10, 12)
    found = duties(plan, (cover, override("yan", 10, 12, "another")), MONDAY, MONDAY + DAY)
    assert [(d.person, d.layer, d.override, (d.ends_at - d.starts_at) // HOUR) for d in found] == [
        ("base", 1, None, 9), ("day", 0, None, 1), ("zoe", None, cover, 2), ("day", 0, None, 5), ("base", 1, None, 7),
    ]  # fmt: skip


def test_handoffs_to_oneself_are_one_duty_and_handoffs_between_layers_are_two() -> None:
    assert len(duties(schedule(layer("ann")), (), MONDAY, MONDAY + 3 * WEEK)) == 1
    assert [d.layer for d in duties(schedule(layer("ann", OFFICE), layer("ann")), (), MONDAY, MONDAY + DAY)] == [
        1,
        0,
        1,
    ]


@settings(max_examples=100, deadline=None, database=None)
@given(stories())
def test_duties_adjoin_and_say_the_same_as_shifts(story: tuple[Schedule, list[Override], Instant]) -> None:
    plan, made, jump = story
    since, until = jump - 3 * DAY, jump + 3 * DAY
    found = duties(plan, made, since, until)
    merged: list[tuple[Instant, Instant, str | None]] = []
    for duty in found:
        if merged and merged[-1][2] == duty.person:
            merged[-1] = (merged[-1][0], duty.ends_at, duty.person)
        else:
            merged.append(duty[:3])
    assert merged == shifts(plan, made, since, until)
    assert all((duty.person is None) == (duty.layer is None and duty.override is None) for duty in found)


def test_whether_somebody_serves_throughout_is_told_by_the_first_who_does_not() -> None:
    plan = schedule(layer("ann bob"))
    assert serves(plan, (), "ann", MONDAY, MONDAY + WEEK) is None
    other = serves(plan, (), "ann", MONDAY, MONDAY + 2 * WEEK)
    assert other == Duty(MONDAY + WEEK, MONDAY + 2 * WEEK, "bob", 0)
    gone = serves(schedule(), (), "ann", MONDAY, MONDAY + DAY)
    assert gone is not None
    assert gone.person is None


def test_gaps_are_the_time_that_nobody_covers() -> None:
    plan = schedule(layer("ann", OFFICE))
    found = gaps(plan, (override("zoe", 0, 9),), MONDAY, MONDAY + 2 * DAY)
    assert [((start - MONDAY) // HOUR, (end - MONDAY) // HOUR) for start, end in found] == [(17, 33), (41, 48)]
    assert gaps(schedule(layer("ann")), (), MONDAY, MONDAY + WEEK) == []


def test_of_overrides_that_overlap_the_later_start_has_the_time_of_both() -> None:
    made = (override("ann", 0, 10), override("bob", 8, 20), override("cyd", 20, 22), override("dov", 0, 99, "another"))
    assert overlaps(schedule(layer("x")), made, MONDAY, MONDAY + DAY) == [
        Overlap("override", "bob", "ann", MONDAY + 8 * HOUR, MONDAY + 10 * HOUR, 1, 2 * HOUR)
    ]


def test_of_equal_starts_the_override_that_was_given_last_has_it() -> None:
    made = (override("ann", 0, 10), override("bob", 0, 5))
    (found,) = overlaps(schedule(), made, MONDAY, MONDAY + DAY)
    assert (found.first, found.second, found.total) == ("bob", "ann", 5 * HOUR)


def test_layers_that_are_on_duty_together_are_told_once_with_how_often_and_how_long() -> None:
    plan = schedule(layer("day", OFFICE), layer("base other"), layer("late", starts="2026-01-08T00:00"))
    found = {(each.first, each.second): each for each in overlaps(plan, (), MONDAY, MONDAY + 2 * WEEK)}
    office = found["layers[0]", "layers[1]"]
    assert (office.times, office.total) == (10, 80 * HOUR)
    assert (office.starts_at, office.ends_at) == (MONDAY + 9 * HOUR, MONDAY + 17 * HOUR)
    # a handoff within does not part what is one time
    endless = found["layers[1]", "layers[2]"]
    assert (endless.times, endless.total) == (1, 11 * DAY)
    assert len(found) == 3


def test_regions_that_hand_over_to_one_another_overlap_only_where_clocks_repeat_an_hour() -> None:
    early, late = Hours("a", "Europe/London", 0, 90), Hours("b", "Europe/London", 90, 1440)
    plan = schedule(layer("ann", early), layer("bob", late))
    assert overlaps(plan, (), utc("2026-03-25T00:00"), utc("2026-10-24T00:00")) == []
    (found,) = overlaps(plan, (), utc("2026-10-24T00:00"), utc("2026-10-27T00:00"))
    assert (found.starts_at, found.total) == (utc("2026-10-25T00:30"), HOUR)


def test_of_two_overrides_the_one_that_starts_later_has_it_whatever_they_are_called() -> None:
    own = [override("ann", 11, 13), override("zoe", 10, 12)]
    found = overlaps(schedule(layer("base")), own, MONDAY, MONDAY + DAY)
    assert [(each.first, each.second) for each in found if each.kind == "override"] == [("ann", "zoe")]
