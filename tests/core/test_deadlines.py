"""What time and new policies do to an incident: silences, staleness, known failures, revisions."""

from dataclasses import replace

import pytest

from escalator.core import events
from escalator.core.book import Book
from escalator.core.draft import STALE_MARGIN
from escalator.core.effects import CloseAlerts
from escalator.core.incident import Status
from escalator.core.instant import HOUR, MINUTE, SECOND
from escalator.core.policy import Policy, Timing
from tests.core.books import (
    CRITICAL,
    LAST,
    NIGHT,
    NOON,
    PEOPLE,
    WARNING,
    Walk,
    book,
    level,
    person,
    policy,
)

LADDER = policy("p", level("bob", "channel:ops"), level("carol"))


# --- is silenced ------------------------------------------------------------------------------------------------------


def silenced(until: int = HOUR, after: int = MINUTE) -> Walk:
    walk = Walk(book(LADDER)).opens().passes(after)
    walk.news()
    walk.does(events.Silenced(walk.now + until, "migration"))
    return walk


def test_a_silence_withholds_pages_and_at_its_end_level_1_is_due() -> None:
    walk = silenced()
    assert walk.passes(HOUR - 1).news() == []
    assert walk.passes(1).news() == ["bob", "ops"]


def test_a_silence_takes_back_pages_that_have_not_gone_out() -> None:
    people = {**PEOPLE, "bob": person("bob", "push call")}
    walk = Walk(book(LADDER, people=people)).opens().passes(MINUTE)
    walk.does(events.Silenced(walk.now + HOUR, "migration"))
    assert walk.ways("bob") == [("push", 0)]


def test_an_incident_may_open_silenced() -> None:
    walk = Walk(book(LADDER))
    walk.opens(WARNING)
    walk.does(events.Silenced(walk.now + HOUR, "migration"))
    assert walk.passes(HOUR - 1).news() == []
    assert walk.passes(1).news() == ["bob", "ops"]


def test_what_resolves_under_a_silence_pages_nobody_at_its_end() -> None:
    walk = silenced()
    walk.does(events.SourceResolved(1))
    walk.news()
    assert walk.passes(2 * HOUR).news() == []


def test_a_silence_that_ends_leaves_an_acknowledgement_alone() -> None:
    walk = silenced(until=10 * MINUTE)
    walk.does(events.Acknowledged("bob"))
    assert walk.passes(10 * MINUTE).state.status is Status.ACKNOWLEDGED
    assert not walk.state.silenced


def test_an_acknowledgement_that_lapses_under_a_silence_waits_for_its_end() -> None:
    walk = Walk(book(replace(LADDER, ack_timeout=10 * MINUTE))).opens()
    walk.does(events.Acknowledged("bob"))
    walk.does(events.Silenced(walk.now + HOUR, "migration"))
    walk.news()
    assert walk.passes(HOUR - 1).news() == []
    assert walk.state.status is Status.TRIGGERED
    assert walk.passes(1).news() == ["bob", "ops"]


def test_a_longer_silence_replaces_a_shorter_one() -> None:
    walk = silenced(until=10 * MINUTE)
    walk.does(events.Silenced(walk.now + HOUR, "it takes longer"))
    assert walk.passes(HOUR - 1).news() == []


def test_what_gets_worse_under_a_silence_still_waits_for_its_end() -> None:
    walk = silenced()
    walk.does(events.Worsened(CRITICAL))
    assert walk.passes(HOUR - 1).news() == []
    assert walk.passes(1).news() == ["bob", "ops"]


# --- is not heard of any more -----------------------------------------------------------------------------------------


def test_it_is_asked_after_the_refresh_and_a_margin() -> None:
    walk = Walk(book(LADDER), refresh=HOUR).opens()
    assert walk.state.stale_at == NOON + HOUR + STALE_MARGIN


def test_when_no_alert_is_confirmed_paging_stops_and_the_incident_stays() -> None:
    walk = Walk(book(LADDER)).opens(firing=2).passes(MINUTE)
    walk.does(events.StaleDue(2, walk.now + HOUR))
    walk.news()
    assert (walk.state.unconfirmed, walk.state.status) == (True, Status.TRIGGERED)
    assert walk.passes(HOUR - 1).news() == []


def test_while_one_alert_is_confirmed_paging_goes_on() -> None:
    walk = Walk(book(LADDER)).opens(firing=2).passes(MINUTE)
    walk.does(events.StaleDue(1, walk.now + HOUR))
    walk.news()
    assert walk.passes(4 * MINUTE).news() == ["carol"]


