"""The walk through the levels: when each is due, whom it pages, what is skipped, and what follows the last."""

import pytest

from escalator.core import events
from escalator.core.effects import Kind
from escalator.core.incident import Status
from escalator.core.instant import HOUR, MINUTE, SECOND
from escalator.core.levels import DESPERATE_EVERY, PASS_AT_LEAST
from escalator.core.notification import LAST_RESORT
from escalator.core.oncall import Override
from escalator.core.policy import Policy
from tests.core.books import (
    CRITICAL,
    ERROR,
    INFO,
    LAST,
    NIGHT,
    NOON,
    WARNING,
    Walk,
    book,
    level,
    person,
    policy,
    unusable,
)


def walk(*policies: Policy, **keys: object) -> Walk:
    """A critical incident at noon that the first of these policies takes."""
    given = {name: keys.pop(name) for name in ("now", "unusable", "overrides") if name in keys}
    return Walk(book(*policies, **keys), **given).opens()  # type: ignore[arg-type]


# --- when -------------------------------------------------------------------------------------------------------------


def test_a_critical_incident_pages_level_1_at_once() -> None:
    assert walk(policy("p", level("bob"))).news() == ["bob"]


@pytest.mark.parametrize("severity", [INFO, WARNING, ERROR])
def test_others_wait_for_the_group(severity: int) -> None:
    incident = Walk(book(policy("p", level("bob")))).opens(severity)  # type: ignore[arg-type]
    incident.passes(30 * SECOND - 1)
    assert incident.news() == []
    incident.passes(1)
    assert incident.news() == ["bob"]


def test_the_next_level_is_due_when_the_wait_of_this_one_is_over_and_not_before() -> None:
    incident = walk(policy("p", level("bob", escalate_after=7 * MINUTE), level("carol"))).passes(7 * MINUTE - 1)
    assert incident.news() == ["bob"]
    assert incident.passes(1).news() == ["carol"]


def test_attempts_page_again_and_the_next_level_waits_for_all_of_them() -> None:
    """due(k+1) = due(k) + attempts × escalate_after."""
    ladder = policy("p", level("bob", escalate_after=3 * MINUTE, attempts=3), level("carol", escalate_after=HOUR))
    incident = walk(ladder).passes(30 * MINUTE)
    assert incident.times("bob") == [0, 3 * MINUTE, 6 * MINUTE]
    assert incident.times("carol") == [9 * MINUTE]


def test_after_a_standstill_each_level_still_has_its_whole_wait() -> None:
    """Away for ten minutes: it pages the next level now, and not the one after it in the same breath."""
    ladder = policy("p", level("bob"), level("carol"), level("dave"))
    incident = walk(ladder).sleeps(14 * MINUTE)
    assert incident.news() == ["bob", "carol"]
    assert incident.passes(5 * MINUTE).news() == ["dave"]


def test_who_is_on_call_is_read_when_the_level_is_due() -> None:
    override = Override("primary", "dave", NOON + 4 * MINUTE, NOON + HOUR)
    ladder = policy("p", level("carol"), level("schedule:primary"))
    assert walk(ladder, overrides=(override,)).passes(5 * MINUTE).news() == ["carol", "dave"]


def test_who_was_paged_before_a_handoff_stays_and_the_next_pass_reads_anew() -> None:
    override = Override("primary", "dave", NOON + MINUTE, NOON + HOUR)
    incident = walk(policy("p", level("schedule:primary")), overrides=(override,)).passes(4 * MINUTE)
    assert incident.news() == ["bob"]
    assert incident.passes(MINUTE).news() == ["dave"]


# --- whom -------------------------------------------------------------------------------------------------------------


def test_a_level_pages_all_its_targets_each_person_once() -> None:
    assert walk(policy("p", level("bob", "team:sre", "channel:ops"))).news() == ["bob", "dave", "ops"]


def test_next_on_call_is_whoever_follows_in_the_rotation() -> None:
    ladder = policy("p", level("schedule:primary"), level("next_on_call:primary"))
    assert walk(ladder).passes(5 * MINUTE).news() == ["bob", "carol"]


