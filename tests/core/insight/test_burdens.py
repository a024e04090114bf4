"""Who bears how much: by week, by night in the person's own zone, and measured against an even share."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from escalator.core.insight.burdens import Burden, Rang, burdens, nights
from escalator.core.insight.periods import QUARTER, Period, weeks
from escalator.core.instant import DAY, HOUR, from_datetime

MONDAY = from_datetime(datetime(2026, 3, 2, tzinfo=UTC))
PERIOD = Period(MONDAY, MONDAY + 14 * DAY)
WEEKS = weeks(PERIOD, "UTC")
ZONES = {"ana": "UTC", "ben": "Asia/Tokyo"}


def rang(person: str, hours: float, pages: int = 1, interruptions: int = 1) -> Rang:
    return Rang(person, MONDAY + int(hours * HOUR) // QUARTER * QUARTER, pages, interruptions)


def of(found: tuple[Burden, ...]) -> dict[str, Burden]:
    return {each.person: each for each in found}


def test_a_night_is_by_the_clocks_of_whoever_is_paged() -> None:
    # 23:00 in London, 08:00 in Tokyo; 15:00 in London, 00:00 in Tokyo.
    found = of(burdens([rang("ana", 23), rang("ben", 23), rang("ana", 15), rang("ben", 15)], ZONES, {}, PERIOD, WEEKS))
    assert (found["ana"].at_night, found["ana"].nights) == (1, 1)
    assert (found["ben"].at_night, found["ben"].nights) == (1, 1)
    dark = nights([rang("ana", 23), rang("ben", 15, pages=3)], ZONES, PERIOD)
    assert [(each.person, each.date, each.pages) for each in dark] == [
        ("ana", date(2026, 3, 2), 1), ("ben", date(2026, 3, 2), 3),
    ]  # fmt: skip


def test_two_calls_in_one_night_are_one_disturbed_night() -> None:
    [ana] = burdens([rang("ana", 23), rang("ana", 29), rang("ana", 47)], ZONES, {}, PERIOD, WEEKS)
    assert (ana.interruptions, ana.at_night, ana.nights) == (3, 3, 2)


def test_what_rang_before_the_period_counts_for_its_week_alone() -> None:
    [ana] = burdens([rang("ana", -24), rang("ana", 1)], ZONES, {}, PERIOD, WEEKS)
    assert (ana.interruptions, ana.weeks[-3:]) == (1, (1, 1, 0))


def test_whoever_was_on_call_and_had_peace_stands_at_the_end() -> None:
    found = burdens([rang("ana", 1)], ZONES, {"cleo": 30 * HOUR, "ana": 10 * HOUR, "dan": 0}, PERIOD, WEEKS)
    assert [(each.person, each.interruptions, each.served_share) for each in found] == [
        ("ana", 1, 0.25),
        ("cleo", 0, 0.75),
    ]


def test_more_than_half_again_of_an_even_share_is_too_much_but_a_few_calls_never_are() -> None:
    many = [rang("ana", hour) for hour in range(10)] + [rang("ben", 1), rang("cleo", 2)]
    assert [each.person for each in burdens(many, ZONES, {}, PERIOD, WEEKS) if each.too_much] == ["ana"]
    few = [rang("ana", hour) for hour in range(4)]
    assert not any(each.too_much for each in burdens(few, ZONES, {"ben": HOUR, "cleo": HOUR}, PERIOD, WEEKS))
    alone = [rang("ana", hour) for hour in range(50)]
    assert not any(each.too_much for each in burdens(alone, ZONES, {}, PERIOD, WEEKS))


@given(
    st.lists(
        st.builds(
            rang, st.sampled_from(["ana", "ben", "cleo"]), st.floats(-900, 336), st.integers(1, 5), st.integers(1, 4)
        )
    )
)
def test_the_parts_add_up_to_the_whole(found: list[Rang]) -> None:
    rows = burdens(found, ZONES, {}, PERIOD, WEEKS)
    inside = [each for each in found if PERIOD.holds(each.at)]
    assert sum(row.interruptions for row in rows) == sum(each.interruptions for each in inside)
    assert sum(row.pages for row in rows) == sum(each.pages for each in inside)
    dark = nights(found, ZONES, PERIOD)
    assert sum(row.at_night for row in rows) == sum(each.interruptions for each in dark)
    assert sum(row.nights for row in rows) == len(dark)
    for row in rows:
        assert sum(row.weeks[-2:]) == row.interruptions
        assert row.at_night <= row.interruptions
    if rows:
        assert abs(sum(row.share for row in rows) - 1) < 1e-9