def test_once_confirmed_again_level_1_is_due() -> None:
    walk = Walk(book(LADDER)).opens().passes(MINUTE)
    walk.does(events.StaleDue(1, walk.now + HOUR))
    walk.news()
    walk.does(events.Refreshed(walk.now + HOUR))
    assert walk.passes(0).news() == ["bob", "ops"]


def test_what_is_unconfirmed_can_be_closed_by_hand() -> None:
    walk = Walk(book(LADDER)).opens()
    walk.does(events.StaleDue(1, walk.now + HOUR))
    done = walk.does(events.Resolved("bob"))
    assert walk.state.status is Status.RESOLVED
    assert CloseAlerts() in done.effects


def test_after_a_day_with_a_healthy_heartbeat_it_closes_by_itself() -> None:
    walk = Walk(book(LADDER)).opens()
    done = walk.does(events.StaleDue(1, walk.now + HOUR, close=True))
    assert walk.state.status is Status.RESOLVED
    assert CloseAlerts() in done.effects
    assert walk.says("unconfirmed for a day")


def test_what_is_closed_for_want_of_news_leaves_nothing_on_hold() -> None:
    walk = Walk(book(LADDER)).opens()
    walk.does(events.Held(1, walk.now + MINUTE))
    walk.does(events.StaleDue(1, walk.now + HOUR, close=True))
    assert (walk.state.held, walk.state.due_at) == (0, None)


# --- nobody whom a level paged can be reached -------------------------------------------------------------------------


def test_when_everybody_it_paged_is_unreachable_the_next_level_is_due_now() -> None:
    walk = Walk(book(LADDER)).opens().passes(10 * SECOND)
    walk.news()
    walk.does(events.Unreachable(1, 1, 1, "ann", everyone=True))
    assert walk.news() == ["carol"]


def test_and_the_level_after_it_still_has_its_whole_wait() -> None:
    walk = Walk(book(LADDER)).opens().passes(10 * SECOND)
    walk.does(events.Unreachable(1, 1, 1, "ann", everyone=True))
    assert walk.state.level_at == walk.now + 5 * MINUTE


def test_news_of_a_level_that_is_past_moves_nothing() -> None:
    walk = Walk(book(LADDER)).opens().passes(5 * MINUTE)
    walk.news()
    walk.does(events.Unreachable(1, 1, 1, "ann", everyone=True))
    assert walk.news() == []
    assert walk.says("it has moved on since")


def test_when_everyone_is_unreachable_the_next_minute_comes_all_the_same() -> None:
    last = policy("last", level("schedule:empty"))
    walk = Walk(book(policy("p", level("schedule:empty")), catch_all=last)).opens()
    state = walk.state
    walk.does(events.Unreachable(state.round, state.level, state.attempt, "ann", everyone=True))
    assert walk.state.level_at == NOON + MINUTE


# --- the policy changes -----------------------------------------------------------------------------------------------


def revised(*levels: object, **keys: object) -> Book:
    return book(policy("p", *levels, **keys), revision=2)  # type: ignore[arg-type]


def moved(before: Policy, after: Book, passes: int = MINUTE, severity: int = CRITICAL) -> Walk:
    walk = Walk(book(before)).opens(severity).passes(passes)  # type: ignore[arg-type]
    walk.news()
    walk.book = after
    walk.does(events.PolicyChanged(2, "catch_all"))
    return walk


@pytest.mark.parametrize(
    ("wait", "due"),
    [
        # shorter than before, and over already: now
        (SECOND, MINUTE),
        (3 * MINUTE, 3 * MINUTE),
        # longer than before: change never delays
        (9 * MINUTE, 5 * MINUTE),
    ],
)
def test_the_earlier_of_the_old_and_the_new_wait_counts(wait: int, due: int) -> None:
    walk = moved(policy("p", level("bob"), level("carol")), revised(level("bob", escalate_after=wait), level("carol")))
    walk.passes(10 * MINUTE)
    assert walk.times("carol")[0] == due


def test_it_goes_on_from_the_same_ordinal_level_of_the_new_revision() -> None:
    walk = moved(policy("p", level("bob"), level("carol")), revised(level("carol"), level("dave")))
    assert walk.passes(4 * MINUTE).news() == ["dave"]
    assert walk.state.revision == 2


def test_past_the_end_of_the_new_revision_the_next_pass_begins() -> None:
    three = policy("p", level("bob"), level("carol"), level("dave"))
    walk = moved(three, revised(level("dave")), passes=11 * MINUTE)
    assert walk.passes(4 * MINUTE).news() == ["dave"]
    assert walk.state.level == 1


