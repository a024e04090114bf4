"""What verify accepts and what it refuses, on policies small enough to be judged by eye."""

from pathlib import Path

import pytest

from escalator.core.book import Book
from escalator.core.instant import DAY, HOUR, MINUTE, to_datetime
from escalator.language import compile_book, load_sources
from escalator.rehearsal.faults import Mode
from escalator.rehearsal.proof.verify import Verdict, broken, counterexample, verify
from tests.rehearsal import large
from tests.rehearsal.organisations import SINCE
from tests.rehearsal.written import book as written

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "tests" / "language" / "examples"
WHERE = {"boardroom": ROOT / "policies"}

PEOPLE = """
version: 1
people:
  ana: {contacts: {push: browser, sms: secret:ANA, email: ana@example.com}}
  ben: {contacts: {push: browser, sms: secret:BEN, email: ben@example.com}}
  cleo: {contacts: {push: browser, sms: secret:CLEO, email: cleo@example.com}}
channels:
  ops: {slack: "#ops"}
hours:
  office: {timezone: Europe/London, days: mon-fri, from: 09:00, to: 17:00}
schedules:
  primary:
    timezone: Europe/London
    layers:
      - {people: [ana, ben, cleo], every: 1w, starts: 2026-01-05T09:00}
"""


def book(text: str, people: str = PEOPLE) -> Book:
    return written(people + text)


def the_verdict(text: str, people: str = PEOPLE) -> Verdict:
    (verdict,) = verify(book(text, people), SINCE).verdicts
    return verdict


LADDER = """
policies:
  page:
    levels:
      - {notify: [{schedule: primary}], escalate_after: 5m}
      - {notify: [{next_on_call: primary}]}
catch_all: page
"""


class TestWhatHolds:
    @pytest.mark.parametrize("name", ["tiny", "midsize", "follow-the-sun", "boardroom"])
    def test_every_example_keeps_its_promises(self, name: str) -> None:
        compiled = compile_book(load_sources(WHERE.get(name, EXAMPLES / name)))
        assert compiled.book is not None
        assert broken(compiled.book, SINCE) == []

    def test_without_a_fault_the_first_page_is_at_once(self) -> None:
        verdict = the_verdict(LADDER)
        assert verdict.holds
        assert verdict.calm.after == 0

    def test_whoever_sleeps_the_next_is_paged_when_the_wait_is_over(self) -> None:
        verdict = the_verdict(LADDER)
        assert verdict.worst.after == 5 * MINUTE
        assert verdict.worst.fault is not None
        assert (verdict.worst.fault.kind, verdict.worst.fault.mode) == ("person", Mode.SILENT)

    def test_nobody_is_asked_twice_when_a_shift_ends_between_two_levels(self) -> None:
        """`next_on_call` passes over whoever was paged: else the new shift's first would be the old one's second."""
        assert the_verdict(LADDER.replace("5m", "2h") + tolerating("2h")).worst.after == 2 * HOUR


def tolerating(within: str, faults: str = "person, provider") -> str:
    return f"guarantees:\n  - {{match: {{severity: critical}}, reach_human_within: {within}, tolerate: [{faults}]}}\n"