def test_next_on_call_is_nobody_who_was_paged_in_this_pass() -> None:
    """A handoff between the levels must not page the same person twice."""
    override = Override("primary", "carol", NOON + MINUTE, NOON + HOUR)
    ladder = policy("p", level("schedule:primary", "carol"), level("next_on_call:primary"))
    assert walk(ladder, overrides=(override,)).passes(5 * MINUTE).news() == ["bob", "carol", "dave"]


def test_next_on_call_steps_over_somebody_who_cannot_be_reached() -> None:
    """bob is on call and unreachable: level 2 is carol's at once, not skipped because bob is still next."""
    ladder = policy("p", level("schedule:primary"), level("next_on_call:primary"), level("dave"))
    incident = walk(ladder, **unusable("bob"))
    assert incident.news() == ["carol"]
    assert incident.passes(5 * MINUTE).news() == ["dave"]


def test_in_the_next_pass_next_on_call_begins_again() -> None:
    ladder = policy("p", level("schedule:primary"), level("next_on_call:primary"))
    incident = walk(ladder).passes(15 * MINUTE)
    assert [incident.times(name) for name in ("bob", "carol")] == [[0, 10 * MINUTE], [5 * MINUTE, 15 * MINUTE]]


def test_round_robin_pages_one_target_and_the_next_incident_takes_the_next() -> None:
    ladder = policy("p", level("bob", "carol", "dave", round_robin=True))
    turns: dict[tuple[str, int], int] = {}
    paged = []
    for number in range(1, 5):
        incident = Walk(book(ladder))
        incident.turns = turns
        paged += incident.opens(number=number).news()
    assert paged == ["bob", "carol", "dave", "bob"]
    assert turns == {("p", 1): 4}


def test_an_incident_keeps_its_turn_in_later_passes() -> None:
    incident = walk(policy("p", level("bob", "carol", round_robin=True))).passes(20 * MINUTE)
    assert incident.times("carol") == []
    assert incident.turns == {("p", 1): 1}


def test_round_robin_over_a_team_turns_through_its_members() -> None:
    incident = Walk(book(policy("p", level("team:sre", round_robin=True))))
    incident.turns = {("p", 1): 1}
    assert incident.opens().news() == ["dave"]


def test_a_turn_taken_in_one_policy_says_nothing_about_another() -> None:
    """Handed over to catch_all, whose first level takes turns too: the turn is catch_all's."""
    last = policy("last", level("carol", "dave", round_robin=True))
    first = policy("p", level("bob", "carol", round_robin=True), repeat=0)
    incident = Walk(book(first, catch_all=last))
    incident.turns = {("p", 1): 0, ("last", 1): 1}
    incident.opens().passes(5 * MINUTE)
    assert incident.news() == ["bob", "dave"]
    assert incident.turns == {("p", 1): 1, ("last", 1): 2}


def test_a_channel_that_is_not_usable_is_named_in_the_timeline() -> None:
    incident = walk(policy("p", level("bob", "channel:ops")), **unusable("channel/ops"))
    assert incident.news() == ["bob"]
    assert incident.says("channel ops is not usable")


# --- skipped ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("skipped", "why"),
    [
        # nobody on call
        (level("schedule:empty"), "schedule empty: nobody"),
        (level("next_on_call:empty"), "next_on_call empty: nobody"),
        # names that are no longer there: an empty target
        (level("schedule:gone"), "schedule gone: nobody"),
        (level("team:gone"), "team gone: nobody"),
        (level("gone"), "gone is unreachable"),
        (level("channel:gone"), "channel gone is not usable"),
        # somebody without a single contact
        (level("mute"), "mute is unreachable"),
        # no targets at all
        (level(), "no target"),
        # guards
        (level("bob", severities=frozenset({WARNING})), "not for severity critical"),
        (level("bob", outside="office"), "only outside office"),
        (level("bob", during="gone"), "only during gone"),
    ],
)
def test_a_level_that_reaches_nobody_is_skipped_at_once_and_says_why(skipped: object, why: str) -> None:
    incident = walk(policy("p", skipped, level("carol")))  # type: ignore[arg-type]
    assert incident.news() == ["carol"]
    assert incident.says(why)


