"""Test files: what is wrong with them is said with its place, and whatever stands in them, nothing raises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalator.language import render
from escalator.language.shapes import trials as shapes
from escalator.language.trials import compile_trials
from tests.rehearsal.nights import SHIPPED, book, codes, shipped, suite, told

BOOK = book()
FIRE = "- {at: 0m, fire: {alertname: Down}}"
OK = "- {at: 0m, paged: ben}"


@pytest.mark.parametrize(
    ("events", "expect", "code"),
    [
        ("- {at: 0m, fyre: {alertname: Down}}", OK, ["E120"]),
        ("- {at: 0, fire: {alertname: Down}}", OK, ["E126"]),
        ("- {fire: {alertname: Down}}", OK, ["E121"]),
        ("- {at: 0m}", OK, ["E301"]),
        ("- {at: 0m, ack: ben, unack: ben}", OK, ["E301"]),
        ("- {at: 0m, ack: bne}", OK, ["E210"]),
        ("- {at: 0m, ack: primary}", OK, ["E210"]),
        ("- {at: 0m, fire: {}}", OK, ["E122"]),
        ("- {at: 0m, fire: Down}", OK, ["E122"]),
        ("- {at: 0m, fire: []}", OK, ["E122"]),
        ("- {at: 0m, snooze: {by: ben}}", OK, ["E121"]),
        ("- {at: 0m, snooze: ben}", OK, ["E122"]),
        ("- {at: 0m, escalate: {by: ben, level: 0}}", OK, ["E127"]),
        ("- {at: 0m, reassign: {by: ben, to: ana}}", OK, ["E122"]),
        ("- {at: 0m, reassign: {by: ben, to: {person: ops}}}", OK, ["E210"]),
        ("- {at: 0m, note: {by: ben}}", OK, ["E121"]),
        ("- {at: 0m, fault: {mode: silent}}", OK, ["E307"]),
        ("- {at: 0m, fault: {person: ben, provider: twilio}}", OK, ["E307"]),
        ("- {at: 0m, fault: {provider: twillio}}", OK, ["E125"]),
        ("- {at: 0m, fault: {person: ben, mode: loud}}", OK, ["E125"]),
        ("- {at: 0m, mend: {person: ben, mode: silent}}", OK, ["E120"]),
        ("- {at: 0m, fault: {contact: ben}}", OK, ["E303"]),
        ("- {at: 0m, fault: {contact: ben by email}}", OK, ["E303"]),
        ("- {at: 0m, unusable: [ben by sms, nobody]}", OK, ["E303"]),
        ("- {at: 0m, silence: {match: {}, for: 1h}}", OK, ["E282"]),
        ("- {at: 0m, silence: {match: {a: =~b}, for: 1h}}", OK, ["E138"]),
        ("- {at: 0m, override: {schedule: ben, person: ben, for: 1h}}", OK, ["E210"]),
        ("- {at: 0m, source: loud}", OK, ["E125"]),
        ("- {at: 0m, ack: ben, refused: perhaps}", OK, ["E125"]),
        (FIRE, "- {paged: ben}", ["E302"]),
        (FIRE, "- {at: 0m}", ["E302"]),
        (FIRE, "- {at: 0m, no_pages_between: [0m, 1m]}", ["E302"]),
        (FIRE, "- {no_pages_between: [5m, 1m]}", ["E137"]),
        (FIRE, "- {no_pages_between: [5m]}", ["E122"]),
        (FIRE, "- {no_pages_between: 5m}", ["E122"]),
        (FIRE, "- {at: 0m, paged: [ops]}", ["E303"]),
        (FIRE, "- {at: 0m, paged: [primary]}", ["E303"]),
        (FIRE, "- {at: 0m, paged: [ben by email]}", ["E303"]),
        (FIRE, "- {at: 0m, channels: [opps]}", ["E210"]),
        (FIRE, "- {at: 0m, event: rised}", ["E125"]),
        (FIRE, "- {at: 0m, status: acked}", ["E125"]),
        (FIRE, "- {status: {at: 1m}}", ["E121"]),
        (FIRE, "- {incidents: many}", ["E127"]),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_code(events, expect, code):
    assert codes(told(events, expect), BOOK) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("tset: []", ["E120"]),
        ("- a", ["E122"]),
        ("version: 2", ["E140"]),
        ("tests: {}", ["E122"]),
        ("tests: [{name: a}]", ["E121", "E121", "E121"]),
        ("routes: [{labels: {a: b}}]", ["E305"]),
        ("routes: [{labels: {a: b}, route: nowhere}]", ["E305"]),
        ("routes: [{labels: {a: b}, policy: nowhere}]", ["E210"]),
        ("routes: [{policy: page}]", ["E121"]),
        ("tests: [", ["E102"]),
        ("a: &b c", ["E103"]),
    ],
)
def test_a_file_of_another_shape(text, code):
    assert codes(text, BOOK) == code


@pytest.mark.parametrize(
    ("events", "expect", "place", "cure"),
    [
        ("- {at: 0m, ack: bne}", OK, "main.test.yaml:6:23", "did you mean `ben`?"),
        ("- {at: 0m, ack: primary}", OK, "main.test.yaml:6:23", "`primary` is a schedule, not a person"),
        (FIRE, "- {at: 0m, paged: [ops]}", "main.test.yaml:8:26", "`ops` is a channel: write `channels: [ops]`"),
        (FIRE, "- {at: 0m, paged: [ben via sms]}", "main.test.yaml:8:26", "write `ben by sms`"),
        (FIRE, "- {at: 0m, paged: [ben by email]}", "main.test.yaml:8:26", "ben has `push`, `sms`"),
        (FIRE, "- {at: 0m, chanels: []}", "main.test.yaml:8:18", "did you mean `channels`?"),
        ("- {at: 0m, ack: ben, unack: ben}", OK, "main.test.yaml:6:9", "write one event for each, in their order"),
    ],
)
def test_what_is_wrong_has_its_place_and_its_cure(events, expect, place, cure):
    sources = {"main.test.yaml": told(events, expect)}
    found = compile_trials(sources, BOOK).diagnostics
    assert (found[0].where, found[0].help.split("; ")[0]) == (place, cure)
    assert "^" in render(found, sources)


@pytest.mark.parametrize("line", ["- paged", "- {5m: a, 6m: b}", "- 5m: [a]"])
def test_a_line_of_a_timeline_is_one_time_and_one_text(line):
    assert codes(told(FIRE, more=f"timeline:\n  {line}"), BOOK) == ["E306"]


def test_two_tests_of_one_name_are_both_shown():
    text = told(FIRE, OK) + told(FIRE, OK).removeprefix("tests:\n")
    found = compile_trials({"a.test.yaml": text}, BOOK).diagnostics
    assert [each.code for each in found] == ["E304"]
    assert found[0].notes[0].mark.line == 2


def test_one_mistake_keeps_the_others_from_being_played_but_not_from_being_said():
    found = compile_trials({"a.test.yaml": "x: 1", "b.test.yaml": "y: 1", "c.test.yaml": told(FIRE, OK)}, BOOK)
    assert [each.file for each in found.diagnostics] == ["a.test.yaml", "b.test.yaml"]
    assert found.suites == ()


def test_a_night_begins_by_the_clock_of_its_zone():
    (london,) = suite(told(FIRE, OK), BOOK).trials
    (tokyo,) = suite(told(FIRE, OK).replace("Europe/London", "Asia/Tokyo"), BOOK).trials
    assert london.starts - tokyo.starts == 9 * 3_600_000_000


KEYS = sorted({
    key for shape in (shapes.TRIALS, shapes.TRIAL, shapes.EVENT, shapes.EXPECTATION, shapes.CASE, shapes.FAULT,
                      shapes.SNOOZE, shapes.REASSIGN, shapes.SILENCE, shapes.OVERRIDE, shapes.STATUS, shapes.NOTE)
    for key in shape
})  # fmt: skip
WORDS = st.sampled_from([
    "0m", "5m", "9999w", "-1m", "ben", "ana by sms", "ops", "primary", "page", "routes[0]", "critical", "true",
    "silent", "twilio", "", "~", "acknowledged", "opened", "2026-03-04T03:10", "Europe/London",
    "\N{SNOWMAN}", "a: b", "999999999999",
])  # fmt: skip
NODES = st.recursive(
    WORDS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=25,
)


def flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return '"' + value.encode("unicode_escape").decode().replace('"', "'").replace("\\'", "'").replace("\\x", "x") + '"'


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), NODES, max_size=5))
def test_whatever_stands_under_the_keys_it_is_read_or_complained_of(event):
    codes(f"tests: [{flow(event)}]", BOOK)
    codes(told(f"- {flow(event)}", f"- {flow(event)}"), BOOK)
    codes(f"routes: [{flow(event)}]\ntests: {flow(event)}", BOOK)


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["tests:", "- ", "{", "}", "[", "\n", "  ", "at: ", "0m", "&a"])).map("".join)
)
def test_whatever_the_text_it_is_read_or_complained_of(text):
    codes(text, BOOK)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 4000), st.integers(0, 60), st.sampled_from(["", "x", "\t", "{", "]", ": ", "#", "\x00", "- ", "\n"])
)
def test_a_mangled_file_is_read_or_complained_of(at, cut, put):
    text = (SHIPPED / "boardroom.test.yaml").read_text(encoding="utf-8")
    codes(text[:at] + put + text[at + cut :], BOARDROOM)


BOARDROOM = shipped()
