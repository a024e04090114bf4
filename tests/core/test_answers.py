"""What people do to an incident: acknowledge, take back, snooze, escalate, reassign, resolve, note."""

import pytest

from escalator.core import events
from escalator.core.effects import CloseAlerts, Kind, Refused
from escalator.core.incident import Status
from escalator.core.instant import DAY, HOUR, MINUTE
from escalator.core.oncall import Step
from escalator.core.policy import Policy
from tests.core.books import CRITICAL, NOON, PEOPLE, Walk, book, level, person, policy, target, unusable

LADDER = policy("p", level("bob", "channel:ops"), level("carol"), level("dave"))


def triggered(ladder: Policy = LADDER, after: int = MINUTE, **keys: object) -> Walk:
    """A critical incident, some time after level 1 paged."""
    given = {name: keys.pop(name) for name in ("unusable",) if name in keys}
    walk = Walk(book(ladder, **keys), **given).opens(CRITICAL, firing=2).passes(after)  # type: ignore[arg-type]
    walk.news()
    return walk


def acknowledged(ladder: Policy = LADDER, **keys: object) -> Walk:
    walk = triggered(ladder, **keys)
    walk.does(events.Acknowledged("bob"))
    walk.news()
    return walk


# --- acknowledge ------------------------------------------------------------------------------------------------------


def test_an_acknowledgement_stops_the_levels() -> None:
    walk = triggered()
    walk.does(events.Acknowledged("bob"))
    assert walk.passes(HOUR - 1).news() == []
    assert (walk.state.acknowledged_by, walk.state.acknowledged_at) == ("bob", NOON + MINUTE)


def test_it_stops_contact_steps_that_have_not_gone_out() -> None:
    slow = {**PEOPLE, "bob": person("bob", "push call", high=(Step("push"), Step("call", 3 * MINUTE)))}
    walk = triggered(people=slow)
    walk.does(events.Acknowledged("bob"))
    assert walk.ways("bob") == [("push", 0)]


def test_contact_steps_run_on_through_later_levels_until_then() -> None:
    slow = {**PEOPLE, "bob": person("bob", "push call", high=(Step("push"), Step("call", 8 * MINUTE)))}
    walk = triggered(people=slow, after=6 * MINUTE)
    assert walk.ways("bob") == [("push", 0), ("call", 8 * MINUTE)]
    assert walk.ways("carol")


def test_all_who_were_told_are_told_who_holds_it_and_nobody_by_call() -> None:
    walk = triggered(people={**PEOPLE, "bob": person("bob", "push call")}, after=6 * MINUTE)
    walk.does(events.Acknowledged("carol"))
    updates = [(page.who, page.via) for page in walk.pages if page.kind is Kind.UPDATE]
    assert updates == [("bob", "push"), ("ops", "slack"), ("carol", "sms"), ("carol", "email")]
    assert walk.pages[-1].reason == "acknowledged by carol"


def test_the_first_acknowledger_stays() -> None:
    walk = acknowledged()
    walk.passes(MINUTE).does(events.Acknowledged("carol"))
    assert (walk.state.acknowledged_by, walk.state.acknowledged_at) == ("bob", NOON + MINUTE)
    assert walk.says("acknowledged again by carol; bob holds it")


def test_it_lapses_and_level_1_is_paged_again_with_the_acknowledger() -> None:
    walk = triggered(policy("p", level("carol"), level("dave"), ack_timeout=30 * MINUTE))
    walk.does(events.Acknowledged("bob"))
    assert walk.passes(30 * MINUTE - 1).news() == []
    assert walk.passes(1).news() == ["bob", "carol"]
    assert walk.says("the acknowledgement by bob lapsed and it still fires")


def test_the_acknowledger_is_paged_beside_level_1_once_and_not_in_each_pass() -> None:
    walk = triggered(policy("p", level("carol"), ack_timeout=30 * MINUTE))
    walk.does(events.Acknowledged("bob"))
    walk.passes(30 * MINUTE).news()
    assert walk.passes(5 * MINUTE).news() == ["carol"]


def test_an_acknowledger_of_level_1_himself_is_paged_once() -> None:
    walk = acknowledged()
    walk.passes(HOUR)
    assert walk.ways("bob") == [("sms", 0), ("email", 0)] * 2


def test_without_a_timeout_it_holds_for_ever() -> None:
    walk = acknowledged(policy("p", level("bob"), ack_timeout=None))
    assert walk.passes(30 * DAY).news() == []