def test_a_shorter_ack_timeout_counts_and_a_longer_one_does_not() -> None:
    for timeout, lapse in ((10 * MINUTE, 10 * MINUTE), (9 * HOUR, HOUR)):
        walk = Walk(book(policy("p", level("bob")))).opens()
        walk.does(events.Acknowledged("bob"))
        walk.book = revised(level("bob"), ack_timeout=timeout)
        walk.does(events.PolicyChanged(2))
        assert walk.state.lapse_at == NOON + lapse


def test_an_acknowledgement_that_never_lapsed_gets_the_new_timeout_from_now() -> None:
    walk = Walk(book(policy("p", level("bob"), ack_timeout=None))).opens()
    walk.does(events.Acknowledged("bob"))
    walk.passes(3 * HOUR).book = revised(level("bob"), ack_timeout=HOUR)
    walk.does(events.PolicyChanged(2))
    assert walk.state.lapse_at == NOON + 4 * HOUR


def test_a_hold_that_the_new_revision_drops_no_longer_holds() -> None:
    held = policy("p", level("bob"), urgency="low", hold_until="office")
    walk = Walk(book(held), now=NIGHT).opens(WARNING).passes(HOUR)
    walk.book = revised(level("bob"), urgency="low")
    walk.does(events.PolicyChanged(2))
    assert walk.passes(0).news() == ["bob"]


def test_a_new_revision_pages_nobody_before_the_group_has_waited() -> None:
    walk = Walk(book(policy("p", level("bob")))).opens(WARNING)
    walk.book = revised(level("bob"))
    walk.does(events.PolicyChanged(2))
    assert walk.passes(30 * SECOND - 1).news() == []
    assert walk.passes(1).news() == ["bob"]


def test_a_deleted_policy_re_routes_and_never_lowers_the_urgency() -> None:
    walk = moved(policy("p", level("bob"), level("carol")), book(LAST, revision=2), severity=CRITICAL)
    assert (walk.state.policy, walk.state.high) == ("last", True)
    assert walk.says("policy 'p' is gone in revision 2: now 'last'")
    assert walk.passes(HOUR).news() == ["carol"]


def test_an_exhausted_incident_whose_policy_is_deleted_is_heard_of_again() -> None:
    """It rested as low urgency; catch_all is urgent, and a triggered incident of high urgency always has a deadline."""
    walk = moved(policy("p", level("bob")), book(LAST, revision=2), passes=HOUR, severity=WARNING)
    assert walk.state.high
    assert walk.says("level 1: it is urgent now")
    assert walk.passes(0).news() == ["carol"]


def test_a_silenced_incident_stays_silenced_in_a_new_revision() -> None:
    walk = silenced()
    walk.book = book(LADDER, revision=2)
    walk.does(events.PolicyChanged(2))
    assert walk.passes(HOUR - 1).news() == []


def test_a_route_that_is_gone_groups_as_catch_all_does() -> None:
    timing = Timing(group_interval=MINUTE)
    walk = Walk(book(LADDER)).opens()
    walk.book = book(LADDER, routes=(), timing=timing)
    walk.does(events.Joined(1))
    assert walk.state.digest_at == NOON + MINUTE


# --- holds its alerts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fire_again", "next_at", "held"),
    [
        # two of three wait on
        (1, NOON + HOUR, 2),
        # all have gone: none is left, however many were counted
        (3, NOON + HOUR, 0),
        (4, NOON + HOUR, 0),
        # no later hold, so nothing waits
        (1, None, 0),
    ],
)
def test_when_a_hold_is_over_those_that_fire_again_wait_no_more(
    fire_again: int, next_at: int | None, held: int
) -> None:
    walk = Walk(book(LADDER)).opens().passes(MINUTE)
    walk.does(events.Held(3, NOON + 2 * MINUTE))
    walk.does(events.HoldDue(fire_again, next_at))
    assert (walk.state.held, walk.state.hold_at) == (held, next_at)


def test_a_policy_that_lets_nothing_lapse_any_more_leaves_what_was_promised() -> None:
    walk = Walk(book(policy("p", level("bob"), ack_timeout=HOUR))).opens()
    walk.does(events.Acknowledged("bob"))
    walk.book = book(policy("p", level("bob"), ack_timeout=None), revision=2)
    walk.does(events.PolicyChanged(2))
    assert walk.state.lapse_at == NOON + HOUR
