"""What sources report of an incident: it joins, rises, clears, is over, fires again, is a stale copy."""

from dataclasses import replace

import pytest

from escalator.core import events
from escalator.core.book import Book
from escalator.core.effects import Cancel, Kind
from escalator.core.incident import Status
from escalator.core.instant import HOUR, MINUTE, SECOND
from escalator.core.oncall import Step
from escalator.core.policy import Repage, Route
from escalator.core.reports import urgent
from tests.core.books import (
    CRITICAL,
    ERROR,
    INFO,
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
BY_SEVERITY = {INFO: "calm", WARNING: "calm", ERROR: "calm", CRITICAL: "alarm"}
CALM = policy("calm", level("channel:ops"), level("dave"), urgency="low")
ALARM = policy("alarm", level("bob"), level("carol"))


def acked(*rules: Repage, firing: int = 2, **keys: object) -> Walk:
    """Acknowledged by bob at 1 minute; `rules` replace the default of `repage_on`."""
    given: dict[str, object] = {"repage_on": rules} if rules else {}
    walk = Walk(book(policy("p", level("carol"), level("dave"), **given, **keys))).opens(firing=firing)
    walk.passes(MINUTE).does(events.Acknowledged("bob"))
    walk.news()
    return walk


def mixed() -> Book:
    """A route whose policy depends on the severity."""
    return book(CALM, ALARM, routes=(Route("main", (), BY_SEVERITY),))


# --- urgency ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "word", "route", "high"),
    [
        # nothing said: high for critical and error
        (CRITICAL, None, "main", True),
        (ERROR, None, "main", True),
        (WARNING, None, "main", False),
        (INFO, None, "main", False),
        # the policy's word counts
        (CRITICAL, "low", "main", False),
        (INFO, "high", "main", True),
        # always high through catch_all
        (INFO, None, "catch_all", True),
        (INFO, "low", "catch_all", True),
    ],
)
def test_urgency(severity: int, word: str | None, route: str, high: bool) -> None:
    found = book(policy("p", level("bob"), urgency=word))
    assert urgent(route, "p", found, severity) is high  # type: ignore[arg-type]


def test_an_alert_of_an_unknown_policy_is_urgent_when_it_is_severe() -> None:
    assert urgent("main", "gone", book(LADDER), CRITICAL)


# --- joins a triggered incident ---------------------------------------------------------------------------------------


def test_what_joins_a_triggered_incident_pages_nobody_anew_and_delays_nothing() -> None:
    walk = Walk(book(LADDER)).opens().passes(2 * MINUTE)
    walk.news()
    walk.does(events.Joined(3))
    assert walk.passes(3 * MINUTE - 1).news() == []
    assert walk.passes(1).news() == ["carol"]
    assert walk.state.firing == 4


def test_the_channels_hear_of_all_that_joined_once_per_group_interval() -> None:
    walk = Walk(book(LADDER)).opens()
    for _ in range(3):
        walk.passes(MINUTE).does(events.Joined(1))
    walk.news()
    assert walk.passes(3 * MINUTE - 1).news(Kind.UPDATE) == []
    assert walk.passes(1).news(Kind.UPDATE) == ["ops"]
    assert walk.pages[-1].reason == "3 alerts joined since, 4 firing now"


def test_nobody_hears_of_what_joined_when_all_is_over_before_the_interval() -> None:
    walk = Walk(book(LADDER)).opens()
    walk.does(events.Joined(1))
    walk.does(events.SourceResolved(2))
    assert walk.passes(HOUR).news(Kind.UPDATE) == []


# --- joins an acknowledged incident -----------------------------------------------------------------------------------


def test_the_acknowledger_is_told_of_what_joins_by_his_first_low_urgency_contact() -> None:
    walk = acked(firing=4)
    walk.does(events.Joined(1))
    walk.passes(5 * MINUTE)
    assert walk.state.status is Status.ACKNOWLEDGED
    assert [(page.who, page.via) for page in walk.pages if "joined" in page.reason] == [("bob", "email")]