class TestWhatDoesNot:
    def test_texts_and_calls_are_one_provider(self) -> None:
        people = PEOPLE.replace("push: browser, ", "").replace("email: ", "call: secret:").replace("@example.com", "")
        verdict = the_verdict(LADDER, people.replace("secret:ana", "secret:A").replace("secret:ben", "secret:B"))
        assert verdict.worst.after is None
        assert verdict.worst.fault is not None
        assert verdict.worst.fault.name == "twilio"

    def test_a_wait_longer_than_the_promise_is_found(self) -> None:
        assert the_verdict(LADDER + tolerating("5m")).holds
        assert not the_verdict(LADDER.replace("5m}", "7m}") + tolerating("5m")).holds

    def test_a_promise_that_tolerates_nothing_is_kept_by_one_who_may_sleep(self) -> None:
        assert the_verdict(
            LADDER.replace("5m}", "2h}") + "guarantees: [{match: {severity: critical}, reach_human_within: 1m}]\n"
        ).holds

    def test_one_person_on_every_level_is_one_who_may_sleep(self) -> None:
        text = "policies: {page: {levels: [{notify: [{person: ana}]}, {notify: [{person: ana}]}]}}\ncatch_all: page\n"
        assert the_verdict(text).worst.after is None

    def test_a_route_that_takes_alerts_without_the_label(self) -> None:
        """The first draft of the mid-size example: `{env: {not: prod}}` swallowed critical alerts without `env`."""
        routes = "routes: [{match: {env: {not: prod}}, policy: chat}]\n"
        chat = LADDER.replace("catch_all", "  chat: {levels: [{notify: [{channel: ops}]}]}\ncatch_all")
        lost = [each for each in verify(book(chat + routes), SINCE).verdicts if each.about.policy == "chat"]
        assert [each.about.labels for each in lost] == [{"alertname": "SomethingNew", "severity": "critical"}]

    def test_a_route_that_drops_them(self) -> None:
        verdicts = verify(book(LADDER + "routes: [{match: {env: dev}, drop: nobody cares}]\n"), SINCE).verdicts
        dropped = next(each for each in verdicts if each.about.route.drop)
        assert not dropped.holds
        assert "nobody cares" in "".join(counterexample(book(LADDER), dropped))

    def test_hours_that_are_waited_for(self) -> None:
        """The worst is to come when the office has just closed on a Friday, when clocks go back over the weekend."""
        verdict = the_verdict(LADDER.replace("page:\n", "page:\n    hold_until: office\n", 1))
        assert verdict.calm.after == 65 * HOUR
        assert f"{to_datetime(verdict.calm.at):%a %Y-%m-%d %H:%M}" == "Fri 2026-10-23 16:00"

    def test_a_level_for_the_night_alone(self) -> None:
        text = LADDER.replace(
            "{notify: [{next_on_call: primary}]}", "{notify: [{next_on_call: primary}], when: {outside: office}}"
        )
        verdict = the_verdict(text)
        assert verdict.worst.after is None, "by day nobody follows whoever sleeps"

    def test_a_handoff_in_the_middle_of_a_climb(self) -> None:
        """Both levels name the schedule: only where the shift ends in between does the second mean somebody else."""
        text = LADDER.replace("next_on_call", "schedule")
        verdict = the_verdict(text)
        assert verdict.worst.after is None

    def test_turns_that_were_taken_before(self) -> None:
        """Whoever's turn it is may be the one who sleeps."""
        text = """
policies:
  page:
    levels:
      - {notify: [{person: ana}, {person: ben}], assign: round_robin, escalate_after: 10m}
      - {notify: [{person: ben}]}
catch_all: page
"""
        verdict = the_verdict(text)
        assert verdict.worst.after is None
        assert verdict.worst.fault is not None
        assert verdict.worst.fault.name == "ben"
        assert dict(verdict.worst.turns) == {("page", 1): 1}

    def test_summer_time_opens_a_gap_that_is_declared_not_to_be(self) -> None:
        text = (EXAMPLES / "follow-the-sun" / "main.yaml").read_text().replace("to: 17:00}", "to: 16:00}")
        compiled = compile_book({"main.yaml": text})
        assert compiled.parsed is not None
        proof = verify(compiled.parsed, SINCE)
        assert {gap.until - gap.since for gap in proof.gaps} == {HOUR}
        assert f"{to_datetime(proof.gaps[0].since):%Y-%m-%d %H:%M}" == "2026-03-08 23:00"
        assert not proof.holds


class TestWhatIsShown:
    def test_a_counterexample_can_be_followed(self) -> None:
        text = "policies: {page: {levels: [{notify: [{person: ana}]}]}}\ncatch_all: page\n"
        told = counterexample(book(text), the_verdict(text))
        assert told[0].startswith("Mon 2026-03-02 00:00:00 (UTC), person ana down, silently; for example alertname=")
        assert "ana does not hear it: push, sms, email" in told[3]

    def test_what_is_broken_is_said_in_one_line_each(self) -> None:
        text = "policies: {page: {levels: [{notify: [{person: ana}]}]}}\ncatch_all: page\n"
        assert broken(book(text), SINCE) == [
            "critical alerts by catch_all → policy page: promised within 15m, a person is reached never with person "
            "ana down, silently"
        ]

    def test_progress_is_told(self) -> None:
        steps: list[tuple[int, int]] = []
        verify(book(LADDER), SINCE, DAY, lambda done, total, what: steps.append((done, total)))
        assert steps == [(0, 1), (1, 1)]


def test_two_hundred_people_are_proved_in_a_minute() -> None:
    proof, took = large.timed()
    assert proof.holds
    assert len(proof.verdicts) == large.TEAMS
    assert took < 60
