"""What is supposed and what comes of it: where a scenario ends, what people do in it, the text of each thing."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from escalator.core.alert import Matcher, Silence
from escalator.core.book import Book
from escalator.core.instant import DAY, HOUR, MINUTE, SECOND, Instant, from_datetime
from escalator.language import compile_book
from escalator.rehearsal.faults import Fault, Mode
from escalator.rehearsal.incidents import Circumstances
from escalator.rehearsal.night import Night
from escalator.rehearsal.suppose.account import document, text
from escalator.rehearsal.suppose.briefing import brief, in_short, zone_of
from escalator.rehearsal.suppose.scenario import Ack, Played, Scenario, play

AT: Instant = from_datetime(datetime(2026, 3, 4, 3, 10, tzinfo=UTC))
"""A Wednesday."""
POLICIES = """version: 1
people:
  alice: {contacts: {push: browser, sms: secret:A}}
  bob: {contacts: {push: browser}}
  carol: {contacts: {email: c@example.com}}
channels: {ops: {slack: "#ops"}}
hours: {office: {timezone: Asia/Kolkata, days: mon-fri, from: 09:00, to: 17:00}}
schedules:
  main: {timezone: Europe/Berlin, layers: [{people: [alice, bob], every: 1w, starts: 2026-01-05T09:00}]}
routes:
  - {match: {service: noise}, drop: somebody else looks}
  - {match: {service: quiet}, policy: low}
  - {match: {service: desk}, policy: desk}
  - {match: {service: twice}, policy: twice}
  - {match: {service: both}, policy: both}
  - {match: {service: nobody}, policy: nobody}
policies:
  page:
    levels: [{notify: [{schedule: main}, {channel: ops}]}, {notify: [{next_on_call: main}]}]
    ack_timeout: 30m
  low: {urgency: low, levels: [{notify: [{channel: ops}]}, {notify: [{person: carol}]}]}
  desk: {urgency: low, hold_until: office, levels: [{notify: [{channel: ops}]}]}
  twice: {repeat: 0, levels: [{notify: [{person: bob}], attempts: 2}]}
  both: {levels: [{notify: [{person: alice}, {person: bob}], ack_mode: all}], ack_timeout: never}
  nobody: {levels: [{notify: [{channel: ops}]}]}
