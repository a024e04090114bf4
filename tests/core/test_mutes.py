"""Silences: whether one mutes now, until when, when it next begins, and when all alerts of an incident are muted."""

import pytest

from escalator.core.alert import Matcher, Silence
from escalator.core.hours import Hours
from escalator.core.instant import DAY, HOUR
from escalator.core.mutes import Mute, covered, silenced

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
