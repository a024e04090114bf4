"""Too much at once: storms of incidents, more texts than a phone bears, and a provider that is down all the while."""

from itertools import pairwise

import pytest

from escalator.core import events
from escalator.core.instant import MINUTE, SECOND
from escalator.core.notification import Outcome
from tests.story.conftest import PAGE, TEAM, Opens
from tests.story.faults import busy_for, fails, hangs, rejects
from tests.story.stage import Stage

STORM = PAGE.replace("  page:\n", "  page:\n    storm: {over: 3, within: 5m}\n")
NAMES = [f"Disk{number}" for number in range(1, 11)]
TEXT_FIRST = PAGE + "notification_rules: {high: [{via: sms}, {via: email, after: 5m}]}\n"


def test_beyond_three_incidents_in_five_minutes_one_message_lists_the_rest(opens: Opens) -> None:
    stage = opens(STORM).passes("10s")
    stage.alert(*NAMES)
    assert stage.told_by("bob", "sms") == [[1], [2], [3]]
    stage.passes("20s")
    assert stage.told_by("bob", "sms")[3:] == [[4, 5, 6, 7, 8, 9, 10]]
    assert stage.told_by("ops", "slack")[3:] == [[4, 5, 6, 7, 8, 9, 10]]
    stage.notes("more than 3 incidents of policy page within 5m", incident=4)


def test_each_incident_of_a_storm_stays_its_own(opens: Opens) -> None:
    stage = opens(STORM).alert(*NAMES).passes("30s").acknowledges("bob", incident=7).forgets()
    assert stage.incident(7).acknowledged_by == "bob"
    assert stage.incident(8).status == "triggered"
    stage.passes("5m")
    assert stage.told_by("carol", "sms")[-1] == [4, 5, 6, 8, 9, 10], "the next level hears of all but bob's"


def test_what_joins_a_storm_before_its_message_is_in_it_and_what_is_over_is_not(opens: Opens) -> None:
    stage = opens(STORM).passes("5s").alert(*NAMES[:5]).passes("10s")
    stage.resolves("Disk4").alert("Disk6").passes("15s")
    assert stage.told_by("bob", "sms") == [[1], [2], [3], [5, 6]]


def test_the_end_of_a_storm_is_one_message_too(opens: Opens) -> None:
    stage = opens(STORM).alert(*NAMES).passes("1m").resolves(*NAMES).passes("30s")
    assert stage.told_by("ops", "slack", "resolved") == [[1], [2], [3], [4, 5, 6, 7, 8, 9, 10]]


def test_nobody_pages_alone_what_a_crash_left_of_a_storm(opens: Opens) -> None:
    stage = opens(STORM).passes("5s").alert(*NAMES)
    stage.crashes()
    stage.passes("1m").starts()
    stage.passes("1s")
    assert stage.told_by("bob", "sms") == [[1], [2], [3], [4, 5, 6, 7, 8, 9, 10]]


def test_a_storm_is_over_when_few_enough_opened_of_late(opens: Opens) -> None:
    stage = opens(STORM).alert(*NAMES[:5]).passes("5m1s").forgets().alert("Later")
    assert stage.told_by("bob", "sms")[-1] == [6], "at once, and alone"


def test_storm_off_tells_of_each(opens: Opens) -> None:
    stage = opens(STORM.replace("{over: 3, within: 5m}", "off")).alert(*NAMES)
    assert len(stage.told_by("ops", "slack")) == 10


def test_a_program_hears_of_each_incident_of_a_storm(opens: Opens) -> None:
    stage = opens(
        STORM.replace("{channel: ops}", "{channel: vendor}") + "channels: {vendor: {pagerduty: secret:KEY}}\n"
    )
    stage.alert(*NAMES).passes("30s")
    assert len(stage.told_by("vendor", "pagerduty")) == 10


def test_a_phone_bears_five_texts_in_a_quarter_of_an_hour_then_hears_of_the_rest_in_one(opens: Opens) -> None:
    stage = opens(TEXT_FIRST)
    for name in NAMES[:7]:
        stage.alert(name, severity="error").passes("1m")
    assert stage.told_by("bob", "sms") == [[1], [2], [3], [4], [5]]
    assert [6] in stage.told_by("bob", "email"), "what is held back goes by the next contact now"
    began = stage.began
    stage.passes("20m")
    later = [h for h in stage.heard if (h.who, h.via) == ("bob", "sms")][5]
    assert later.incidents[:2] == ("6", "7")
    assert later.at <= began + 17 * MINUTE


