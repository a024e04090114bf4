"""Silences: whether one mutes now, until when, when it next begins, and when all alerts of an incident are muted."""

import pytest

from escalator.core.alert import Matcher, Silence
from escalator.core.hours import Hours
from escalator.core.instant import DAY, HOUR
from escalator.core.mutes import Mute, covered, reached, silenced

NIGHTS = Hours("nights", "UTC", 22 * 60, 6 * 60)
ALWAYS = Hours("always", "UTC", 0, 24 * 60)
WEEK = Silence("s", (Matcher("team", "=", "web"),), DAY, 8 * DAY, "bob", "maintenance")
WEB, DATABASE = {"team": "web"}, {"team": "database"}


@pytest.mark.parametrize(
    ("now", "until"),
    [
        # before it starts, on its first instant, on its last, and when it ended
        (DAY - 1, None),
        (DAY, 8 * DAY),
        (8 * DAY - 1, 8 * DAY),
        (8 * DAY, None),
    ],
)
def test_it_mutes_from_its_start_up_to_its_end(now, until):
    assert Mute(WEEK).until(now) == until


@pytest.mark.parametrize(
    ("now", "until"),
    [
        # by day it is not active
        (2 * DAY + 12 * HOUR, None),
        # by night until the morning, on the instant it opens too
        (2 * DAY + 22 * HOUR, 3 * DAY + 6 * HOUR),
        (3 * DAY + 5 * HOUR, 3 * DAY + 6 * HOUR),
        (3 * DAY + 6 * HOUR, None),
        # the last night is cut off by the silence's own end
        (7 * DAY + 23 * HOUR, 8 * DAY),
    ],
)
def test_one_that_recurs_mutes_while_its_hours_are_open(now, until):
    assert Mute(WEEK, NIGHTS).until(now) == until


def test_hours_that_never_close_are_looked_at_again_after_two_days():
    assert Mute(WEEK, ALWAYS).until(2 * DAY + HOUR) == 4 * DAY + HOUR


@pytest.mark.parametrize(
    ("hours", "now", "begins"),
    [
        # not yet begun; begun; over
        (None, 0, DAY),
        (None, DAY, None),
        (None, 9 * DAY, None),
        # it starts within its hours, at its own start
        (NIGHTS, 0, DAY),
        # by day at the next evening, by night at the evening after
        (NIGHTS, 2 * DAY + 12 * HOUR, 2 * DAY + 22 * HOUR),
        (NIGHTS, 3 * DAY + HOUR, 3 * DAY + 22 * HOUR),
        # no further night begins before it ends
        (NIGHTS, 7 * DAY + 23 * HOUR, None),
    ],
)
def test_when_it_next_begins(hours, now, begins):
    assert Mute(WEEK, hours).begins_after(now) == begins


def test_an_alert_is_silenced_by_the_one_that_lasts_longest():
    longer = WEEK._replace(ends_at=9 * DAY, reason="move")
    assert silenced([Mute(WEEK), Mute(longer)], WEB, 2 * DAY) == (9 * DAY, "move")
    assert silenced([Mute(WEEK), Mute(longer)], DATABASE, 2 * DAY) is None


def test_an_incident_is_covered_until_its_first_alert_is_heard_again():
    database = WEEK._replace(matchers=(Matcher("team", "=", "database"),), ends_at=3 * DAY, reason="backup")
    both = [Mute(WEEK), Mute(database)]
    assert covered(both, [WEB, DATABASE], 2 * DAY) == (3 * DAY, "backup")
    assert covered(both, [WEB, DATABASE], 3 * DAY) is None
    assert covered(both, [], 2 * DAY) is None


# --- over the days ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "since", "until", "spells"),
    [
        # whole, cut off at either side, beside it
        (None, 0, 20 * DAY, [(DAY, 8 * DAY)]),
        (None, 2 * DAY, 3 * DAY, [(2 * DAY, 3 * DAY)]),
        (None, 8 * DAY, 9 * DAY, []),
        (None, 0, DAY, []),
        # nights, the first and the last cut off by the silence itself
        (
            NIGHTS, 0, 3 * DAY,
            [(DAY, DAY + 6 * HOUR), (DAY + 22 * HOUR, 2 * DAY + 6 * HOUR), (2 * DAY + 22 * HOUR, 3 * DAY)],
        ),
        (NIGHTS, 7 * DAY + 20 * HOUR, 20 * DAY, [(7 * DAY + 22 * HOUR, 8 * DAY)]),
        # by day there is none
        (NIGHTS, 2 * DAY + 7 * HOUR, 2 * DAY + 21 * HOUR, []),
        # hours that adjoin are one spell
        (ALWAYS, 2 * DAY, 5 * DAY, [(2 * DAY, 5 * DAY)]),
    ],
)  # fmt: skip
def test_its_spells_within_a_time(hours, since, until, spells):
    assert Mute(WEEK, hours).spells(since, until) == spells


@pytest.mark.parametrize("hours", [None, NIGHTS, ALWAYS])
def test_it_is_active_within_its_spells_and_at_no_other_time(hours):
    mute = Mute(WEEK, hours)
    spells = mute.spells(0, 10 * DAY)
    for now in range(0, 10 * DAY, HOUR // 2):
        assert bool(mute.until(now)) == any(begin <= now < end for begin, end in spells), now


# --- what one would do to an incident ---------------------------------------------------------------------------------

DATABASES = Mute(WEEK._replace(id="d", matchers=(Matcher("team", "=", "database"),)))


@pytest.mark.parametrize(
    ("others", "many", "found"),
    [
        # nothing, all, some
        ([], [DATABASE], None),
        ([], [], None),
        ([], [WEB, WEB], (2, 2, False, True)),
        ([], [WEB, DATABASE], (1, 2, False, False)),
        # the rest is muted already: together they hide it
        ([DATABASES], [WEB, DATABASE], (1, 2, False, True)),
        # it was hidden before
        ([Mute(WEEK)], [WEB], (1, 1, True, True)),
    ],
)
def test_how_far_a_silence_reaches_beside_others(others, many, found):
    reach = reached(Mute(WEEK), others, many, 2 * DAY)
    assert (None if reach is None else tuple(reach)) == found
    assert reach is None or reach.partly == (not reach.silent)


def test_a_silence_to_come_reaches_as_far_as_if_it_held_now():
    assert reached(Mute(WEEK), [], [WEB], 0) == (1, 1, False, True)


def test_others_that_are_not_active_hide_nothing():
    assert reached(Mute(WEEK), [DATABASES], [WEB, DATABASE], 9 * DAY).silent is False
