"""Local times and their instants, at every change of every clock, and where clocks did the oddest things."""

from datetime import datetime, timedelta

import pytest

from escalator.core.instant import HOUR, MINUTE, SECOND
from escalator.core.wallclock import first, last, reached, zone
from tests.core.zones import Jump, at, families, utc

NAMED = [
    # ordinary: one reading, whichever is asked for
    ("Europe/Berlin", "2026-01-05T09:00", "2026-01-05T08:00", "2026-01-05T08:00"),
    # ambiguous by an hour
    ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30", "2026-10-25T01:30"),
    # the first local time that repeats: shown once before the change and again by the change itself
    ("Europe/Berlin", "2026-10-25T02:00", "2026-10-25T00:00", "2026-10-25T01:00"),
    # the local time at which clocks are set back is only reached an hour later
    ("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00", "2026-10-25T02:00"),
    # nonexistent: the instant after the jump, not an hour later as in RFC 5545
    ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00", "2026-03-29T01:00"),
    # a gap of half an hour, and half an hour repeated
    ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30", "2026-10-03T15:30"),
    ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45", "2026-04-04T15:15"),
    # a whole day that Samoa skipped when it crossed the date line
    ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00", "2011-12-30T10:00"),
    # Ramadan: Morocco sets its clocks back for a month
    ("Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T01:30", "2026-02-15T02:30"),
    ("Africa/Casablanca", "2026-03-22T02:30", "2026-03-22T02:00", "2026-03-22T02:00"),
    # no midnight on one day in Egypt, and two 23:30 on another
    ("Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00", "2026-04-23T22:00"),
    ("Africa/Cairo", "2026-10-29T23:30", "2026-10-29T20:30", "2026-10-29T21:30"),
    ("Africa/Cairo", "2026-10-30T00:00", "2026-10-29T22:00", "2026-10-29T22:00"),
    # no midnight in Chile
    ("America/Santiago", "2026-09-06T00:00", "2026-09-06T04:00", "2026-09-06T04:00"),
    # Antarctica's Troll jumps by two hours
    ("Antarctica/Troll", "2026-03-29T02:30", "2026-03-29T01:00", "2026-03-29T01:00"),
    # Dublin's winter time is the saving one: the sign of DST must not matter
    ("Europe/Dublin", "2026-10-25T01:30", "2026-10-25T00:30", "2026-10-25T01:30"),
    # offsets of seconds, before zones were zones
    ("Africa/Monrovia", "1971-06-01T12:00", "1971-06-01T12:44:30", "1971-06-01T12:44:30"),
]


@pytest.mark.parametrize(("name", "wall", "earliest", "latest"), NAMED)
def test_a_local_time_has_a_first_and_a_last_instant(name: str, wall: str, earliest: str, latest: str) -> None:
    local = datetime.fromisoformat(wall)
    assert first(local, zone(name)) == utc(earliest)
    assert last(local, zone(name)) == utc(latest)


def test_clocks_that_are_set_back_have_reached_what_they_showed_before() -> None:
    berlin = zone("Europe/Berlin")
    assert reached(utc("2026-10-25T00:59:59"), berlin) == datetime(2026, 10, 25, 2, 59, 59)  # noqa: DTZ001
    just_short = datetime(2026, 10, 25, 3) - timedelta(microseconds=1)  # noqa: DTZ001
    assert reached(utc("2026-10-25T01:00"), berlin) == just_short
    assert reached(utc("2026-10-25T01:59:59"), berlin) == just_short
    assert reached(utc("2026-10-25T02:00"), berlin) == datetime(2026, 10, 25, 3)  # noqa: DTZ001


def _walls(jump: Jump) -> list[datetime]:
    """Local times every quarter of an hour and around its edges, within three hours of the jump."""
    marks = [minutes * 60 + off for minutes in range(-300, 301, 15) for off in (-1, 0, 1)]
    return [jump.wall + timedelta(seconds=mark) for mark in marks]


def _instants(jump: Jump) -> list[int]:
    return [jump.second * SECOND + minutes * MINUTE + off for minutes in range(-150, 151, 30) for off in (-1, 0, 1)]


def test_at_every_jump_of_every_zone_a_local_time_means_what_two_fixed_offsets_say() -> None:
    """The clock before the jump and the clock after it, each with its own offset, are all that it takes to tell."""
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001
    checked = 0
    for name, jumps in families().items():
        for jump in jumps:
            for wall in _walls(jump):
                second = int((wall - epoch).total_seconds())
                readings = [second - jump.before] if second - jump.before < jump.second else []
                readings += [second - jump.after] if second - jump.after >= jump.second else []
                readings = readings or [jump.second]
                assert first(wall, zone(name)) == readings[0] * SECOND, (name, wall)
                assert last(wall, zone(name)) == readings[-1] * SECOND, (name, wall)
                checked += 1
    assert checked > 50_000


def test_at_every_jump_of_every_zone_a_local_time_is_reached_exactly_from_its_first_instant_on() -> None:
    for name, jumps in families().items():
        where = zone(name)
        for jump in jumps:
            walls = [(wall, first(wall, where)) for wall in _walls(jump)[::2]]
            for now in _instants(jump):
                shown = reached(now, where)
                for wall, begins in walls:
                    assert (wall <= shown) == (begins <= now), (name, wall, now)


def test_reached_never_goes_back_and_agrees_with_clocks_outside_a_repeated_hour() -> None:
    for name, jumps in families().items():
        where = zone(name)
        for jump in jumps:
            shown = [reached(now, where) for now in _instants(jump)]
            assert shown == sorted(shown), (name, jump)
            assert shown[0] == jump.wall + timedelta(minutes=-150, microseconds=-1), (name, jump)


def test_the_instant_of_a_jump_is_found_to_the_second_in_a_zone_that_changes_between_whole_hours() -> None:
    assert first(datetime(2026, 10, 4, 2, 0), zone("Australia/Lord_Howe")) == utc("2026-10-03T15:30")  # noqa: DTZ001
    assert at("Australia/Lord_Howe", "2026-10-04T02:30") == utc("2026-10-03T15:30")


def test_far_future_local_times_follow_the_zones_last_rule() -> None:
    assert first(datetime(2090, 7, 1, 9), zone("Europe/Berlin")) == utc("2090-07-01T07:00")  # noqa: DTZ001
    assert last(datetime(9999, 12, 31, 23), zone("UTC")) - utc("9999-12-31T22:00") == HOUR  # noqa: DTZ001
