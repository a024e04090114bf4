"""Every event and every expectation of a test, by itself: that it passes where it should, what it says where not."""

import re

import pytest

from escalator.language.shapes import trials as shapes
from tests.rehearsal.nights import (
    PAGE,
    POLICIES,
    SHIPPED,
    book,
    codes,
    failures,
    judged,
    parsed,
    results,
    shipped,
    suite,
)  # fmt: skip

FIRE = "- {at: 0m, fire: {alertname: Down}}\n"
PAGED = "- {at: 0m, paged: [ben by push, ben by sms]}"


class TestEvents:
    @pytest.mark.parametrize(
        ("events", "expect"),
        [
            (FIRE, PAGED),
            # a list is one delivery, and one incident by `group_by`
            ("- {at: 0m, fire: [{alertname: Down, host: a}, {alertname: Down, host: b}]}", "- {incidents: 1}"),
            ("- {at: 0m, fire: [{alertname: Down}, {alertname: Up}]}", "- {incidents: 2}"),
            (FIRE + "- {at: 3m, resolve: {alertname: Down}}", "- {at: 3m, event: resolved, told: [ben, ops]}"),
            (FIRE + "- {at: 3m, resolve: {alertname: Down}}", "- {no_pages_between: [0m, 2h]}"),
            (FIRE + "- {at: 3m, ack: ana}", "- {status: {at: 4m, is: acknowledged, by: ana}}"),
            (FIRE + "- {at: 3m, ack: ben}\n- {at: 9m, unack: ben}", "- {at: 9m, event: unacknowledged, paged: [ben]}"),
            (FIRE + "- {at: 3m, snooze: {by: ana, for: 2h}}", "- {at: 2h, status: snoozed}"),
            (
                FIRE + "- {at: 3m, snooze: {by: ben, for: 2h}}",
                "- {at: 2h3m, event: snooze_ended, paged: [ben]}\n- {no_pages_between: [0m, 2h3m]}",
            ),
            (FIRE + "- {at: 1m, escalate: ben}", "- {at: 1m, event: escalated, paged: [ana, ben], level: 2}"),
            (FIRE + "- {at: 6m, escalate: {by: ben, level: 1}}", "- {at: 6m, level: 1, paged: [ben], channels: [ops]}"),
            (FIRE + "- {at: 1m, reassign: {by: ben, to: {person: ana}}}", "- {at: 1m, paged: [ana], channels: []}"),
            (
                FIRE + "- {at: 1m, reassign: {by: ben, to: [{person: ana}, {channel: ops}]}}",
                "- {at: 1m, paged: [ana], channels: [ops], event: reassigned}",
            ),
            (FIRE + "- {at: 3m, resolve_by_hand: ben}", "- {at: 3m, event: resolved by hand}"),
            (FIRE + '- {at: 3m, note: {by: ben, text: "hm: #1"}}', "- {at: 3m, event: note, paged: []}"),
            ("- {at: 0m, silence: {match: {alertname: Down}, for: 1h}}\n" + FIRE, "- {no_pages_between: [0m, 1h]}"),
            ("- {at: 0m, silence: {match: {alertname: Down}, for: 1h}}\n" + FIRE, "- {at: 1h, paged: [ben]}"),
            ("- {at: 0m, override: {schedule: primary, person: ana, for: 1h}}\n" + FIRE, "- {at: 0m, paged: [ana]}"),
            ("- {at: 0m, unusable: [ben by push, ops]}\n" + FIRE, "- {at: 0m, paged: [ben by sms], channels: []}"),
            ("- {at: 0m, source: silent}\n" + FIRE, "- {at: 4h10m, event: unconfirmed}"),
        ],
        ids=lambda text: " ".join(re.findall(r"\d\w+, (\w+)", text))[:60],
    )
    def test_each_event_does_what_it_says(self, events, expect):
        assert failures(events, expect) == []

    @pytest.mark.parametrize(
        ("fault", "expect"),
        [
            ("provider: twilio", "paged: [ben by push], channels: [ops]"),
            ("provider: twilio, mode: silent", "paged: [ben by push]"),
            ("provider: browser-push, mode: rejecting", "paged: [ben by sms]"),
            ("person: ben", "paged: [], channels: [ops]"),
            ("contact: ben by sms", "paged: [ben by push]"),
            ("channel: ops", "paged: [ben], channels: []"),
        ],
    )
    def test_what_a_fault_swallows_paged_nobody(self, fault, expect):
        assert failures(f"- {{at: 0m, fault: {{{fault}}}}}\n{FIRE}", f"- {{at: 0m, {expect}}}") == []

    def test_a_silent_person_costs_the_whole_wait_and_one_who_refuses_costs_none(self):
        silent, refusing = (
            f"- {{at: 0m, fault: {{person: ben, mode: {mode}}}}}\n{FIRE}" for mode in ("silent", "rejecting")
        )
        assert failures(silent, "- {at: 0m, paged: []}\n- {at: 5m, paged: [ana]}") == []
        assert failures(refusing, "- {at: 0m, paged: [ana]}") == []

    def test_what_is_mended_works_and_a_second_fault_replaces_the_first(self):
        mended = "- {at: 0m, fault: {person: ben}}\n- {at: 0m, mend: {person: ben}}\n"
        assert failures(mended + FIRE, PAGED) == []
        changed = "- {at: 0m, fault: {person: ben}}\n- {at: 0m, fault: {person: ben, mode: rejecting}}\n"
        assert failures(changed + FIRE, "- {at: 0m, paged: [ana]}") == []

    def test_events_of_one_instant_happen_in_their_order(self):
        assert failures(FIRE + "- {at: 0m, fault: {person: ben}}", PAGED) == []
        assert failures("- {at: 0m, fault: {person: ben}}\n" + FIRE, "- {at: 0m, paged: []}") == []

    def test_what_the_rules_refuse_fails_unless_it_is_expected(self):
        acted = FIRE + "- {at: 1m, unack: ben"
        assert failures(acted + "}", PAGED) == ["refused: nobody has acknowledged it"]
        assert failures(acted + ", refused: true}", PAGED) == []
        assert failures(FIRE + "- {at: 1m, ack: ben, refused: true}", PAGED) == ["expected to be refused, and was not"]

    def test_with_several_incidents_one_is_chosen(self):
        two = "- {at: 0m, fire: [{alertname: Down}, {alertname: Up}]}\n"
        (said,) = failures(two + "- {at: 1m, ack: ben}", "- {incidents: 2}")
        assert re.fullmatch(r"which incident\? 1 \(.*Down.*\), 2 \(.*Up.*\): add `incident: 1`", said)
        for chosen in ("2", "{alertname: Up}"):
            expect = "- {at: 2m, incident: 2, status: acknowledged}\n- {at: 2m, incident: 1, status: triggered}"
            assert failures(two + f"- {{at: 1m, ack: ben, incident: {chosen}}}", expect) == []

    def test_an_incident_that_is_not_there_is_said(self):
        assert failures("- {at: 1m, ack: ben}", "- {incidents: 0}") == ["there is no incident then"]
        assert failures(FIRE + "- {at: 1m, ack: ben, incident: 7}", PAGED) == ["there is no such incident then"]

    def test_a_title_chooses_too(self):
        title = judged(FIRE, PAGED).played.looks[0][1].title
        assert failures(FIRE + f"- {{at: 1m, ack: ben, incident: '{title}'}}", "- {at: 1m, status: acknowledged}") == []

    def test_a_night_without_end_is_ended(self, monkeypatch):
        monkeypatch.setattr("escalator.rehearsal.trials.playing.MOST", 20)
        assert "more than 20 instants: make this night shorter" in failures(FIRE, "- {at: 2d, paged: []}")


