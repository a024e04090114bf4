"""A resolve taken back by hand: who holds it then, whom it pages, and when it is too late."""

from dataclasses import replace

import pytest

from escalator.core import events
from escalator.core.effects import Cancel, Facts, Kind, Refused, ReopenAlerts
from escalator.core.escalation import step
from escalator.core.incident import Status
from escalator.core.instant import HOUR, MINUTE
from escalator.core.policy import Policy
from tests.core.books import CRITICAL, NOON, WARNING, Walk, book, level, policy

LADDER = policy("p", level("bob", "channel:ops"), level("carol"), level("dave"))


def triggered(ladder: Policy = LADDER, severity: int = CRITICAL, **facts: object) -> Walk:
    """A minute after level 1 paged, two alerts firing."""
    walk = Walk(book(ladder), **facts).opens(severity, firing=2).passes(MINUTE)  # type: ignore[arg-type]
    walk.news()
    return walk


def over(*acts: events.Event, ladder: Policy = LADDER, **facts: object) -> Walk:
    """The same, after what people did, and resolved by its source."""
    walk = triggered(ladder, **facts)
    for act in acts:
        walk.does(act)
    walk.does(events.SourceResolved(2))
    walk.news(Kind.UPDATE)
    return walk


def unconfirmed() -> Walk:
    walk = triggered(closed=2)
    walk.does(events.StaleDue(2, walk.now + HOUR))
    return walk


# --- who holds it -----------------------------------------------------------------------------------------------------


def test_nobody_held_it_so_level_1_is_paged_now_in_a_new_round() -> None:
    walk = over()
    before = walk.state
    walk.does(events.Reopened("bob", "the wrong one"))
    assert (walk.state.status, walk.state.round, walk.state.level) == (Status.TRIGGERED, before.round + 1, 0)
    assert walk.state.resolved_at is None
    assert walk.passes(0).news() == ["bob", "ops"]
    assert walk.says("reopened: reopened by bob")
    assert walk.says("round: level 1 now: nobody holds it")


def test_whoever_held_it_holds_it_again_and_nobody_is_paged() -> None:
    walk = over(events.Acknowledged("bob"), ladder=replace(LADDER, ack_timeout=HOUR))
    walk.passes(5 * MINUTE).does(events.Reopened("bob"))
    assert (walk.state.status, walk.state.acknowledged_by) == (Status.ACKNOWLEDGED, "bob")
    assert walk.state.lapse_at == walk.now + HOUR
    assert walk.says("acknowledged by bob as before, holds for 1h")
    assert walk.passes(HOUR - 1).news() == []
    assert walk.passes(1).news() == ["bob", "ops"]


def test_where_somebody_else_held_it_nobody_does_for_they_were_told_that_it_is_over() -> None:
    walk = over(events.Acknowledged("carol"))
    walk.does(events.Reopened("bob"))
    assert (walk.state.status, walk.state.acknowledged_by) == (Status.TRIGGERED, None)
    assert walk.passes(0).news() == ["bob", "ops"]


def test_a_snooze_does_not_come_back_but_who_snoozed_holds_it() -> None:
    walk = over(events.Snoozed("bob", NOON + 3 * HOUR))
    walk.does(events.Reopened("bob"))
    assert (walk.state.status, walk.state.snooze_at) == (Status.ACKNOWLEDGED, None)


def test_hours_that_a_policy_waits_for_do_not_hold_back_what_a_person_asked_for() -> None:
    held_until_monday = policy("p", level("bob"), urgency="low", hold_until="office")
    walk = triggered(held_until_monday, WARNING)
    walk.does(events.SourceResolved(2))
    walk.does(events.Reopened("carol"))
    assert walk.state.level_at == walk.now


# --- a resolve by hand of what still fires ----------------------------------------------------------------------------


def test_taken_back_from_who_had_acknowledged_before_it_is_theirs_again() -> None:
    walk = triggered()
    for act in (events.Acknowledged("bob"), events.Resolved("bob"), events.Reopened("bob")):
        walk.does(act)
    assert (walk.state.status, walk.state.acknowledged_by, walk.state.held_by) == (Status.ACKNOWLEDGED, "bob", None)
    assert walk.passes(0).news() == []


@pytest.mark.parametrize(
    "acts",
    [
        # nobody had acknowledged: the resolve itself had taken it
        (events.Resolved("bob"),),
        # twice does not make it an acknowledgement
        (events.Resolved("bob"), events.Resolved("bob")),
        # somebody else had
        (events.Acknowledged("carol"), events.Resolved("bob")),
        # a snooze was put off, by the one who snoozed too
        (events.Snoozed("bob", NOON + HOUR), events.Resolved("bob")),
    ],
)
def test_else_level_1_is_paged_now(acts: tuple[events.Event, ...]) -> None:
    walk = triggered()
    for act in acts:
        walk.does(act)
    walk.does(events.Reopened("bob"))
    assert (walk.state.status, walk.state.held_by, walk.state.held_anew) == (Status.TRIGGERED, None, False)
    assert walk.passes(0).news() == ["bob", "ops"]


