"""Ordinary nights: somebody is paged, somebody answers, somebody does not."""

import pytest

from escalator.core import events
from escalator.core.effects import Refused
from escalator.core.incident import Status
from tests.story.conftest import PAGE, Opens
from tests.story.stage import Stage


def test_bob_is_paged_acknowledges_and_all_who_were_told_are_told(stage: Stage) -> None:
    stage.alert("DiskFull")
    stage.expect("bob gets a push, an sms and an email", "ops gets a slack").nobody_else_is_told()
    stage.passes("2m").acknowledges("bob")
    stage.expect("bob gets a push, an sms and an email: acknowledged by bob", "ops is told: acknowledged by bob")
    stage.passes("59m").nobody_else_is_told()
    stage.resolves("DiskFull")
    stage.expect("bob gets a push, an sms and an email: resolved", "ops is told: resolved").nobody_else_is_told()
    stage.passes("2d").nobody_else_is_told()


def test_bob_sleeps_so_carol_is_next_then_everybody_then_bob_again(stage: Stage) -> None:
    stage.alert("DiskFull").expect("bob is paged", "ops is paged")
    stage.passes("4m59s").nobody_else_is_paged()
    stage.passes("1s").expect("carol gets an sms and an email").nobody_else_is_paged()
    stage.passes("5m").expect("ana is paged", "bob is paged", "carol is paged").nobody_else_is_paged()
    stage.passes("5m").expect("bob is paged", "ops is paged").nobody_else_is_paged()
    stage.notes("nobody acknowledged: pass 2 begins")


def test_bob_acknowledges_and_forgets_about_it(stage: Stage) -> None:
    stage.alert("DiskFull").passes("1m").acknowledges("carol").forgets()
    stage.passes("1h").expect("carol gets an sms and an email", "bob is paged", "ops is paged").nobody_else_is_paged()
    stage.notes("ack_timeout: the acknowledgement by carol lapsed and it still fires")
    stage.passes("5m").expect("ana is paged").nobody_else_is_paged()


def test_two_people_acknowledge_at_the_same_instant_and_the_first_holds_it(stage: Stage) -> None:
    stage.alert("DiskFull").passes("5m").forgets()
    stage.acknowledges("carol", "bob")
    assert stage.incident().acknowledged_by == "carol"
    stage.notes("acknowledged again by bob; carol holds it")
    stage.expect("bob gets a push, an sms and an email: acknowledged by carol")


def test_an_acknowledgement_calls_back_what_waits_for_later(opens: Opens) -> None:
    rules = "notification_rules: {high: [{via: push}, {via: sms, after: 1m}, {via: email, after: 3m}]}\n"
    stage = opens(PAGE + rules)
    stage.alert("DiskFull").expect("bob gets a push", "ops is paged")
    stage.passes("1m").expect("bob gets an sms")
    stage.passes("1m").acknowledges("bob")
    stage.passes("50m").nobody_else_is_paged()


def test_contact_steps_run_on_through_later_levels(opens: Opens) -> None:
    rules = "notification_rules: {high: [{via: sms}, {via: email, after: 6m}]}\n"
    stage = opens(PAGE + rules)
    stage.alert("DiskFull").expect("bob gets an sms", "ops is paged")
    stage.passes("5m").expect("carol gets an sms")
    stage.passes("1m").expect("bob gets an email").nobody_else_is_paged()


def test_a_snooze_ends_as_an_acknowledgement_does(stage: Stage) -> None:
    stage.alert("DiskFull").passes("1m").snoozes("carol", "2h").forgets()
    stage.passes("1h59m59s").nobody_else_is_paged()
    stage.passes("1s").expect("carol is paged", "bob is paged", "ops is paged").nobody_else_is_paged()


def test_bob_gives_it_to_ana_who_does_not_answer(stage: Stage) -> None:
    stage.alert("DiskFull").passes("1m").acknowledges("bob").forgets()
    stage.reassigns("bob", "ana")
    stage.expect("ana gets a push, an sms and an email: reassigned to you by bob").nobody_else_is_paged()
    stage.passes("5m").expect("bob is paged", "ops is paged").nobody_else_is_paged()