def test_what_outgrows_an_acknowledgement_does_not_wait_for_office_hours() -> None:
    walk = Walk(book(policy("p", level("carol"), urgency="low", hold_until="office")), now=NIGHT).opens(firing=1)
    walk.does(events.Acknowledged("bob"))
    walk.does(events.Joined(1))
    assert walk.passes(0).news() == ["bob", "carol"]


def test_the_acknowledger_is_not_rung_up_for_it() -> None:
    people = {**PEOPLE, "bob": person("bob", "call", low=(Step("call"),))}
    walk = Walk(book(LADDER, people=people)).opens(firing=4)
    walk.does(events.Acknowledged("bob"))
    walk.news()
    walk.does(events.Joined(1))
    assert walk.passes(5 * MINUTE).news(Kind.UPDATE) == []


def test_twice_as_many_firing_as_when_acknowledged_trigger_it_again_acknowledger_first() -> None:
    walk = acked()
    walk.does(events.Joined(1))
    assert walk.state.status is Status.ACKNOWLEDGED
    walk.does(events.Joined(1))
    assert walk.state.status is Status.TRIGGERED
    assert walk.passes(0).news() == ["bob", "carol"]
    assert walk.says("4 fire, 2 when it was acknowledged")


def test_growth_counts_what_fires_and_not_what_ever_fired() -> None:
    walk = acked()
    for _ in range(10):
        walk.does(events.Joined(1))
        walk.does(events.Cleared(1))
    assert walk.state.status is Status.ACKNOWLEDGED


@pytest.mark.parametrize(
    ("rules", "join", "repaged"),
    [
        # growth by another factor
        ((Repage("growth", 3.0),), events.Joined(3), False),
        ((Repage("growth", 3.0),), events.Joined(4), True),
        # anything at all
        ((Repage("any"),), events.Joined(1), True),
        # a label's value that was not seen before
        ((Repage("label", label="cluster"),), events.Joined(9, (("cluster", "north"),)), True),
        ((Repage("label", label="cluster"),), events.Joined(9), False),
        ((Repage("label", label="cluster"),), events.Joined(9, (("rack", "7"),)), False),
        # severity alone: what joins without being worse does not
        ((Repage("severity"),), events.Joined(50), False),
    ],
)
def test_repage_on(rules: tuple[Repage, ...], join: events.Joined, repaged: bool) -> None:
    walk = acked(*rules)
    walk.does(join)
    assert (walk.state.status is Status.TRIGGERED) is repaged
    assert walk.passes(0).news() == (["bob", "carol"] if repaged else [])


def test_a_label_value_counts_as_seen_from_the_opening_on() -> None:
    walk = Walk(book(policy("p", level("carol"), repage_on=(Repage("label", label="cluster"),))))
    walk.opens(values=(("cluster", "north"),))
    walk.does(events.Acknowledged("bob"))
    walk.does(events.Joined(1, (("cluster", "north"),)))
    assert walk.state.status is Status.ACKNOWLEDGED
    walk.does(events.Joined(1, (("cluster", "south"),)))
    assert walk.says("new cluster 'south'")


def test_a_label_value_seen_once_is_seen_for_good() -> None:
    """South reopened it; acknowledged again, further alerts from north and south are nothing new."""
    walk = acked(Repage("label", label="cluster"))
    walk.does(events.Joined(1, (("cluster", "north"),)))
    walk.does(events.Acknowledged("carol"))
    walk.does(events.Joined(1, (("cluster", "north"),)))
    assert walk.state.status is Status.ACKNOWLEDGED


def test_a_snooze_covers_no_more_than_an_acknowledgement() -> None:
    walk = acked()
    walk.does(events.Snoozed("bob", walk.now + HOUR))
    walk.does(events.Joined(2))
    assert walk.passes(0).news() == ["bob", "carol"]


