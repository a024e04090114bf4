"""What sources and time do to an incident: it joins, rises, clears, is held, silenced, stale, moved to a new revision."""

from dataclasses import replace

import pytest

from escalator.core import events
from escalator.core.draft import STALE_MARGIN
from escalator.core.effects import CloseAlerts, Kind
from escalator.core.incident import Status
from escalator.core.instant import HOUR, MINUTE, SECOND
from escalator.core.oncall import Step
from escalator.core.policy import Book, Policy, Repage, Route, Timing
from escalator.core.reports import urgent
from tests.core.books import (
    CRITICAL,
    ERROR,
    INFO,
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
    walk.does(events.Unreachable(1, 1, 1))
    assert walk.news() == ["carol"]


def test_and_the_level_after_it_still_has_its_whole_wait() -> None:
    walk = Walk(book(LADDER)).opens().passes(10 * SECOND)
    walk.does(events.Unreachable(1, 1, 1))
    assert walk.state.level_at == walk.now + 5 * MINUTE


def test_news_of_a_level_that_is_past_moves_nothing() -> None:
    walk = Walk(book(LADDER)).opens().passes(5 * MINUTE)
    walk.news()
    walk.does(events.Unreachable(1, 1, 1))
    assert walk.news() == []
    assert walk.says("it has moved on since")


def test_when_everyone_is_unreachable_the_next_minute_comes_all_the_same() -> None:
    last = policy("last", level("schedule:empty"))
    walk = Walk(book(policy("p", level("schedule:empty")), catch_all=last)).opens()
    state = walk.state
    walk.does(events.Unreachable(state.round, state.level, state.attempt))
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
