"""What senders report, early, late, twice and cut short."""

from escalator.core.incident import Status
from tests.story.conftest import PAGE, Opens
from tests.story.stage import Stage

TWO_POLICIES = """\
version: 1
routes:
  - {match: {team: web}, policy: {critical: alarm, default: calm}, group_by: [team]}
policies:
  alarm: {levels: [{notify: [{schedule: primary}]}, {notify: [{person: carol}]}]}
  calm: {urgency: low, levels: [{notify: [{channel: ops}]}]}
  page: {levels: [{notify: [{person: carol}]}]}
catch_all: page
"""

# Warnings wait for their group for 30 s, so that these stories can let several alerts open one incident.
GROUPED = """\
version: 1
routes:
  - {match: {alertname: Slow}, policy: alarm, group_by: [alertname]}
policies:
  alarm: {urgency: high, levels: [{notify: [{schedule: primary}, {channel: ops}]}, {notify: [{person: carol}]}]}
catch_all: alarm
"""


def slow(number: int, first: int = 1) -> list[str]:
    return [f"Slow#web-{n}" for n in range(first, first + number)]


def test_a_repeat_pages_nobody(stage: Stage) -> None:
    stage.alert("DiskFull").acknowledges("bob").forgets()
    for _ in range(5):
        stage.passes("1m").says_again("DiskFull")
    stage.nobody_else_is_told()
    assert stage.incidents == 1


def test_a_stale_copy_after_the_resolve_waits_a_minute_and_then_is_taken_for_true(stage: Stage) -> None:
    stage.alert("DiskFull").passes("2m").resolves("DiskFull").forgets()
    stage.passes("10s").says_again("DiskFull")
    stage.passes("59s").nobody_else_is_told()
    stage.passes("1s").expect("bob is paged", "ops is paged").nobody_else_is_paged()
    stage.notes("no resolve came within the hold")
    assert stage.incidents == 1


def test_a_stale_copy_after_the_resolve_is_cancelled_by_the_next_resolve(stage: Stage) -> None:
    stage.alert("DiskFull").passes("2m").resolves("DiskFull").forgets()
    stage.passes("10s").says_again("DiskFull").passes("30s").resolves("DiskFull")
    stage.passes("1d").nobody_else_is_told()
    assert stage.incident().status is Status.RESOLVED


def test_a_resolve_that_overtook_its_firing(stage: Stage) -> None:
    """The firing was retried for a while; what it says may be over: a minute, then it pages."""
    stage.alert("Other").acknowledges("bob").passes("1m").forgets()
    stage.alert_unheard("DiskFull").passes("5s").resolves("DiskFull").passes("5s").says_again("DiskFull")
    stage.passes("59s").nobody_else_is_told()
    stage.passes("1s").expect("bob is paged", "ops is paged")


def test_fires_again_within_ten_minutes_and_is_the_same_incident(stage: Stage) -> None:
    stage.alert("DiskFull").passes("1m").resolves("DiskFull").forgets()
    stage.passes("10m").alert("DiskFull").expect("bob is paged", "ops is paged")
    stage.notes("reopened: 1 firing: fires again inside the reopen window")
    assert stage.incidents == 1


def test_fires_again_after_ten_minutes_and_is_a_new_one(stage: Stage) -> None:
    stage.alert("DiskFull").passes("1m").resolves("DiskFull").forgets()
    stage.passes("10m1s").alert("DiskFull").expect("bob is paged", "ops is paged")
    assert stage.incidents == 2


def test_another_member_of_the_group_fires_within_ten_minutes(stage: Stage) -> None:
    stage.alert("DiskFull#web-1").passes("1m").resolves("DiskFull#web-1").forgets()
    stage.passes("5m").alert("DiskFull#web-2").expect("bob is paged", "ops is paged")
    assert stage.incidents == 1


def test_a_body_that_lists_some_and_resolves_them_while_cut_off_alerts_still_fire(stage: Stage) -> None:
    """Alertmanager says `resolved` at the top while five that it does not list fire."""
    stage.body(firing=["DiskFull"], truncated=5).expect("bob is paged", "ops is paged")
    stage.acknowledges("bob").forgets()
    stage.passes("5m").body(resolved=["DiskFull"], truncated=5)
    assert stage.incident().status is Status.ACKNOWLEDGED
    stage.passes("5m").body(resolved=["DiskFull"])
    assert stage.incident().status is Status.RESOLVED
    assert stage.incidents == 1


def test_cut_off_alerts_page_nobody_anew(stage: Stage) -> None:
    stage.body(firing=["DiskFull#web-1", "DiskFull#web-2"]).acknowledges("bob").forgets()
    stage.passes("1m").body(firing=["DiskFull#web-1", "DiskFull#web-2"], truncated=40)
    stage.passes("30m").nobody_else_is_paged()


