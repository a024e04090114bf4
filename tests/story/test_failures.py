"""When the ways out fail: a contact rejects, a provider is down, hangs, or takes the message and says nothing."""

from tests.story.conftest import PAGE, TEAM, Opens
from tests.story.faults import answers_late, busy_for, crashes, fails, hangs, rejects
from tests.story.stage import Stage

LADDER = PAGE + "notification_rules: {high: [{via: push}, {via: sms, after: 2m}, {via: email, after: 4m}]}\n"


def test_a_rejected_contact_falls_to_the_next_at_once(opens: Opens) -> None:
    stage = opens(LADDER).breaks("push", rejects, "bob")
    stage.alert("DiskFull").expect("bob gets an sms", "ops is paged").nobody_else_is_paged()
    stage.passes("4m").expect("bob gets an email")


def test_one_rejection_after_the_other_costs_no_time(opens: Opens) -> None:
    stage = opens(LADDER).breaks("push", rejects).breaks("sms", rejects)
    stage.alert("DiskFull").expect("bob gets an email")


def test_a_provider_that_fails_for_now_is_tried_again_while_the_next_contact_starts(opens: Opens) -> None:
    stage = opens(LADDER).breaks("push", fails)
    stage.alert("DiskFull").expect("bob gets an sms", "ops is paged")
    stage.passes("1m").nobody_else_is_paged()
    stage.mends("push").passes("1m15s").expect_meanwhile("bob gets a push")
    assert [at - stage.began for at, who, via in stage.tried if via == "push"][:4] == [0, 2e6, 7e6, 22e6]


def test_a_provider_that_hangs_is_given_ten_seconds(opens: Opens) -> None:
    stage = opens(LADDER).breaks("push", hangs)
    stage.alert("DiskFull").expect("ops is paged").nobody_else_is_paged()
    stage.passes("10s").expect("bob gets an sms").nobody_else_is_paged()


def test_a_provider_that_hangs_delays_no_other(stage: Stage) -> None:
    stage.breaks("push", hangs)
    stage.alert("DiskFull").expect("bob gets an sms and an email", "ops is paged")


def test_what_may_have_arrived_is_sent_again_rather_than_lost(opens: Opens) -> None:
    stage = opens(LADDER).breaks("push", answers_late)
    stage.alert("DiskFull").expect("bob gets a push", "bob gets an sms", "ops is paged")
    stage.mends("push").passes("2s").expect("bob gets a push").nobody_else_is_paged()


def test_a_provider_that_asks_to_wait_is_not_pressed(opens: Opens) -> None:
    stage = opens(LADDER).breaks("push", busy_for(40)).alert("DiskFull").forgets()
    stage.mends("push").passes("39s").nobody_else_is_paged()
    stage.passes("1s").expect("bob gets a push")


def test_a_bug_in_a_channel_is_one_failed_attempt(opens: Opens) -> None:
    stage = opens(LADDER).breaks("push", crashes)
    stage.alert("DiskFull").expect("bob gets an sms", "ops is paged")
    stage.mends("push").passes("2s").expect("bob gets a push")


def test_an_acknowledgement_ends_the_retries(opens: Opens) -> None:
    stage = opens(LADDER).breaks("push", fails).alert("DiskFull").passes("30s").acknowledges("bob").forgets()
    stage.mends("push").passes("30m").nobody_else_is_paged()


def test_a_page_under_way_when_bob_acknowledges_lands_and_no_other_starts(stage: Stage) -> None:
    stage.breaks("push", hangs).alert("DiskFull").passes("3s").acknowledges("bob").forgets()
    stage.passes("59m").nobody_else_is_paged()


def test_when_everybody_it_paged_rejects_the_next_level_is_due_at_once(stage: Stage) -> None:
    for via in ("push", "sms", "email"):
        stage.breaks(via, rejects, "bob")
    stage.alert("DiskFull").expect("ops is paged", "carol is paged").nobody_else_is_paged()
    stage.notes("level 1: everybody it paged is unreachable; next level now")
    stage.passes("5m").expect("ana is paged", "carol is paged").nobody_else_is_paged()


def test_while_one_contact_may_still_work_the_level_keeps_its_time(stage: Stage) -> None:
    stage.breaks("push", rejects, "bob").breaks("sms", rejects, "bob").breaks("email", fails, "bob")
    stage.alert("DiskFull").expect("ops is paged").passes("4m59s").nobody_else_is_paged()
    stage.passes("1s").expect("carol is paged")


def test_a_secret_that_is_not_set_makes_bob_unreachable_and_the_level_is_skipped(opens: Opens) -> None:
    stage = opens("""\
version: 1
notification_rules: {high: [{via: sms}]}
people:
  dave: {contacts: {sms: secret:DAVE}}
policies:
  page: {levels: [{notify: [{person: dave}]}, {notify: [{person: carol}]}]}
catch_all: page
""")
    stage.crashes()
    stage.unset.add("DAVE")
    stage.starts()
    stage.alert("DiskFull").expect("carol gets an sms").nobody_else_is_paged()
    stage.notes("dave is unreachable")


NOBODY = """\
version: 1
schedules:
  gone: {timezone: UTC, layers: [{people: [ana], every: 1w, starts: 2026-01-05T09:00, until: 2026-02-01T09:00}]}
policies:
  page: {levels: [{notify: [{schedule: gone}]}]}
catch_all: page
"""


def test_when_no_policy_reaches_anyone_everyone_is_paged_each_minute_and_the_last_resort_told(opens: Opens) -> None:
    stage = opens(NOBODY, last_resort="boss@example.com")
    stage.alert("DiskFull").expect("ana is paged", "bob is paged", "carol is paged", "last-resort is paged")
    for _ in range(3):
        stage.passes("1m").expect("ana is paged", "bob is paged", "carol is paged").nobody_else_is_told()
    stage.acknowledges("carol").forgets()
    stage.passes("30m").nobody_else_is_told()


def test_a_last_resort_that_fails_is_tried_again(opens: Opens) -> None:
    stage = opens(NOBODY, last_resort="boss@example.com").breaks("last-resort", fails)
    stage.alert("DiskFull").forgets()
    stage.mends("last-resort").passes("2s").expect("last-resort is paged")


def test_while_every_provider_is_down_nothing_is_given_up(stage: Stage) -> None:
    for via in ("push", "sms", "email", "slack"):
        stage.breaks(via, fails)
    stage.alert("DiskFull").passes("30m").nobody_else_is_told()
    for via in ("push", "sms", "email", "slack"):
        stage.mends(via)
    # A provider that was avoided is probed after two minutes at the latest.
    stage.passes("4m").expect_meanwhile("bob is paged", "carol is paged", "ana is paged", "ops is paged")


def test_an_address_that_is_edited_meanwhile_is_read_when_the_page_is_sent(stage: Stage) -> None:
    stage.breaks("email", fails, "bob").alert("DiskFull").forgets()
    stage.edits_team(TEAM.replace("bob@example.com", "robert@example.com")).mends("email", "bob")
    stage.passes("5s").expect_meanwhile("bob gets an email")
    assert stage.heard[-1].address == "robert@example.com"


def test_a_contact_that_is_taken_away_while_its_page_waits_is_a_known_failure(stage: Stage) -> None:
    """Nothing is left by which bob could be told, so it is carol's turn."""
    stage.breaks("push", rejects, "bob").breaks("sms", rejects, "bob").breaks("email", fails, "bob")
    stage.alert("DiskFull").forgets()
    stage.edits_team(TEAM.replace(", email: bob@example.com", ""))
    stage.passes("5s").expect_meanwhile("carol is paged")