class TestExpectations:
    @pytest.mark.parametrize(
        ("expect", "said"),
        [
            ("{at: 0m, paged: [ben by push]}", "at 0s: expected paged ben by push; was paged ben by push, sms"),
            ("{at: 0m, paged: [ben, ana]}", "at 0s: expected paged ben; ana; was paged ben by push, sms"),
            ("{at: 0m, paged: []}", "at 0s: expected paged nobody; was paged ben by push, sms"),
            ("{at: 1m, paged: ben}", "at 1m: expected paged ben; was paged nobody"),
            ("{at: 0m, channels: []}", "at 0s: expected channels none; was channels ops"),
            ("{at: 5m, channels: [ops]}", "at 5m: expected channels ops; was channels none"),
            ("{at: 3m, told: [ana]}", "at 3m: expected told ana; was told ben by push, ben by sms, ops"),
            ("{at: 3m, event: raised}", "at 3m: expected event raised; was events acknowledged"),
            ("{at: 3m, level: 2}", "at 3m: expected level 2; was level 1"),
            ("{at: 3m, status: triggered}", "at 3m: expected status triggered; was status acknowledged"),
            (
                "{status: {at: 3m, is: acknowledged, by: ana}}",
                "at 3m: expected status acknowledged by ana; was status acknowledged by ben",
            ),
            ("{incidents: 2}", "at 3m: expected incidents 2; was incidents 1"),
            ("{at: 2m, incident: 4, level: 1}", "at 2m: expected level 1; was no such incident"),
            ("{no_pages_between: [0m, 35m]}",
             "at 33m: expected no pages between 0s and 35m; was paged ben by push, sms; ops"),
        ],
    )  # fmt: skip
    def test_each_expectation_says_what_it_found_instead(self, expect, said):
        assert failures(FIRE + "- {at: 3m, ack: ben}", f"- {expect}") == [said]

    @pytest.mark.parametrize(
        "expect",
        [
            "{at: 0m, paged: ben}",
            "{at: 0m, paged: [ben by sms, ben by push]}",
            "{at: 0m, paged: [ben, ben by sms]}",
            "{at: 3m, told: [ben, ops], paged: [], channels: []}",
            "{at: 0m, event: [opened, paged], level: 1, incidents: 1}",
            "{no_pages_between: [0m, 33m]}",
            "{at: 33m, event: ack_timeout, paged: [ben], channels: ops}",
            "{at: 1s, incidents: 1}",
            "{status: {is: acknowledged, by: ben}}",
        ],
    )
    def test_each_expectation_that_holds(self, expect):
        assert failures(FIRE + "- {at: 3m, ack: ben}", f"- {expect}") == []

    def test_an_unheard_page_breaks_no_quiet(self):
        faulty = "- {at: 0m, fault: {person: ana}}\n- {at: 0m, fault: {person: ben}}\n" + FIRE
        assert failures(faulty, "- {no_pages_between: [0m, 15m]}") == []

    def test_several_incidents_are_told_apart(self):
        both = "- {at: 0m, fire: [{alertname: Down}, {alertname: Up}]}"
        (said,) = failures(both, "- {at: 1m, level: 1}")
        assert said.endswith("was incident 1 level 1; incident 2 level 1: say which")
        assert failures(both, "- {at: 1m, level: 1, incident: 2}") == []

    def test_a_test_that_expects_nothing_fails_and_says_what_to_do(self):
        ((mark, said),) = judged(FIRE).failures
        assert said.startswith("this test expects nothing")
        assert mark.line == 2

    def test_a_failure_stands_where_its_expectation_does(self):
        verdict = judged(FIRE, "- {at: 0m, paged: ben}\n- {at: 1m, paged: ben}")
        assert [mark.line for mark, _ in verdict.failures] == [10]