def test_what_is_resolved_by_hand_and_grows_comes_back() -> None:
    walk = acked()
    walk.does(events.Resolved("bob"))
    walk.does(events.Joined(2))
    assert walk.state.status is Status.TRIGGERED
    assert walk.state.held_by is None


# --- gets worse -------------------------------------------------------------------------------------------------------


def test_a_warning_that_turns_critical_is_walked_by_the_critical_policy_from_level_1_at_once() -> None:
    walk = Walk(mixed()).opens(WARNING).passes(6 * MINUTE)
    walk.news()
    walk.does(events.Joined(1))
    walk.does(events.Worsened(CRITICAL))
    assert walk.passes(0).news() == ["bob"]
    assert (walk.state.policy, walk.state.high, walk.state.severity) == ("alarm", True, CRITICAL)
    assert walk.says("severity rose from warning to critical; policy calm → alarm")


@pytest.mark.parametrize("held", [events.Acknowledged("dave"), events.Snoozed("dave", NOON + HOUR)])
def test_even_while_somebody_holds_it(held: events.Event) -> None:
    walk = Walk(mixed()).opens(WARNING).passes(6 * MINUTE)
    walk.does(held)
    walk.news()
    walk.does(events.Worsened(CRITICAL))
    assert walk.passes(0).news() == ["bob"]
    assert walk.state.acknowledged_by is None


def test_what_waited_to_be_sent_by_the_old_policy_is_not() -> None:
    people = {**PEOPLE, "dave": person("dave", "email push", low=(Step("email"), Step("push", 9 * MINUTE)))}
    walk = Walk(replace(mixed(), people=people)).opens(WARNING).passes(6 * MINUTE)
    walk.does(events.Worsened(CRITICAL))
    assert walk.ways("dave") == [("email", 0)]


def test_getting_worse_does_not_wait_for_office_hours() -> None:
    calm = policy("p", level("bob"), hold_until="office", urgency="low")
    walk = Walk(book(calm), now=NIGHT).opens(WARNING)
    walk.does(events.Worsened(CRITICAL))
    assert walk.passes(0).news() == ["bob"]


def test_urgency_never_falls_when_it_gets_worse() -> None:
    """An info alert through catch_all is urgent; the policy of worse ones says low."""
    walk = Walk(book(LADDER, policy("quiet", level("dave"), urgency="low"), routes=())).opens(INFO, route="catch_all")
    assert walk.state.high
    walk.does(events.Worsened(CRITICAL))
    assert walk.state.high


def test_when_it_gets_better_the_policy_stays() -> None:
    """There is no event for it: what clears leaves severity, policy and levels as they are."""
    walk = Walk(mixed()).opens(CRITICAL, firing=2).passes(MINUTE)
    before = walk.state
    walk.does(events.Cleared(1))
    assert walk.state == before._replace(firing=1, version=before.version + 1)


# --- is over, and fires again -----------------------------------------------------------------------------------------


def test_when_the_source_resolves_all_that_were_told_are_told_and_never_by_call() -> None:
    people = {**PEOPLE, "bob": person("bob", "push call")}
    walk = Walk(book(LADDER, people=people)).opens().passes(3 * MINUTE)
    walk.does(events.SourceResolved(1))
    told = [(page.who, page.via) for page in walk.pages if page.kind is Kind.RESOLVED]
    assert told == [("bob", "push"), ("ops", "slack")]
    assert walk.passes(24 * HOUR).state.due_at is None


def test_nothing_that_still_waits_is_sent_after_that() -> None:
    walk = Walk(book(LADDER)).opens()
    assert Cancel(everything=True) in walk.does(events.SourceResolved(1)).effects


def test_what_fires_again_in_time_is_the_same_incident_from_level_1() -> None:
    walk = Walk(book(LADDER)).opens().passes(6 * MINUTE)
    walk.does(events.SourceResolved(1))
    walk.passes(4 * MINUTE).news()
    walk.does(events.Refired(2))
    assert walk.passes(0).news() == ["bob", "ops"]
    assert (walk.state.firing, walk.state.resolved_at, walk.state.round) == (2, None, 2)