def test_so_it_is_where_the_source_agreed_meanwhile() -> None:
    walk = over(events.Resolved("bob"))
    walk.does(events.Reopened("bob"))
    assert walk.state.status is Status.TRIGGERED


def test_an_acknowledgement_after_a_resolve_by_hand_was_taken_back_is_one_like_any_other() -> None:
    walk = triggered()
    for act in (events.Resolved("bob"), events.Reopened("bob"), events.Acknowledged("bob"), events.Resolved("bob")):
        walk.does(act)
    walk.does(events.Reopened("bob"))
    assert (walk.state.status, walk.state.acknowledged_by) == (Status.ACKNOWLEDGED, "bob")


# --- alerts and messages ----------------------------------------------------------------------------------------------


def test_alerts_that_were_closed_with_it_fire_again() -> None:
    walk = unconfirmed()
    walk.does(events.Resolved("bob"))
    closed_at = walk.state.resolved_at
    walk.passes(MINUTE)
    done = walk.does(events.Reopened("bob"))
    assert [each for each in done.effects if isinstance(each, ReopenAlerts)] == [ReopenAlerts(closed_at)]
    assert (walk.state.firing, walk.state.unconfirmed) == (2, False)
    assert walk.state.stale_at is not None


def test_those_that_their_source_resolved_do_not() -> None:
    walk = over()
    done = walk.does(events.Reopened("bob"))
    assert not [each for each in done.effects if isinstance(each, ReopenAlerts)]
    assert walk.state.firing == 0


def test_nothing_more_is_said_of_its_end_and_all_are_told_that_it_goes_on() -> None:
    walk = over()
    done = walk.does(events.Reopened("dave"))
    assert Cancel(everything=True) in done.effects
    assert walk.news(Kind.UPDATE) == ["bob", "ops"]


def test_the_note_stands_in_the_timeline() -> None:
    done = over().does(events.Reopened("bob", "the wrong one"))
    assert (done.entries[0].by, done.entries[0].detail) == ("bob", {"note": "the wrong one"})


def test_it_can_be_resolved_by_hand_again() -> None:
    walk = over()
    walk.does(events.Reopened("bob"))
    walk.does(events.Resolved("bob"))
    assert walk.state.status is Status.RESOLVED


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [None, events.Acknowledged("bob"), events.Snoozed("bob", NOON + HOUR)])
def test_what_nobody_resolved_cannot_be_taken_back(act: events.Event | None) -> None:
    walk = triggered()
    if act:
        walk.does(act)
    with pytest.raises(Refused, match="it is open: nobody has resolved it"):
        walk.does(events.Reopened("bob"))


def test_while_another_incident_of_the_group_is_open_the_refusal_says_which() -> None:
    with pytest.raises(Refused, match="incident 43 of the same group is open"):
        over(heir=43).does(events.Reopened("bob"))


def test_until_the_last_microsecond_of_the_reopen_window_and_no_longer() -> None:
    walk = over()
    walk.passes(10 * MINUTE)
    assert step(walk.state, events.Reopened("bob"), walk.book, Facts(), walk.now).incident.open
    walk.passes(1)
    with pytest.raises(Refused, match="resolved more than 10m ago"):
        walk.does(events.Reopened("bob"))


@pytest.mark.parametrize(("window", "allowed"), [(0, 10 * MINUTE), (MINUTE, 10 * MINUTE), (HOUR, HOUR)])
def test_a_window_shorter_than_ten_minutes_leaves_time_to_undo(window: int, allowed: int) -> None:
    walk = over()
    timing = walk.book.timing._replace(reopen_window=window)
    routes = tuple(replace(route, timing=timing) for route in walk.book.routes)
    walk.book = replace(walk.book, routes=routes, timing=timing)
    walk.passes(allowed + 1)
    with pytest.raises(Refused):
        walk.does(events.Reopened("bob"))
    walk.now -= 1
    walk.does(events.Reopened("bob"))
    assert walk.state.open


def test_later_only_while_alerts_of_it_wait_in_a_hold_down() -> None:
    walk = over()
    walk.passes(HOUR)
    walk.does(events.Held(1, walk.now + MINUTE))
    walk.does(events.Reopened("bob"))
    assert (walk.state.status, walk.state.held) == (Status.TRIGGERED, 1)