def test_a_persons_first_page_for_a_critical_incident_is_never_held_back(opens: Opens) -> None:
    stage = opens(TEXT_FIRST)
    for name in NAMES[:7]:
        stage.alert(name)
        assert stage.told_by("bob", "sms")[-1] == [int(name[4:])]


def test_three_calls_in_a_quarter_of_an_hour_are_enough(opens: Opens) -> None:
    calls = PAGE.replace("{schedule: primary}", "{person: dan}") + (
        "people: {dan: {contacts: {call: secret:DAN, email: dan@example.com}}}\n"
        "notification_rules: {high: [{via: call}, {via: email, after: 1m}]}\n"
    )
    stage = opens(calls)
    for name in NAMES[:5]:
        stage.alert(name, severity="error")
    stage.passes("30s")
    assert len(stage.told_by("dan", "call")) == 3


def test_updates_that_nobody_was_sent_yet_become_the_newest_one(opens: Opens) -> None:
    stage = opens()
    stage.alert("DiskFull").breaks("slack", hangs, "ops")
    stage.acknowledges("bob").passes("1s")  # this one is under way
    stage.acts(events.Unacknowledged("bob")).acts(events.Acknowledged("ana")).mends("slack", "ops").passes("15s")
    told = [h.reason for h in stage.heard if (h.who, h.kind) == ("ops", "update")]
    assert told.count("acknowledged by ana") == 1
    assert "acknowledgement taken back by bob" not in told


def test_one_message_a_second_for_a_channel_that_bears_no_more_and_texts_go_on(opens: Opens) -> None:
    stage = opens(PAGE.replace("  page:\n", "  page:\n    storm: off\n"))
    stage.crashes()
    stage.spacings["slack"] = 1.0
    stage.starts()
    stage.alert(*(f"Disk{number}" for number in range(30)))
    assert len(stage.told_by("bob", "push")) == 30, "undelayed"
    assert len(stage.told_by("ops", "slack")) == 1
    stage.passes("10s")
    assert 10 <= len(stage.told_by("ops", "slack")) <= 12
    stage.passes("30s")
    assert len(stage.told_by("ops", "slack")) == 30


def test_a_channel_that_is_told_to_wait_waits_with_everything_it_has_for_that_contact(opens: Opens) -> None:
    stage = opens(PAGE.replace("  page:\n", "  page:\n    storm: off\n"))
    stage.crashes()
    stage.spacings["slack"] = 1.0
    stage.starts()
    stage.breaks("slack", busy_for(30))
    stage.alert(*(f"Disk{number}" for number in range(5))).passes("20s")
    assert len([at for at, who, via in stage.tried if via == "slack"]) == 1
    stage.mends("slack").passes("20s")
    assert len(stage.told_by("ops", "slack")) == 5


class TestAProviderThatIsDown:
    """The circuit breaker."""

    @pytest.fixture
    def down(self, opens: Opens) -> Stage:
        text = PAGE.replace("  page:\n", "  page:\n    storm: off\n")
        rules = "notification_rules: {high: [{via: push}, {via: sms, after: 2m}, {via: email, after: 4m}]}\n"
        stage = opens(text + rules).breaks("push", fails)
        stage.operators_hear = True
        return stage

    def test_after_five_failures_its_messages_go_straight_to_the_next_contact(self, down: Stage) -> None:
        down.alert(*(f"Disk{number}" for number in range(10)))
        assert len(down.told_by("bob", "sms")) == 10, "nobody waits for a provider that is down"
        tried = [at for at, who, via in down.tried if via == "push"]
        assert len(tried) <= 8, "at most as many as were under way when it tripped"

    def test_it_is_probed_and_recovers_by_itself(self, down: Stage) -> None:
        down.alert(*(f"Disk{number}" for number in range(10))).passes("1m").mends("push").passes("3m")
        assert sorted(down.told_by("bob", "push"))[:10] == [[number] for number in range(1, 11)]

    def test_while_it_is_down_one_message_at_a_time_probes_it(self, down: Stage) -> None:
        down.alert(*(f"Disk{number}" for number in range(10))).passes("4m")
        probes = [(at - down.began) / SECOND for at, who, via in down.tried if via == "push" and at > down.began]
        assert 2 <= len(probes) <= 8
        assert all(later - earlier >= 14 for earlier, later in pairwise(probes))

    def test_the_operators_are_told_once_and_that_it_works_again(self, down: Stage) -> None:
        down.alert(*(f"Disk{number}" for number in range(10))).passes("3s")
        shown = down.house.metrics.registry.get_sample_value
        assert shown("escalator_circuit_open", {"provider": "push"}) == 1
        complaint = down.incident(11)
        assert complaint.title.startswith("ProviderDown")
        down.passes("4m").mends("push").passes("5m")
        assert down.incidents == 11, "one complaint, however long it lasts"
        assert down.incident(11).status == "resolved"
        assert shown("escalator_circuit_open", {"provider": "push"}) == 0

    def test_a_contact_that_is_rejected_says_nothing_of_its_provider(self, down: Stage) -> None:
        down.breaks("push", rejects, "bob").mends("push")
        down.alert(*(f"Disk{number}" for number in range(10))).passes("3s")
        assert not any("ProviderDown" in title for title in down.titles)


