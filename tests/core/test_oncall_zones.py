"""Schedules at every change of every clock from 2026 to 2037: no gap, no turn twice, handoffs by the wall clock."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from escalator.core.instant import DAY, MINUTE, SECOND, Instant, to_datetime
from escalator.core.oncall import Every, Hours, Layer, Schedule, boundaries, is_open, on_call, rotation, shifts
from tests.core.zones import Jump, families

CREW = ("ann", "bob", "cyd", "dov", "eve")


def _everywhere() -> Iterator[tuple[str, Jump]]:
    for name, jumps in families().items():
        for jump in jumps:
            yield name, jump


def _around(jump: Jump) -> tuple[Instant, Instant]:
    return jump.second * SECOND - 30 * 60 * MINUTE, jump.second * SECOND + 30 * 60 * MINUTE


def _local(instant: Instant, name: str) -> datetime:
    return to_datetime(instant).astimezone(ZoneInfo(name)).replace(tzinfo=None)


def _rotating(name: str, every: Every, starts: datetime, during: Hours | None = None) -> Schedule:
    return Schedule(name, name, (Layer(CREW, every, starts, name, during),))


def _midnight(jump: Jump, days: int) -> datetime:
    return datetime(jump.wall.year, jump.wall.month, jump.wall.day) + timedelta(days=days)  # noqa: DTZ001


def test_every_jump_of_every_zone_is_looked_at() -> None:
    assert len(families()) > 50
    assert len(list(_everywhere())) > 600


def test_daily_turns_hand_off_at_their_local_time_and_go_round_in_order() -> None:
    """Handing off at an hour that the jump skips or repeats, which is the worst hour to choose."""
    for name, jump in _everywhere():
        inside = min(jump.wall, jump.wall + timedelta(seconds=jump.after - jump.before)) + timedelta(minutes=15)
        turns = shifts(_rotating(name, Every(1, "d"), inside - timedelta(days=20)), (), *_around(jump))
        for (_, end, person), (start, _, following) in pairwise(turns):
            assert end == start
            assert person is not None
            assert following == CREW[(CREW.index(person) + 1) % len(CREW)], (name, jump)
            skipped = start == jump.second * SECOND
            assert skipped or _local(start, name).time() == inside.time(), (name, jump)
        assert len(turns) in (3, 4), (name, jump)


def test_hourly_turns_leave_no_gap_and_nobody_serves_twice() -> None:
    """A repeated hour lengthens a turn, a skipped one swallows turns; the order of the people stays."""
    for name, jump in _everywhere():
        since, until = _around(jump)
        turns = shifts(_rotating(name, Every(1, "h"), _midnight(jump, -10)), (), since, until)
        assert (turns[0][0], turns[-1][1]) == (since, until)
        skipped = range(0, jump.after - jump.before + 1, 60)  # seconds from the jump, all of which begin with it
        begun_by_jump = sum((jump.wall + timedelta(seconds=second)).minute == 0 for second in skipped)
        for (_, _, person), (start, _, following) in pairwise(turns):
            assert person is not None
            assert following is not None
            passed = (CREW.index(following) - CREW.index(person)) % len(CREW)
            assert passed == (begun_by_jump if start == jump.second * SECOND and skipped else 1), (name, jump, start)


def test_three_regions_that_share_a_day_cover_it_without_a_gap() -> None:
    """Borders between the windows fall into the skipped or repeated time."""
    for name, jump in _everywhere():
        low = min(jump.wall, jump.wall + timedelta(seconds=jump.after - jump.before)) + timedelta(minutes=15)
        edge = low.hour * 60 + low.minute
        borders = [edge, (edge + 480) % 1440, (edge + 960) % 1440]
        layers = tuple(
            Layer((who,), Every(1, "w"), _midnight(jump, -30), name, Hours(who, name, starts, ends or 1440))
            for who, starts, ends in zip(CREW, borders, borders[1:] + borders[:1], strict=False)
        )
        since, until = _around(jump)
        found = shifts(Schedule(name, "UTC", layers), (), since, until)
        assert (found[0][0], found[-1][1]) == (since, until)
        assert all(person in CREW[:3] for _, _, person in found), (name, jump)
        assert all(before[1] == after[0] for before, after in pairwise(found))
        assert all(before[2] != after[2] for before, after in pairwise(found))


def test_shifts_of_a_window_count_every_window_once() -> None:
    """Also the window that begins in the skipped or repeated time."""
    for name, jump in _everywhere():
        low = min(jump.wall, jump.wall + timedelta(seconds=jump.after - jump.before)) + timedelta(minutes=15)
        hours = Hours("night", name, low.hour * 60 + low.minute, (low.hour * 60 + low.minute + 600) % 1440 or 1440)
        schedule = _rotating(name, Every(1, "shift"), _midnight(jump, -20), hours)
        served = [person for _, _, person in shifts(schedule, (), *_around(jump)) if person]
        assert len(served) in (2, 3, 4)
        for person, following in pairwise(served):
            assert following == CREW[(CREW.index(person) + 1) % len(CREW)], (name, jump)


def test_between_boundaries_nothing_changes() -> None:
    for name, jump in _everywhere():
        low = min(jump.wall, jump.wall + timedelta(seconds=jump.after - jump.before)) + timedelta(minutes=15)
        edge = low.hour * 60 + low.minute
        hours = Hours("half", name, edge, (edge + 720) % 1440 or 1440)
        schedule = Schedule(
            "two",
            name,
            (
                Layer(CREW[:3], Every(1, "shift"), _midnight(jump, -9), name, hours),
                Layer(CREW, Every(6, "h"), _midnight(jump, -5), name),
            ),
        )
        since, until = _around(jump)
        points = sorted({since, *boundaries(schedule, (), since, until), until})
        for start, end in pairwise(points):
            answers = {
                (on_call(schedule, (), now), rotation(schedule, (), now))
                for now in (start, (start + end) // 2, end - 1)
            }
            assert len(answers) == 1, (name, jump, start)


def test_a_window_starts_at_the_first_and_ends_at_the_last_occurrence() -> None:
    """Of a repeated local time; a skipped one stands for the instant after the jump."""
    for name, jump in _everywhere():
        at = jump.second * SECOND
        change = (jump.after - jump.before) * SECOND
        low = min(jump.wall, jump.wall + timedelta(microseconds=change)) + timedelta(minutes=15)
        minute = low.hour * 60 + low.minute
        opening = Hours("from", name, minute, (minute + 300) % 1440 or 1440, frozenset({low.weekday()}))
        closing = Hours(
            "to", name, (minute - 300) % 1440, minute or 1440, frozenset({(low - timedelta(minutes=300)).weekday()})
        )
        # a repeated quarter past: once before the jump, once after; a skipped one: the jump itself
        starts, ends = (at, at) if change > 0 else (at + change + 15 * MINUTE, at + 15 * MINUTE)
        assert [is_open(opening, now) for now in (starts - 1, starts, at, ends + MINUTE)] == [False, True, True, True]
        assert [is_open(closing, now) for now in (starts - 1, ends - 1, ends, ends + DAY)] == [True, True, False, False]