# What each change of the shipped policies makes fail, and in which words.
PLANTS = {
    "a wait": (
        ("        escalate_after: 5m\n", "        escalate_after: 7m\n"),
        {"climbs": "at 5m: expected paged ana by push, sms, email; was paged nobody"},
    ),
    "the hand-off": (
        ("{people: [ana, ben, cleo], every: 1w", "{people: [cleo, ana, ben], every: 1w"),
        {"climbs": "at 0s: expected paged cleo by push, sms, email; was paged ben by push, sms, email"},
    ),
    "a channel": (
        ("{channel: ops-slack}, {channel: status-api}]", "{channel: ops-slack}]"),
        {
            "climbs": "at 0s: expected channels ops-slack, status-api; was channels ops-slack",
            "nobody planned": "at 30s: expected channels ops-slack, status-api; was channels ops-slack",
        },
    ),
    "the catch-all": (
        ("catch_all: critical", "catch_all: warning"),
        {
            "SomethingNew": "expected policy critical; catch_all sends it to warning",
            "nobody planned": "at 30s: expected paged cleo by push, sms, email; was paged nobody",
        },
    ),
    "the acknowledgement": (
        ("    ack_timeout: 30m", "    ack_timeout: 45m"),
        {"ack timeout": "at 34m: expected event ack_timeout; was events none"},
    ),
    "the severities": (
        ("policy: {critical: critical, default: warning}", "policy: {critical: critical, default: critical}"),
        {"HighCPUUsage": "expected policy warning; routes[1] sends it to critical"},
    ),
    "the grouping": (
        ("    group_by: [symptom]              #", "    group_by: [alertname] #"),
        {"turns critical": "at 10m: expected incidents 1; was incidents 2"},
    ),
    "the hours": (
        ("    hold_until: business-hours\n", ""),
        {"Saturday": "at 2d7h: expected channels ops-slack, ops-email; was channels none"},
    ),
    "a person": (
        ("[{person: ana}, {person: ben}, {person: cleo}, {channel: ops-email}, {channel: vendor}]", "[{person: ana}]"),
        {"climbs": "at 10m: expected channels ops-email, vendor; was channels none"},
    ),
    "a way": (
        ("push: browser, sms: secret:CLEO_PHONE", "push: browser, call: secret:CLEO_PHONE"),
        {},
    ),
}  # fmt: skip
BOARDROOM = (SHIPPED / "boardroom.test.yaml").read_text(encoding="utf-8")