def test_a_level_with_channels_alone_waits_like_any_other() -> None:
    incident = walk(policy("p", level("channel:ops", "channel:status"), level("carol"))).passes(5 * MINUTE - 1)
    assert incident.news() == ["ops", "status"]
    assert incident.passes(1).news() == ["carol"]


def test_a_channel_does_not_count_as_reaching_the_human_who_was_meant() -> None:
    """The channel is told, yet the level is skipped: nobody was paged."""
    assert walk(policy("p", level("schedule:empty", "channel:ops"), level("carol"))).news() == ["ops", "carol"]


def test_a_person_all_of_whose_contacts_are_unusable_is_skipped() -> None:
    incident = walk(policy("p", level("bob"), level("carol")), **unusable("bob"))
    assert incident.news() == ["carol"]


@pytest.mark.parametrize(("now", "paged"), [(NOON, ["bob"]), (NIGHT, ["dave"])])
def test_guards_of_the_hour_are_read_when_the_level_is_due(now: int, paged: list[str]) -> None:
    ladder = policy("p", level("bob", during="office"), level("dave", outside="office"))
    assert walk(ladder, now=now).news() == paged


def test_a_guard_that_closes_between_two_attempts_ends_the_level() -> None:
    ladder = policy("p", level("bob", during="office", attempts=2), level("carol"))
    incident = walk(ladder, now=NOON + 5 * HOUR - MINUTE).passes(5 * MINUTE)
    assert incident.news() == ["bob", "carol"]


# --- after the last level ---------------------------------------------------------------------------------------------


def test_high_urgency_repeats_until_somebody_acknowledges() -> None:
    incident = walk(policy("p", level("bob"))).passes(24 * HOUR)
    assert len(incident.times("bob")) == 24 * 12 + 1
    assert not incident.times("carol")


def test_repeat_2_is_three_passes_and_then_catch_all() -> None:
    incident = walk(policy("p", level("bob"), repeat=2)).passes(15 * MINUTE)
    assert incident.times("bob") == [0, 5 * MINUTE, 10 * MINUTE]
    assert incident.times("carol") == [15 * MINUTE]
    assert incident.state.policy == "last"
    assert incident.says("handed over")


def test_a_new_pass_begins_at_least_a_minute_after_the_previous_one_began() -> None:
    incident = walk(policy("p", level("bob", escalate_after=10 * SECOND))).passes(3 * MINUTE)
    assert incident.times("bob") == [0, PASS_AT_LEAST, 2 * PASS_AT_LEAST, 3 * PASS_AT_LEAST]


def test_a_high_urgency_pass_that_paged_nobody_goes_to_catch_all_at_once() -> None:
    incident = walk(policy("p", level("schedule:empty"), level("channel:ops")))
    assert incident.news() == ["ops"]
    assert incident.passes(5 * MINUTE).news() == ["carol"]
    assert (incident.state.policy, incident.state.high) == ("last", True)


def test_catch_all_is_never_exhausted() -> None:
    last = policy("last", level("carol"), repeat=1)
    incident = walk(policy("p", level("schedule:empty")), catch_all=last).passes(2 * HOUR)
    assert len(incident.times("carol")) == 25


def test_low_urgency_is_walked_once_and_then_wakes_nobody() -> None:
    incident = walk(policy("p", level("bob"), level("carol"), urgency="low")).passes(48 * HOUR)
    assert [len(incident.times(name)) for name in ("bob", "carol")] == [1, 1]
    assert incident.state.status is Status.TRIGGERED
    assert incident.state.level_at is None
    assert incident.says("walked to its end")


def test_low_urgency_with_repeat_1_is_walked_twice() -> None:
    incident = walk(policy("p", level("bob"), urgency="low", repeat=1)).passes(24 * HOUR)
    assert incident.times("bob") == [0, 5 * MINUTE]


def test_low_urgency_until_acked_without_anybody_to_page_does_not_spin() -> None:
    incident = walk(policy("p", level("schedule:empty"), urgency="low", repeat=None)).passes(10 * MINUTE)
    assert incident.state.passes == 11, "one a minute"


# --- when nobody at all is reached ------------------------------------------------------------------------------------


