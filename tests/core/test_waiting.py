"""When a hold-down ends: which alerts fire again, how bad they are, and when the next one ends."""

from escalator.core.alert import Severity
from escalator.core.episodes import Episode, State
from escalator.core.events import HoldDue
from escalator.core.instant import HOUR, MINUTE
from escalator.core.waiting import hold_over

NOW = 12 * HOUR


def held(key: int, until: int | None, severity: Severity = Severity.INFO) -> Episode:
    return Episode(key, key, 1, State.HELD, severity, 0, 0, NOW - MINUTE, NOW - MINUTE, until)


def test_those_whose_hold_ended_fire_again_as_bad_as_the_worst_of_them():
    heard = hold_over([held(1, NOW, Severity.WARNING), held(2, None), held(3, NOW + 1, Severity.CRITICAL)], NOW)
    assert heard.event == HoldDue(2, NOW + 1, Severity.WARNING)
    assert [(each.key, each.state, each.ends_at, each.hold_until) for each in heard.changed] == [
        (1, State.FIRING, None, None),
        (2, State.FIRING, None, None),
    ]


def test_the_next_hold_to_end_is_the_earliest():
    assert hold_over([held(1, NOW + HOUR), held(2, NOW + MINUTE)], NOW).event == HoldDue(0, NOW + MINUTE)


def test_what_is_not_held_is_left_alone():
    firing = held(1, None)._replace(state=State.FIRING)
    assert hold_over([firing], NOW) == (HoldDue(0), ())