def test_what_is_over_cannot_be_acknowledged() -> None:
    walk = triggered()
    walk.does(events.SourceResolved(2))
    with pytest.raises(Refused, match="nothing left to acknowledge"):
        walk.does(events.Acknowledged("bob"))


def test_a_note_is_kept_with_the_acknowledgement() -> None:
    walk = triggered()
    done = walk.does(events.Acknowledged("bob", "rebooting"))
    assert done.entries[0].detail == {"note": "rebooting"}
    assert done.entries[0].by == "bob"


# --- ack_mode: all ----------------------------------------------------------------------------------------------------

BOTH = policy("p", level("bob", "carol", ack_all=True), level("dave"))


def test_with_ack_mode_all_it_is_acknowledged_when_all_whom_the_level_paged_did() -> None:
    walk = triggered(BOTH)
    walk.does(events.Acknowledged("bob"))
    assert walk.state.status is Status.TRIGGERED
    assert walk.says("bob acknowledged; still waiting for carol")
    walk.does(events.Acknowledged("carol"))
    assert (walk.state.status, walk.state.acknowledged_by) == (Status.ACKNOWLEDGED, "carol")


def test_the_same_person_twice_is_not_two() -> None:
    walk = triggered(BOTH)
    walk.does(events.Acknowledged("bob"))
    with_one = walk.state
    walk.does(events.Acknowledged("bob"))
    assert walk.state.status is Status.TRIGGERED
    assert walk.state.awaited == with_one.awaited == ("carol",)


def test_somebody_whom_the_level_did_not_page_does_not_answer_for_those_whom_it_did() -> None:
    walk = triggered(BOTH)
    walk.does(events.Acknowledged("dave"))
    assert walk.state.awaited == ("bob", "carol")
    assert walk.says("dave acknowledged; still waiting for bob, carol")


def test_until_then_the_levels_go_on_and_who_acknowledged_gets_no_further_step() -> None:
    slow = {name: person(name, "push call") for name in ("bob", "carol", "dave")}
    walk = triggered(BOTH, people=slow)
    walk.does(events.Acknowledged("bob"))
    assert walk.ways("bob") == [("push", 0)]
    assert walk.ways("carol") == [("push", 0), ("call", 2 * MINUTE)]
    assert walk.passes(4 * MINUTE).news() == ["dave"]


def test_who_cannot_be_reached_is_not_waited_for() -> None:
    walk = triggered(BOTH, **unusable("carol"))
    walk.does(events.Acknowledged("bob"))
    assert walk.state.status is Status.ACKNOWLEDGED


def test_a_level_above_that_asks_for_one_is_content_with_one() -> None:
    walk = triggered(BOTH, after=5 * MINUTE)
    walk.does(events.Acknowledged("dave"))
    assert walk.state.status is Status.ACKNOWLEDGED


# --- take it back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [events.Acknowledged("bob"), events.Snoozed("bob", NOON + HOUR)])
def test_taken_back_it_is_level_1_now_and_all_are_told(held: events.Event) -> None:
    walk = triggered()
    walk.does(held)
    walk.news()
    walk.does(events.Unacknowledged("carol"))
    assert walk.news(Kind.UPDATE) == ["bob", "ops"]
    assert walk.passes(0).news() == ["bob", "ops"]
    assert walk.state.acknowledged_by is None


def test_nobody_can_take_back_what_nobody_holds() -> None:
    with pytest.raises(Refused, match="nobody has acknowledged it"):
        triggered().does(events.Unacknowledged("bob"))


# --- snooze -----------------------------------------------------------------------------------------------------------


def test_a_snooze_stops_and_at_its_end_it_is_as_if_the_acknowledgement_had_lapsed() -> None:
    walk = triggered(policy("p", level("carol"), ack_timeout=MINUTE))
    walk.does(events.Snoozed("bob", walk.now + 2 * HOUR))
    assert walk.passes(2 * HOUR - 1).news() == []
    assert walk.passes(1).news() == ["bob", "carol"]


@pytest.mark.parametrize("until", [NOON - HOUR, NOON + MINUTE, NOON + MINUTE + DAY + 1])
def test_a_snooze_ends_in_the_future_and_within_a_day(until: int) -> None:
    walk = triggered()
    with pytest.raises(Refused, match="at most 24 hours"):
        walk.does(events.Snoozed("bob", until))
    assert walk.state.status is Status.TRIGGERED