class TestAContactThatRefuses:
    """What only an operator can mend."""

    @pytest.fixture
    def refusing(self, opens: Opens) -> Stage:
        stage = opens(TEXT_FIRST).breaks("sms", rejects, "bob")
        stage.operators_hear = True
        return stage

    def test_the_operators_are_told_once_and_that_a_message_arrived_again(self, refusing: Stage) -> None:
        refusing.alert("Disk1").passes("3s").alert("Disk2").passes("3s")
        assert [title for title in refusing.titles if "ContactRefused" in title] == [refusing.incident(2).title]
        refusing.mends("sms", "bob").alert("Disk4").passes("3s")
        assert refusing.incident(2).status == "resolved"

    def test_that_our_own_alert_is_refused_there_too_raises_no_further_one(self, refusing: Stage) -> None:
        refusing.alert("Disk1").passes("30m")
        assert [title for title in refusing.titles if "ContactRefused" in title] == [refusing.incident(2).title]

    def test_a_contact_that_was_taken_out_of_the_policies_refused_nothing(self, opens: Opens) -> None:
        rules = "notification_rules: {high: [{via: email}, {via: sms, after: 2m}]}\n"
        stage = opens(PAGE + rules)
        stage.operators_hear = True
        stage.alert("Disk1").edits_team(TEAM.replace(" sms: secret:BOB,", "")).passes("3m")
        assert "person/bob/sms is no longer in the policies" in stage.ledger(1)
        assert stage.incidents == 1

    def test_its_end_does_not_raise_it_again_where_no_word_of_it_arrives(self, opens: Opens) -> None:
        stage = opens(PAGE).breaks("slack", rejects, "ops")
        stage.operators_hear = True
        stage.alert("Disk1").passes("3s").acts(events.Resolved("bob"), incident=2).resolves("Disk1").passes("1m")
        assert stage.incidents == 2

    def test_what_was_taken_and_refused_afterwards_is_over_only_when_one_is_delivered(self, refusing: Stage) -> None:
        refusing.mends("sms", "bob").alert("Disk1").says_of_the_last("sms", Outcome.PERMANENT, "30005: no such number")
        refusing.passes("3s").alert("Disk3").passes("3s")
        assert refusing.incident(2).status != "resolved", "that the next was taken proves nothing"
        refusing.says_of_the_last("sms", Outcome.DELIVERED).passes("3s")
        assert refusing.incident(2).status == "resolved"


def test_slacks_rate_limit_in_a_storm_of_a_thousand_incidents_delays_no_text(opens: Opens) -> None:
    stage = opens(PAGE.replace("  page:\n", "  page:\n    storm: off\n"))
    stage.crashes()
    stage.spacings["slack"] = 1.0
    stage.starts()
    stage.breaks("slack", busy_for(30))
    stage.alert(*(f"Disk{number}" for number in range(1000)))
    texts = [heard.at for heard in stage.heard if (heard.who, heard.via) == ("bob", "sms")]
    assert len(texts) == 1000
    assert set(texts) == {stage.began}, "each text went out at the instant of its alert"
    assert len([at for at, who, via in stage.tried if via == "slack"]) == 1, "the channel rests as a whole"
    stage.mends("slack").passes("40s")
    assert 8 <= len(stage.told_by("ops", "slack")) <= 12, "one a second, once it bears more"


def test_by_default_a_thousand_incidents_are_twenty_one_messages_to_a_phone(opens: Opens) -> None:
    stage = opens(PAGE).passes("1s")
    stage.alert(*(f"Disk{number}" for number in range(1000))).passes("1m")
    texts = stage.told_by("bob", "sms")
    assert len(texts) <= 23
    assert sorted(id for told in texts for id in told) == list(range(1, 1001)), "and nothing is dropped"