def desperate(**keys: object) -> Walk:
    last = policy("last", level("schedule:empty"))
    return walk(policy("p", level("schedule:empty")), catch_all=last, **keys)


def test_when_catch_all_reaches_nobody_everyone_is_paged_and_the_last_resort_told() -> None:
    assert desperate().news() == ["bob", "carol", "dave", LAST_RESORT]


def test_then_everyone_is_paged_each_minute_until_somebody_acknowledges() -> None:
    incident = desperate().passes(3 * MINUTE)
    assert incident.times("dave") == [n * DESPERATE_EVERY for n in range(4)]
    assert len(incident.times(LAST_RESORT)) == 1
    incident.does(events.Acknowledged("dave"))
    assert incident.passes(30 * MINUTE).state.desperate is False
    assert len(incident.times("dave")) == 4


def test_even_where_nobody_has_a_contact_the_minute_goes_on() -> None:
    incident = desperate(people={"mute": person("mute", "")}).passes(3 * MINUTE)
    assert incident.news() == [LAST_RESORT]
    assert incident.says("last resort: nobody")
    assert incident.state.level_at is not None


def test_a_policy_that_is_gone_goes_on_to_catch_all() -> None:
    incident = walk(policy("p", level("bob")))
    incident.book = book(LAST)
    assert incident.passes(5 * MINUTE).news() == ["bob", "carol"]


# --- hold_until -------------------------------------------------------------------------------------------------------

OFFICE_ONLY = policy("p", level("bob"), urgency="low", hold_until="office")
OPENS = 9 * HOUR
"""From midnight."""


def test_hold_until_waits_for_the_next_opening() -> None:
    incident = Walk(book(OFFICE_ONLY), now=NIGHT).opens(INFO).passes(OPENS - 1)
    assert incident.news() == []
    assert incident.passes(1).news() == ["bob"]


def test_hold_until_waits_for_nothing_while_it_is_open() -> None:
    assert Walk(book(OFFICE_ONLY)).opens(INFO).passes(30 * SECOND).news() == ["bob"]


def test_what_resolves_overnight_bothers_nobody() -> None:
    incident = Walk(book(OFFICE_ONLY), now=NIGHT).opens(INFO).passes(HOUR)
    incident.does(events.SourceResolved(1))
    incident.passes(24 * HOUR)
    assert incident.news() + incident.news(Kind.RESOLVED) == []


def test_hold_until_holds_a_lapsed_acknowledgement_too() -> None:
    incident = Walk(book(OFFICE_ONLY), now=NIGHT - 8 * HOUR).opens(INFO).passes(HOUR - 31 * SECOND)
    incident.does(events.Acknowledged("carol"))
    incident.news()
    assert incident.passes(HOUR).news() == []
    assert incident.says("held until 2026-03-05T09:00:00Z")
    assert incident.passes(24 * HOUR).news() == ["carol", "bob"]


def test_what_a_person_asks_for_is_not_held() -> None:
    incident = Walk(book(OFFICE_ONLY), now=NIGHT).opens(CRITICAL)
    incident.does(events.Acknowledged("carol"))
    incident.does(events.Unacknowledged("carol"))
    assert incident.passes(0).news() == ["bob"]


def test_a_new_round_begins_with_the_first_pass() -> None:
    walk = Walk(book(policy("p", level("bob")))).opens().passes(6 * MINUTE)
    assert walk.state.passes == 1
    walk.does(events.Acknowledged("bob"))
    walk.does(events.Unacknowledged("bob"))
    assert walk.state.passes == 0


def test_after_a_handover_next_on_call_may_be_anybody() -> None:
    last = policy("last", level("next_on_call:primary"))
    walk = Walk(book(policy("p", level("mute")), catch_all=last)).opens()
    assert walk.state.policy == "last"
    assert walk.news() == ["bob"]


def test_each_minute_of_the_last_resort_is_one_attempt() -> None:
    walk = Walk(book(policy("p", level("mute")), catch_all=policy("last", level("mute")))).opens()
    assert walk.state.desperate
    before = walk.state.attempt
    assert walk.passes(2 * MINUTE).state.attempt == before + 2
    assert before == 1
