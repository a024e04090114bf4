"""Every zone of zoneinfo, by its own name, at every change of its clocks from 2026 to 2037: rotations hand off
without a gap or an overlap, and hours that share a day leave none of it uncovered.

`test_oncall_zones` asks harder questions of one zone for each family that shares its clocks; here nothing is taken for
alike. The changes are found by asking for offsets every five days, and a second search, hour by hour, finds no more.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from escalator.core.coverage import gaps, overlaps
from escalator.core.instant import DAY, HOUR, MINUTE, SECOND, Instant
from escalator.core.oncall import Every, Hours, Layer, Schedule, is_open, shifts
from tests.core.zones import Jump, everywhere, families

CREW = ("ann", "bob", "cyd", "dov", "eve")
TURNS = (Every(12, "h"), Every(1, "d"), Every(1, "w"))


def test_the_zones_are_all_zones_and_their_jumps_are_all_jumps() -> None:
    zones = everywhere()
    assert set(zones) == available_timezones()
    assert len(zones) > 590
    assert sum(map(len, zones.values())) > 4_000
    assert set(zones.values()) == set(families().values())


@pytest.mark.parametrize("year", range(2026, 2038))
def test_a_search_hour_by_hour_finds_no_jump_that_five_days_at_a_time_overlooked(year: int) -> None:
    """One zone of each family will do: their offsets were compared, by name, at every five days."""
    hours = range(
        int(datetime(year, 1, 1, tzinfo=UTC).timestamp()), int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp()), 3600
    )
    for name, jumps in families().items():
        zone = ZoneInfo(name)
        offsets = [datetime.fromtimestamp(second, zone).utcoffset() for second in hours]
        found = sum(before != after for before, after in pairwise(offsets))
        assert found == sum(hours[0] < jump.second <= hours[-1] for jump in jumps), name


def _around(jump: Jump) -> tuple[Instant, Instant]:
    return jump.second * SECOND - 36 * HOUR, jump.second * SECOND + 36 * HOUR


def _inside(jump: Jump) -> datetime:
    """A local time that the jump skips or repeats: the worst hour for a handoff."""
    return min(jump.wall, jump.wall + timedelta(seconds=jump.after - jump.before)) + timedelta(minutes=15)


def test_a_rotation_that_hands_off_in_the_skipped_or_repeated_hour_has_no_gap_and_skips_nobody() -> None:
    for name, jumps in everywhere().items():
        for jump in jumps:
            since, until = _around(jump)
            for every in TURNS:
                plan = Schedule(name, name, (Layer(CREW, every, _inside(jump) - timedelta(weeks=2), name),))
                turns = shifts(plan, (), since, until)
                assert (turns[0][0], turns[-1][1]) == (since, until)
                for (_, end, person), (start, _, following) in pairwise(turns):
                    assert end == start
                    assert person is not None
                    assert following == CREW[(CREW.index(person) + 1) % len(CREW)], (name, jump, every)


def test_hours_that_share_a_day_leave_no_gap_and_overlap_by_the_repeated_time_alone() -> None:
    """The border between the two falls into the skipped or repeated time, as it was laid there on purpose."""
    for name, jumps in everywhere().items():
        for jump in jumps:
            edge = _inside(jump).hour * 60 + _inside(jump).minute
            early, late = (
                Hours("early", name, edge, (edge + 720) % 1440 or 1440),
                Hours("late", name, (edge + 720) % 1440, edge or 1440),
            )
            start = _inside(jump) - timedelta(weeks=2)
            layers = tuple(
                Layer((who,), Every(1, "w"), start, name, hours) for who, hours in (("ann", early), ("bob", late))
            )
            plan = Schedule(name, name, layers)
            since, until = _around(jump)
            assert gaps(plan, (), since, until) == [], (name, jump)
            repeated = max(0, jump.before - jump.after) * SECOND
            assert sum(each.total for each in overlaps(plan, (), since, until)) == repeated, (name, jump)


def test_hours_open_and_close_once_a_day_in_every_zone() -> None:
    """Nine to five is asked at its edges, on the day of each jump and on the days beside it."""
    for name, jumps in everywhere().items():
        zone, office = ZoneInfo(name), Hours("office", name, 540, 1020)
        for jump in jumps:
            for days in (-1, 0, 1):
                day = (jump.wall + timedelta(days=days)).replace(hour=0, minute=0, second=0)
                opens, closes = (
                    int((day + timedelta(hours=hour)).replace(tzinfo=zone).timestamp()) * SECOND for hour in (9, 17)
                )
                asked = (opens - MINUTE, opens, closes - MINUTE, closes)
                assert [is_open(office, now) for now in asked] == [False, True, True, False], (name, jump, days)
                assert closes - opens == 8 * HOUR
                assert opens < closes < opens + DAY