def test_a_snooze_of_exactly_a_day_is_allowed() -> None:
    walk = triggered()
    walk.does(events.Snoozed("bob", walk.now + DAY))
    assert walk.state.snooze_at == walk.now + DAY


def test_whoever_acknowledges_a_snoozed_incident_takes_it() -> None:
    walk = triggered()
    walk.does(events.Snoozed("bob", walk.now + HOUR))
    walk.does(events.Acknowledged("carol"))
    assert (walk.state.status, walk.state.acknowledged_by) == (Status.ACKNOWLEDGED, "carol")
    assert walk.state.snooze_at is None


# --- escalate ---------------------------------------------------------------------------------------------------------


def test_escalated_by_hand_the_next_level_is_paged_now() -> None:
    walk = triggered()
    walk.does(events.Escalated("bob"))
    assert walk.news() == ["carol"]
    assert walk.passes(5 * MINUTE).news() == ["dave"]


@pytest.mark.parametrize(("number", "paged"), [(1, ["bob", "ops"]), (2, ["carol"]), (3, ["dave"])])
def test_or_the_level_that_was_named(number: int, paged: list[str]) -> None:
    walk = triggered()
    walk.does(events.Escalated("bob", number))
    assert walk.news() == paged


def test_an_acknowledgement_is_void_then() -> None:
    walk = acknowledged()
    walk.does(events.Escalated("bob"))
    assert (walk.state.status, walk.state.acknowledged_by) == (Status.TRIGGERED, None)
    assert walk.news() == ["carol"]


def test_no_level_is_left_after_the_last() -> None:
    walk = triggered(after=10 * MINUTE)
    with pytest.raises(Refused, match="'p' has no level 4: it is at the last; reassign it instead"):
        walk.does(events.Escalated("bob"))


@pytest.mark.parametrize("number", [0, -1, 4])
def test_there_is_no_level_of_that_number(number: int) -> None:
    with pytest.raises(Refused, match=f"has no level {number}: 3 is the last"):
        triggered().does(events.Escalated("bob", number))


def test_a_level_that_reaches_nobody_is_skipped_then_too() -> None:
    walk = triggered(**unusable("carol"))
    walk.does(events.Escalated("bob"))
    assert walk.news() == ["dave"]


SLOW = {name: person(name, "push call") for name in ("bob", "carol", "dave")}


def test_to_escalate_adds_and_takes_nothing_back() -> None:
    """bob's phone still rings."""
    walk = triggered(people=SLOW)
    walk.does(events.Escalated("carol"))
    assert walk.ways("bob") == [("push", 0), ("call", 2 * MINUTE)]


def test_who_escalates_does_not_care_about_a_silence() -> None:
    walk = triggered()
    walk.does(events.Silenced(walk.now + HOUR, "migration"))
    walk.does(events.Escalated("bob"))
    assert walk.news() == ["carol"]
    assert not walk.state.muted


# --- reassign ---------------------------------------------------------------------------------------------------------


def test_reassigned_it_pages_the_targets_now_and_after_five_minutes_level_1() -> None:
    walk = acknowledged()
    walk.does(events.Reassigned("bob", (target("dave"), target("channel:status"))))
    assert walk.news() == ["dave", "status"]
    assert walk.state.status is Status.TRIGGERED
    assert walk.passes(5 * MINUTE - 1).news() == []
    assert walk.passes(1).news() == ["bob", "ops"]


def test_and_answered_it_stays_with_whom_it_was_given_to() -> None:
    walk = acknowledged()
    walk.does(events.Reassigned("bob", (target("dave"),)))
    walk.does(events.Acknowledged("dave"))
    walk.news()
    assert walk.passes(30 * MINUTE).news() == []
    assert walk.state.acknowledged_by == "dave"


def test_and_those_who_were_paged_before_are_left_alone() -> None:
    walk = triggered(people=SLOW)
    walk.does(events.Reassigned("bob", (target("dave"),)))
    assert walk.ways("bob") == [("push", 0)]


def test_a_schedule_or_a_team_may_be_named() -> None:
    walk = acknowledged()
    walk.does(events.Reassigned("bob", (target("team:sre"), target("next_on_call:primary"))))
    assert walk.news() == ["bob", "dave", "carol"]