def test_a_warning_worsens_in_place(opens: Opens) -> None:
    stage = opens(TWO_POLICIES)
    stage.alert("Slow", severity="warning", team="web").passes("30s").expect("ops is paged").nobody_else_is_told()
    stage.passes("5m").acknowledges("carol").forgets()
    stage.alert("VerySlow", severity="critical", team="web").expect("bob is paged").nobody_else_is_paged()
    stage.notes("raised: severity rose from warning to critical; policy calm → alarm")
    stage.passes("5m").expect("carol is paged").nobody_else_is_paged()
    assert stage.incidents == 1


def test_when_the_critical_alert_resolves_the_policy_stays(opens: Opens) -> None:
    stage = opens(TWO_POLICIES)
    stage.alert("Slow", severity="warning", team="web").alert("VerySlow", severity="critical", team="web").forgets()
    stage.passes("1m").resolves("VerySlow", severity="critical", team="web")
    stage.passes("4m").expect("carol is paged")
    assert stage.incident().policy == "alarm"


def test_alerts_join_one_that_bob_holds_and_he_hears_of_them_at_once(opens: Opens) -> None:
    stage = opens(GROUPED)
    stage.alert(*slow(4), severity="warning").passes("1m").acknowledges("bob").forgets()
    stage.alert(*slow(1, first=5), severity="warning").passes("1m").alert(*slow(1, first=6), severity="warning")
    stage.passes("3m59s").nobody_else_is_told()
    stage.passes("1s").expect("bob gets an email: 2 alerts joined since, 6 firing now").nobody_else_is_told()
    assert stage.incident().status is Status.ACKNOWLEDGED


def test_twice_as_many_as_bob_acknowledged_page_him_first(opens: Opens) -> None:
    stage = opens(GROUPED)
    stage.alert(*slow(3), severity="warning").passes("1m").acknowledges("ana").forgets()
    stage.passes("2m").alert(*slow(3, first=4), severity="warning")
    stage.expect("ana is paged", "bob is paged", "ops is paged").nobody_else_is_paged()
    stage.notes("6 fire, 3 when it was acknowledged")


def test_alerts_join_one_that_nobody_holds_and_the_channel_hears_of_them(opens: Opens) -> None:
    stage = opens(GROUPED)
    stage.alert(*slow(1), severity="warning").passes("1m").forgets()
    stage.alert(*slow(9, first=2), severity="warning")
    stage.passes("4m30s").expect("carol is paged").nobody_else_is_told()
    stage.passes("30s").expect("ops is told: 9 alerts joined since, 10 firing now").nobody_else_is_told()


def test_the_sender_dies_and_paging_stops_and_the_incident_stays(opens: Opens) -> None:
    stage = opens(PAGE)
    stage.alert("DiskFull").passes("1m").sender_dies()
    stage.passes("4h10m").forgets()
    assert stage.incident().unconfirmed
    stage.passes("1d").nobody_else_is_paged()
    assert stage.incident().status is Status.TRIGGERED


def test_and_when_it_is_heard_again_level_1_is_due(opens: Opens) -> None:
    stage = opens(PAGE)
    stage.alert("DiskFull").passes("1m").sender_dies()
    stage.passes("6h").forgets()
    stage.says_again("DiskFull").expect("bob is paged", "ops is paged").nobody_else_is_paged()
    stage.notes("confirmed: the source reports it firing again")


HEARTBEAT = PAGE + "heartbeats: {prometheus: {match: {alertname: Watchdog}, expect_every: 5m, policy: page}}\n"


def beats(stage: Stage, minutes: int) -> None:
    for _ in range(minutes):
        stage.says_again("Watchdog").passes("1m")


def test_a_heartbeat_opens_nothing_and_its_absence_does(opens: Opens) -> None:
    stage = opens(HEARTBEAT)
    stage.alert("Watchdog")
    beats(stage, 20)
    stage.nobody_else_is_told()
    assert stage.incidents == 0
    stage.passes("4m15s").expect("bob is paged", "ops is paged").nobody_else_is_told()
    stage.says_again("Watchdog").passes("15s")
    assert stage.incident().status is Status.RESOLVED
    stage.expect("ops is told: resolved")


def test_a_heartbeat_that_was_never_heard_is_missed_too(opens: Opens) -> None:
    stage = opens(HEARTBEAT)
    stage.passes("5m").nobody_else_is_told()
    stage.passes("15s").expect("bob is paged", "ops is paged")


def test_a_missing_heartbeat_is_paged_for_all_night(opens: Opens) -> None:
    """Nobody repeats our own alerts but we ourselves: it must not be taken for stale."""
    stage = opens(HEARTBEAT)
    stage.passes("6h").forgets()
    assert not stage.incident().unconfirmed
    stage.passes("15m")
    stage.expect_meanwhile("bob is paged", "carol is paged", "ana is paged")


def test_an_alert_that_becomes_a_heartbeat_while_it_fires_is_heard(opens: Opens) -> None:
    """Watchdog paged through catch_all, so somebody made it a heartbeat: it is one from then on."""
    stage = opens(PAGE)
    stage.alert("Watchdog").expect("bob is paged").acknowledges("bob").forgets()
    stage.passes("1m").edits(HEARTBEAT)
    beats(stage, 10)
    stage.nobody_else_is_paged()
    assert stage.incidents == 1