def test_bob_gives_it_to_ana_who_takes_it(stage: Stage) -> None:
    stage.alert("DiskFull").passes("1m").reassigns("bob", "ana").passes("4m").acknowledges("ana").forgets()
    stage.passes("30m").nobody_else_is_paged()
    assert stage.incident().acknowledged_by == "ana"


def test_bob_takes_his_acknowledgement_back(stage: Stage) -> None:
    stage.alert("DiskFull").passes("1m").acknowledges("bob").forgets()
    stage.acts(events.Unacknowledged("bob"))
    stage.expect("bob is paged", "ops is paged", "ops is told: acknowledgement taken back by bob")


def test_bob_escalates_by_hand_until_nobody_is_left(stage: Stage) -> None:
    stage.alert("DiskFull").forgets()
    stage.acts(events.Escalated("bob")).expect("carol is paged")
    stage.acts(events.Escalated("bob")).expect("ana is paged", "bob is paged", "carol is paged")
    with pytest.raises(Refused, match="no level 4"):
        stage.acts(events.Escalated("bob"))


def test_bob_resolves_it_by_hand_though_it_fires_and_the_source_agrees_later(stage: Stage) -> None:
    stage.alert("DiskFull").passes("1m").acts(events.Resolved("bob")).forgets()
    assert stage.incident().status is Status.ACKNOWLEDGED
    stage.passes("20m").resolves("DiskFull")
    assert stage.incident().status is Status.RESOLVED


def test_bob_takes_back_a_resolve_that_was_a_slip_of_the_thumb(stage: Stage) -> None:
    stage.alert("DiskFull").passes("1m").acts(events.Resolved("bob")).forgets()
    stage.passes("10s").acts(events.Reopened("bob"))
    stage.expect("bob is paged", "ops is paged", "ops is told: reopened by bob")
    stage.passes("5m").expect("carol is paged")


def test_it_is_his_again_where_it_was_his_before(stage: Stage) -> None:
    stage.alert("DiskFull").passes("1m").acknowledges("bob").resolves("DiskFull").forgets()
    stage.passes("10s").acts(events.Reopened("bob")).passes("30m").nobody_else_is_paged()
    assert stage.incident().acknowledged_by == "bob"
    stage.alert("DiskFull").resolves("DiskFull")
    assert stage.incident().status is Status.RESOLVED


def test_the_policy_is_walked_three_times_and_then_catch_all_takes_over(opens: Opens) -> None:
    stage = opens("""\
version: 1
routes:
  - {match: {team: web}, policy: web}
policies:
  web: {repeat: 2, levels: [{notify: [{person: ana}]}]}
  page: {levels: [{notify: [{person: carol}]}]}
catch_all: page
""")
    stage.alert("Slow", severity="critical", team="web").expect("ana is paged")
    for _ in range(2):
        stage.passes("5m").expect("ana is paged").nobody_else_is_paged()
    stage.passes("5m").expect("carol is paged").nobody_else_is_paged()
    stage.notes("handed over: policy 'web' was walked 3 times and nobody acknowledged")


def test_nobody_is_on_call_so_the_next_level_is_due_at_once(opens: Opens) -> None:
    stage = opens("""\
version: 1
schedules:
  gone: {timezone: UTC, layers: [{people: [ana], every: 1w, starts: 2026-01-05T09:00, until: 2026-02-01T09:00}]}
policies:
  page: {levels: [{notify: [{schedule: gone}]}, {notify: [{person: carol}]}]}
catch_all: page
""")
    stage.alert("DiskFull").expect("carol is paged").nobody_else_is_paged()
    stage.notes("level 1 reaches nobody: schedule gone: nobody")


def test_carol_stands_in_for_bob(stage: Stage) -> None:
    stage.overrides("primary", "ana", "10m")
    stage.alert("DiskFull").expect("ana is paged", "ops is paged").nobody_else_is_paged()
    stage.passes("15m").forgets()
    stage.passes("0s").acknowledges("ana").acts(events.Unacknowledged("ana"))
    stage.expect("bob is paged").forgets()