def test_an_acknowledgement_from_before_does_not_cover_what_fires_again() -> None:
    walk = acked()
    walk.does(events.SourceResolved(2))
    walk.does(events.Refired(1))
    assert walk.state.acknowledged_by is None
    assert walk.passes(0).news() == ["carol"]


def test_a_doubtful_firing_of_what_is_over_waits_and_a_resolve_ends_the_doubt() -> None:
    walk = Walk(book(LADDER)).opens()
    walk.does(events.SourceResolved(1))
    walk.does(events.Held(1, walk.now + MINUTE))
    walk.passes(30 * SECOND).does(events.Unheld(1))
    walk.news()
    assert walk.passes(HOUR).news() == []
    assert walk.state.status is Status.RESOLVED


def test_a_doubtful_firing_that_nobody_resolves_was_true() -> None:
    walk = Walk(book(LADDER)).opens()
    walk.does(events.SourceResolved(1))
    walk.news()
    walk.does(events.Held(1, walk.now + MINUTE))
    assert walk.passes(MINUTE - 1).news() == []
    assert walk.passes(1).news() == ["bob", "ops"]
    assert walk.state.firing == 1


def test_a_doubtful_firing_that_was_true_joins_an_open_incident_like_any_other() -> None:
    walk = acked()
    walk.does(events.Held(2, walk.now + MINUTE))
    assert walk.passes(MINUTE).news() == ["bob", "carol"]
    assert walk.says("4 fire, 2 when it was acknowledged")


def test_and_the_acknowledger_is_told_of_it() -> None:
    walk = acked(firing=4)
    walk.does(events.Held(1, walk.now + MINUTE))
    assert walk.passes(6 * MINUTE).news(Kind.UPDATE) == ["bob"]


def test_a_hold_that_nobody_waits_for_any_more_changes_nothing() -> None:
    walk = Walk(book(LADDER)).opens()
    walk.does(events.SourceResolved(1))
    walk.does(events.HoldDue(0))
    assert walk.state.status is Status.RESOLVED


def test_a_missed_resolve_is_noted_and_pages_nobody() -> None:
    walk = Walk(book(LADDER)).opens()
    walk.news()
    walk.does(events.Blinked(1))
    assert walk.passes(0).news() == []
    assert walk.says("a resolve in between was never reported")


# --- what the timeline says -------------------------------------------------------------------------------------------


def test_what_acknowledges_no_longer_counts_those_that_joined_before() -> None:
    walk = acked(Repage("any"))
    walk.does(events.Joined(3))
    assert (walk.state.joined, walk.state.digest_at) == (0, None)
    assert walk.says("another alert joined: the acknowledgement no longer covers it")


def test_the_source_resolves_the_last_two_or_it() -> None:
    for firing, words in ((1, "the source resolved it"), (2, "the source resolved the last 2")):
        walk = Walk(book(LADDER)).opens(firing=firing)
        walk.does(events.SourceResolved(firing))
        assert walk.said[-1][1:] == ("resolved", words)


def test_a_stale_copy_is_told_from_a_firing() -> None:
    walk = Walk(book(LADDER)).opens()
    walk.does(events.Held(1, NOON + MINUTE))
    walk.does(events.Unheld(1))
    assert walk.said[-1][1:] == ("unheld", "1 resolved again: the late firing was a stale copy")


def test_a_turn_taken_in_the_policy_before_is_none_in_the_policy_after() -> None:
    calm = policy("calm", level("bob", "carol", round_robin=True), urgency="low")
    walk = Walk(book(calm, ALARM, routes=(Route("main", (), BY_SEVERITY),))).opens(WARNING).passes(MINUTE)
    assert walk.state.turns
    walk.does(events.Worsened(CRITICAL))
    assert walk.state.turns == ()