catch_all: page
"""


def book() -> Book:
    compiled = compile_book({"main.yaml": POLICIES}, now=AT)
    assert compiled.parsed is not None
    assert not {each.code for each in compiled.diagnostics if each.code.startswith("E1")}
    return compiled.parsed


BOOK = book()


def scenario(service: str = "web", severity: str = "critical", **more: object) -> Scenario:
    return Scenario({"alertname": "X", "service": service, "severity": severity}, AT)._replace(**more)  # type: ignore[arg-type]


def told(supposed: Scenario) -> list[str]:
    """The timeline without its clocks."""
    lines = text(BOOK, supposed, play(BOOK, supposed), "UTC")
    start, end = lines.index("") + 1, len(lines) - 2
    return [" ".join(line.split()[3:]) for line in lines[start:end]]


def sentence(supposed: Scenario) -> str:
    return in_short(BOOK, play(BOOK, supposed))


def length(supposed: Scenario) -> int:
    played = play(BOOK, supposed)
    return (played.until - played.since) // SECOND


# --- the text of each kind of thing that can happen -------------------------------------------------------------------


def test_nobody_answers():
    assert told(scenario()) == [
        "+0s 1 firing; route catch_all → policy page, high urgency; first page now",
        "+0s level 1 pages alice by push, sms; ops",
        "+5m level 2 pages bob by push",
        "+10m nobody acknowledged: pass 2 begins",
        "+10m level 1 pages alice by push, sms; ops",
    ]


def test_somebody_answers_and_it_lapses():
    assert told(scenario(acks=(Ack("bob", 6 * MINUTE),)))[3:] == [
        "+6m acknowledged by bob, holds for 30m",
        "+6m told: alice by push, alice by sms, ops, bob by push",
        "+36m the acknowledgement by bob lapsed and it still fires",
        "+36m level 1 again, and whoever had acknowledged",
        "+36m level 1 pages bob by push; alice by push, sms; ops",
    ]


def test_the_source_resolves_it():
    assert told(scenario(resolved=3 * MINUTE))[2:] == [
        "+3m the source resolved it",
        "+3m told: alice by push, alice by sms, ops",
    ]


def test_a_phone_on_mute_and_a_provider_that_refuses():
    assert told(scenario(faults=(Fault("person", "alice"),)))[1:3] == [
        "+0s level 1 pages ops",
        "+0s alice does not hear it: push, sms",
    ]
    refused = scenario(faults=(Fault("person", "alice", Mode.REJECTING), Fault("provider", "slack", Mode.REJECTING)))
    assert told(refused)[1:5] == [
        "+0s level 1: everybody it paged is unreachable; next level now",
        "+0s level 2 pages bob by push",
        "+0s alice does not hear it: push, sms",
        "+5m nobody acknowledged: pass 2 begins",
    ]


def test_what_fails_for_now_is_shown_once_though_it_is_tried_again():
    lines = told(scenario(faults=(Fault("provider", "browser-push", Mode.FAILING),)))
    assert lines.count("+0s alice does not hear it: push") == 1
    assert not [line for line in lines if line.startswith(("+2s", "+7s"))]


def test_a_level_is_paged_twice_and_then_handed_over():
    assert told(scenario("twice"))[1:] == [
        "+0s level 1, attempt 1 of 2 pages bob by push",
        "+5m level 1, attempt 2 of 2 pages bob by push",
        "+10m policy 'twice' was walked 1 times and nobody acknowledged: handed over to catch_all 'page'",
        "+10m level 1 pages alice by push, sms; ops",
        "+15m level 2 pages bob by push",
        "+20m nobody acknowledged: pass 2 begins",
        "+20m level 1 pages alice by push, sms; ops",
    ]


def test_hours_are_waited_for():
    assert told(scenario("desk", "info"))[:2] == [
        "+0s 1 firing; route routes[2] → policy desk, low urgency; first page in 20m",
        "+20m level 1 pages ops",
    ]


def test_all_have_to_acknowledge():
    lines = told(scenario("both", acks=(Ack("alice", MINUTE), Ack("bob", 2 * MINUTE))))
    assert "+1m alice acknowledged; still waiting for bob" in lines
    assert "+2m acknowledged by bob" in lines


def test_what_cannot_be_done_is_remarked_on():
    lines = told(scenario(resolved=MINUTE, acks=(Ack("bob", 2 * MINUTE),)))
    assert lines[-1] == "+2m bob finds nothing to acknowledge"


def test_a_silence_withholds_and_ends():
    silence = Silence("1", (Matcher("alertname", "=", "X"),), AT - HOUR, AT + 20 * MINUTE, "bob", "migration")
    lines = told(scenario(around=Circumstances(silences=(silence,))))
    assert any("silenced" in line and "migration" in line for line in lines)
    assert "+20m level 1 pages alice by push, sms; ops" in lines


# --- where it ends ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("supposed", "seconds"),
    [
        # the second pass begins
        (scenario(), 600),
        # it is handed over, and catch_all's second pass begins
        (scenario("twice"), 1200),
        # the acknowledgement lapses
        (scenario(acks=(Ack("bob", 6 * MINUTE),)), 36 * 60),
        # somebody answers in the third pass
        (scenario(acks=(Ack("bob", 21 * MINUTE),)), 51 * 60),
        # it never lapses: nothing more is to come
        (scenario("both", acks=(Ack("alice", MINUTE), Ack("bob", 2 * MINUTE))), 120),
        (scenario(resolved=3 * MINUTE), 180),
        # resolved while acknowledged
        (scenario(acks=(Ack("bob", MINUTE),), resolved=25 * MINUTE), 25 * 60),
        # low urgency: the ladder ends
        (scenario("quiet", "info"), 30 + 600),
        # nothing opens
        (scenario("noise"), 0),
        # as long as one says, to the second
        (scenario(lasts=7 * MINUTE), 7 * 60),
        (scenario(lasts=DAY, resolved=MINUTE), 86400),
    ],
)
def test_it_ends_when_nothing_new_is_to_come(supposed, seconds):
    assert length(supposed) == seconds


def test_states_are_those_of_the_incident_between_instants():
    played = play(BOOK, scenario(acks=(Ack("bob", 6 * MINUTE),)))
    assert [(each.at - AT, each.incident.status.value, each.incident.level) for each in played.states] == [
        (0, "triggered", 1), (5 * MINUTE, "triggered", 2), (6 * MINUTE, "acknowledged", 2),
        (36 * MINUTE, "triggered", 1),
    ]  # fmt: skip


# --- the head and the sentence ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("supposed", "said"),
    [
        (
            scenario(),
            "First page to a person after 0s (alice by push and sms); if nobody answers, bob after 5m, again from "
            "level 1 after 10m.",
        ),
        (
            scenario("quiet", "info"),
            "First page to a person after 5m30s (carol by email); nobody after that.",
        ),
        (scenario("desk", "info"), "No page reaches a person, only ops."),
        (
            scenario(acks=(Ack("bob", MINUTE),)),
            "First page to a person after 0s (alice by push and sms); then acknowledged by bob after 1m, again from "
            "level 1 after 31m.",
        ),
        (
            scenario("twice"),
            "First page to a person after 0s (bob by push); if nobody answers, bob after 5m, catch_all (alice) after "
            "10m, bob after 15m, again from level 1 after 20m.",
        ),
        (
            scenario("nobody"),
            "First page to a person after 5m (alice by push and sms); if nobody answers, bob after 10m, again from "
            "level 1 after 15m.",
        ),
    ],
)
def test_the_sentence(supposed, said):
    assert sentence(supposed) == said


def test_where_nobody_at_all_hears_it_the_sentence_says_so():
    faults = (*(Fault("person", name) for name in BOOK.people), Fault("provider", "slack"))
    assert sentence(scenario(faults=faults)) == "No page reaches a person."


def test_a_silence_is_why_nobody_is_paged():
    silence = Silence("1", (Matcher("alertname", "=", "X"),), AT - HOUR, AT + 20 * DAY, "bob", "migration")
    said = sentence(scenario(around=Circumstances(silences=(silence,))))
    assert said.startswith("No page reaches a person: silenced for ")
    assert "migration" in said


def test_what_is_dropped_is_told_with_its_reason():
    supposed = scenario("noise")
    lines = text(BOOK, supposed, play(BOOK, supposed), "UTC")
    assert lines[-1] == "Nobody is told: route routes[0] drops it (somebody else looks)."
    assert not any(line.startswith(("policy", "on call")) for line in lines)
    assert document(BOOK, supposed, play(BOOK, supposed), "UTC")["route"]["drop"] == "somebody else looks"


@pytest.mark.parametrize(("service", "zone"), [("web", "Europe/Berlin"), ("desk", "Asia/Kolkata"), ("quiet", "UTC")])
def test_the_clocks_are_those_of_whom_it_pages(service, zone):
    assert zone_of(BOOK, brief(BOOK, scenario(service, "info").labels, (), AT)) == zone


def test_the_document_and_the_text_tell_the_same():
    supposed = scenario(acks=(Ack("bob", 6 * MINUTE),), faults=(Fault("contact", "person/alice/sms"),))
    played: Played = play(BOOK, supposed)
    found = document(BOOK, supposed, played, "UTC")
    assert found["summary"] == text(BOOK, supposed, played, "UTC")[-1]
    assert found["first_page_after_seconds"] == 0
    messages = [message for moment in found["timeline"] for message in moment["messages"]]
    assert len(messages) == len(played.night.messages)
    assert [m["heard"] for m in messages if m["contact"] == "person/alice/sms"] == [False, False, False]
    assert [each["after_seconds"] for each in found["timeline"]] == [0, 300, 360, 2160]


def test_a_provider_that_fails_is_tried_again_as_the_service_would_in_the_end_every_minute():
    """Between the shortest and the longest jitter: what a rehearsal shows must not depend on dice."""
    night = Night(BOOK, AT, faults=[Fault("provider", "slack", Mode.FAILING)])
    night.fire({"alertname": "X", "service": "nobody", "severity": "critical"})
    night.until(AT + 5 * MINUTE)
    tried = [message.at for message in night.messages if message.via == "slack"]
    waits = [after - before for before, after in pairwise(tried)]
    assert waits[:6] == [2 * SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, MINUTE]