def test_low_urgency_waits_for_the_office_and_wakes_nobody_after_that(opens: Opens) -> None:
    stage = opens("""\
version: 1
routes:
  - {match: {severity: [info, warning]}, policy: calm}
policies:
  calm:
    urgency: low
    hold_until: office
    levels: [{notify: [{channel: ops}], escalate_after: 1h}, {notify: [{schedule: primary}]}]
  page: {levels: [{notify: [{person: carol}]}]}
catch_all: page
""")
    stage.alert("CertificateExpires", severity="warning")
    stage.passes("5h59m59s").nobody_else_is_told()
    stage.passes("1s").expect("ops is paged").nobody_else_is_told()
    stage.passes("1h").expect("bob gets an email").nobody_else_is_told()
    stage.passes("3d").nobody_else_is_told()
    assert stage.incident().status is Status.TRIGGERED
    stage.notes("is walked to its end; it waits for somebody to look")


def test_what_resolves_before_the_office_opens_bothers_nobody(opens: Opens) -> None:
    stage = opens("""\
version: 1
routes:
  - {match: {severity: warning}, policy: calm}
policies:
  calm: {urgency: low, hold_until: office, levels: [{notify: [{channel: ops}]}]}
  page: {levels: [{notify: [{person: carol}]}]}
catch_all: page
""")
    stage.alert("CertificateExpires", severity="warning").passes("3h")
    stage.resolves("CertificateExpires", severity="warning").passes("1d").nobody_else_is_told()


def test_a_maintenance_window_that_is_written_in_the_policies(opens: Opens) -> None:
    stage = opens(
        PAGE
        + """\
silences:
  - match: {alertname: Ledger}
    from: 2026-03-04T03:30
    until: 2026-03-04T05:00
    timezone: Europe/London
    reason: migration
"""
    )
    stage.passes("40m").alert("Ledger").passes("49m59s").nobody_else_is_told()
    assert stage.incident().silenced
    stage.alert("DiskFull").expect("bob is paged", "ops is paged")
    stage.acknowledges("bob", incident=2).forgets()
    stage.passes("30m1s").expect("bob is paged", "ops is paged").nobody_else_is_paged()
    stage.notes("unsilenced: the silence no longer covers it and it still fires")


def test_a_maintenance_window_that_begins_while_it_fires(opens: Opens) -> None:
    stage = opens(
        PAGE
        + """\
silences:
  - match: {alertname: Ledger}
    from: 2026-03-04T03:03
    until: 2026-03-04T03:20
    timezone: Europe/London
    reason: migration
"""
    )
    stage.alert("Ledger").expect("bob is paged", "ops is paged")
    stage.passes("19m59s").nobody_else_is_paged()
    stage.passes("1s").expect("bob is paged", "ops is paged")


def test_a_silence_is_made_and_deleted_again(stage: Stage) -> None:
    stage.alert("DiskFull").forgets()
    id = stage.silences("2h", alertname="DiskFull")
    stage.passes("30m").nobody_else_is_paged()
    stage.deletes_silence(id)
    stage.expect("bob is paged", "ops is paged").nobody_else_is_paged()


def test_a_silence_withholds_only_what_it_matches(stage: Stage) -> None:
    stage.silences("2h", alertname="DiskFull")
    stage.alert("DiskFull").nobody_else_is_told()
    stage.alert("MemoryFull").expect("bob is paged", "ops is paged")


def test_an_alert_that_is_not_silenced_joins_one_that_is(stage: Stage) -> None:
    """Same group, another instance: the incident is no longer covered."""
    stage.silences("2h", instance="web-1")
    stage.alert("DiskFull#web-1").passes("10m").nobody_else_is_told()
    stage.alert("DiskFull#web-2").expect("bob is paged", "ops is paged").nobody_else_is_paged()
    assert stage.incidents == 1