def test_a_channel_is_not_the_schedule_of_the_same_name() -> None:
    walk = acknowledged(schedules={"ops": book().schedules["primary"]})
    walk.does(events.Reassigned("carol", (target("channel:ops"), target("dave"))))
    assert walk.news() == ["ops", "dave"]


def test_it_is_refused_when_nobody_named_can_be_reached() -> None:
    walk = acknowledged(**unusable("dave"))
    with pytest.raises(Refused, match="nobody among person dave, schedule empty can be reached now"):
        walk.does(events.Reassigned("bob", (target("dave"), target("schedule:empty"))))
    assert walk.state.status is Status.ACKNOWLEDGED


def test_when_whom_it_was_given_to_turns_out_unreachable_level_1_is_due_now() -> None:
    walk = acknowledged()
    walk.does(events.Reassigned("bob", (target("dave"),)))
    walk.news()
    state = walk.state
    walk.does(events.Unreachable(state.round, state.level, state.attempt, "ann", everyone=True))
    assert walk.news() == ["bob", "ops"]


# --- resolve by hand --------------------------------------------------------------------------------------------------


def test_resolved_by_hand_while_it_fires_it_is_held_until_the_source_agrees() -> None:
    walk = triggered()
    walk.does(events.Resolved("bob"))
    assert (walk.state.status, walk.state.held_by, walk.state.acknowledged_by) == (Status.ACKNOWLEDGED, "bob", "bob")
    walk.does(events.SourceResolved(2))
    assert walk.state.status is Status.RESOLVED


def test_or_until_it_lapses() -> None:
    walk = triggered()
    walk.does(events.Resolved("carol"))
    walk.news()
    assert walk.passes(HOUR).news() == ["carol", "bob", "ops"]
    assert walk.state.held_by is None


def test_whoever_had_acknowledged_it_still_holds_it() -> None:
    walk = acknowledged()
    walk.does(events.Resolved("carol"))
    assert (walk.state.acknowledged_by, walk.state.held_by) == ("bob", "carol")
    assert walk.state.lapse_at == NOON + MINUTE + HOUR


def test_a_snoozed_incident_can_be_resolved_by_hand() -> None:
    walk = triggered()
    walk.does(events.Snoozed("bob", walk.now + HOUR))
    walk.does(events.Resolved("carol"))
    assert (walk.state.status, walk.state.acknowledged_by) == (Status.ACKNOWLEDGED, "carol")
    assert walk.state.snooze_at is None


def test_what_is_unconfirmed_is_over_and_so_are_its_alerts() -> None:
    walk = triggered()
    walk.does(events.Held(1, walk.now + MINUTE))
    walk.does(events.StaleDue(2, walk.now + HOUR))
    done = walk.does(events.Resolved("bob"))
    assert walk.state.status is Status.RESOLVED
    assert CloseAlerts() in done.effects
    assert (walk.state.held, walk.state.due_at) == (0, None)


def test_to_resolve_what_is_over_changes_nothing() -> None:
    walk = triggered()
    walk.does(events.SourceResolved(2))
    walk.does(events.Resolved("bob"))
    assert walk.says("it is resolved already")


# --- note -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("then", [None, events.Acknowledged("bob"), events.SourceResolved(2)])
def test_a_note_is_written_down_in_every_state_and_changes_nothing(then: events.Event | None) -> None:
    walk = triggered()
    if then is not None:
        walk.does(then)
    before = walk.state
    walk.does(events.Noted("dave", "the disk is on its way"))
    assert walk.state == before._replace(version=before.version + 1)
    assert walk.says("note: the disk is on its way")


def test_the_contact_by_which_an_acknowledgement_came_is_not_told_of_it() -> None:
    walk = triggered()
    walk.does(events.Acknowledged("bob", contact="channel/ops"))
    assert walk.news(Kind.UPDATE) == ["bob"]


def test_a_second_acknowledgement_keeps_its_note() -> None:
    (entry,) = acknowledged().does(events.Acknowledged("carol", "the disk is old")).entries
    assert (entry.by, entry.detail) == ("carol", {"note": "the disk is old"})


def test_what_is_resolved_by_hand_under_a_policy_without_lapse_does_not_lapse() -> None:
    walk = triggered(policy("p", level("bob"), ack_timeout=None))
    walk.does(events.Resolved("bob"))
    assert (walk.state.status, walk.state.lapse_at) == (Status.ACKNOWLEDGED, None)