class TestTheShippedFile:
    def test_all_of_it_passes(self):
        found, _ = results(BOARDROOM, shipped())
        assert [result.name for result in found if not result.passed] == []
        assert len(found) == 11

    @pytest.mark.parametrize("what", [name for name in PLANTS if PLANTS[name][1]])
    def test_a_planted_change_is_found_by_the_right_test_in_the_right_words(self, what):
        change, wanted = PLANTS[what]
        found, _ = results(BOARDROOM, shipped(change))
        failed = {result.name: [text for _, text in result.failures] for result in found if not result.passed}
        for part, said in wanted.items():
            assert any(part in name and said in texts for name, texts in failed.items()), failed

    def test_a_way_that_a_person_no_longer_has_is_an_error_of_the_file(self):
        assert set(codes(BOARDROOM, shipped(PLANTS["a way"][0]))) == {"E303"}

    def test_two_routes_in_the_wrong_order(self):
        text = (SHIPPED / "main.yaml").read_text(encoding="utf-8")
        first, second = re.findall(r"  - match: \{alertname.*?(?=  - match|catch_all)", text, re.DOTALL)
        wide = first.replace(
            "[LowUserEngagement, NoMeetingsCreated]", "[LowUserEngagement, NoMeetingsCreated, HighCPUUsage]"
        )
        found, _ = results(BOARDROOM, shipped((first + second, wide + second)))
        assert [(r.name, [text for _, text in r.failures]) for r in found if not r.passed] == [
            ("route of alertname=HighCPUUsage", ["expected policy warning; routes[0] sends it to product"])
        ]


class TestTheRouteTable:
    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("policy: page", ["expected policy page; routes[0] sends it to quietly"]),
            ("route: catch_all", ["expected catch_all; routes[0] sends it to quietly"]),
            ("urgency: high", ["expected high urgency; routes[0] sends it to quietly with low urgency"]),
            ("dropped: true", ["expected to be dropped; routes[0] sends it to quietly"]),
            ("policy: quietly, route: 'routes[0]', urgency: low", []),
        ],
    )
    def test_a_row_says_where_the_alert_went(self, row, said):
        (found,) = results(f"routes: [{{labels: {{alertname: A, severity: info}}, {row}}}]", book())[0]
        assert [text for _, text in found.failures] == said

    def test_a_route_that_drops(self):
        about = parsed(POLICIES.replace("policy: quietly}", "drop: true, reason: nobody looks}"))
        row = "routes: [{labels: {alertname: A, severity: info}, "
        assert results(f"{row}dropped: true}}]", about)[0][0].passed
        (found,) = results(f"{row}policy: page, urgency: high}}]", about)[0]
        assert [said for _, said in found.failures] == [
            "expected policy page; routes[0] drops it",
            "expected high urgency; routes[0] drops it",
        ]


EXAMPLES = [text for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if not text.startswith("# main.yaml")]


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.splitlines()[1].strip()[:30])
def test_every_example_of_the_page_passes(text):
    found, _ = results(text, book())
    assert found
    assert [(result.name, result.failures) for result in found if not result.passed] == []


def test_the_page_names_every_key_and_every_event():
    keys = {
        key for shape in (shapes.EVENT, shapes.EXPECTATION, shapes.TRIAL, shapes.CASE, shapes.FAULT) for key in shape
    }
    for word in keys | set(shapes.EVENT_NAMES.meanings) | set(shapes.PROVIDER.meanings) | set(shapes.MODE.meanings):
        assert re.search(rf"[`{{ ,]{re.escape(word)}[`:]", PAGE) or re.search(rf"^ *-? ?{word}:", PAGE, re.MULTILINE), (
            word
        )


def test_every_event_that_the_rules_write_can_be_expected():
    core = SHIPPED.parent / "escalator" / "core"
    written = {name for path in core.glob("*.py") for name in re.findall(r'say\(\s*"([a-z_ ]+)"', path.read_text())}
    written |= {"paged", "unreachable"}
    assert written == set(shapes.EVENT_NAMES.meanings)


def test_a_file_of_nothing_has_no_tests():
    assert suite("", book()) == suite("version: 1\nroutes:\ntests:\n", book())
