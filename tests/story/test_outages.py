"""The process is gone for a while, and comes back to the same database."""

from tests.story.conftest import PAGE, Opens
from tests.story.faults import hangs
from tests.story.stage import Stage


def test_ten_minutes_away_in_mid_escalation(stage: Stage) -> None:
    """Level 2 was due five minutes ago: it goes now; level 3 keeps its wait, so that carol has her five minutes."""
    stage.alert("DiskFull").passes("2m").forgets()
    stage.crashes()
    stage.passes("10m").starts()
    stage.expect("carol is paged").nobody_else_is_paged()
    stage.passes("5m").expect("ana is paged", "bob is paged", "carol is paged")


def test_an_acknowledgement_that_lapsed_meanwhile(stage: Stage) -> None:
    stage.alert("DiskFull").acknowledges("bob").forgets()
    stage.crashes()
    stage.passes("3h").starts()
    stage.expect("bob is paged", "ops is paged").nobody_else_is_paged()


def test_a_page_that_was_under_way_when_the_process_died_is_sent_by_the_next_one(stage: Stage) -> None:
    stage.breaks("push", hangs).alert("DiskFull").passes("1s").forgets()
    stage.crashes()
    stage.mends("push").starts()
    stage.passes("31s").expect_meanwhile("bob gets a push").nobody_else_is_paged()


def test_a_page_that_nobody_needs_any_more_is_not(stage: Stage) -> None:
    """bob's phone hung, bob acknowledged by mail, the process died: the push stays unsent."""
    stage.breaks("push", hangs).alert("DiskFull").passes("1s").acknowledges("bob").forgets()
    stage.crashes()
    stage.mends("push").starts()
    stage.passes("30m").nobody_else_is_paged()


def test_a_silence_that_ended_meanwhile(stage: Stage) -> None:
    stage.silences("10m", alertname="DiskFull")
    stage.alert("DiskFull").crashes()
    stage.passes("20m").starts()
    stage.expect("bob is paged", "ops is paged")


def test_a_silence_that_still_holds(stage: Stage) -> None:
    stage.silences("1h", alertname="DiskFull")
    stage.alert("DiskFull").crashes()
    stage.passes("20m").starts()
    stage.passes("39m").nobody_else_is_told()
    stage.passes("1m").expect("bob is paged", "ops is paged")


def test_a_silence_deleted_by_a_process_that_died_before_it_could_apply_that(stage: Stage) -> None:
    id = stage.silences("1d", alertname="DiskFull")
    stage.alert("DiskFull").crashes()
    stage.forgets_silence(id)
    stage.starts()
    stage.expect("bob is paged", "ops is paged")


def test_a_heartbeat_is_not_missed_while_nobody_listened(opens: Opens) -> None:
    stage = opens(PAGE + "heartbeats: {prometheus: {match: {alertname: Watchdog}, expect_every: 5m, policy: page}}\n")
    stage.alert("Watchdog").crashes()
    stage.passes("20m").starts()
    stage.passes("2m").says_again("Watchdog").passes("4m").nobody_else_is_told()
    stage.passes("2m").expect_meanwhile("bob is paged")


def test_a_missed_heartbeat_is_still_missed_by_the_next_process(opens: Opens) -> None:
    """That it has only begun to listen does not resolve what the one before it had found."""
    stage = opens(PAGE + "heartbeats: {prometheus: {match: {alertname: Watchdog}, expect_every: 5m, policy: page}}\n")
    stage.passes("6m").forgets()
    stage.crashes()
    stage.starts()
    stage.passes("5m").expect_meanwhile("carol is paged").nobody_else_is_paged()


def test_a_hold_that_ended_meanwhile(stage: Stage) -> None:
    stage.alert("DiskFull").passes("1m").resolves("DiskFull").passes("1m").says_again("DiskFull").forgets()
    stage.crashes()
    stage.passes("10m").starts()
    stage.expect("bob is paged", "ops is paged")


def test_what_a_hold_ends_under_a_silence_pages_nobody(stage: Stage) -> None:
    stage.alert("DiskFull").passes("1m").resolves("DiskFull").passes("1m").forgets()
    stage.silences("1h", alertname="DiskFull")
    stage.says_again("DiskFull").passes("59m").nobody_else_is_paged()
    assert stage.incident().silenced
    stage.passes("1m").expect("bob is paged", "ops is paged")
