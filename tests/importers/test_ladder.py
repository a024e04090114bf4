"""Rungs at a distance from the start, as levels with waits between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalator.core.alert import Matcher
from escalator.importers.ladder import Rung, levels, repeats, span
from escalator.importers.matches import Unwritable, equal, listed, written
from escalator.importers.routes import Routes
from escalator.importers.sheet import Sheet
from escalator.importers.writing import flow
from escalator.language.scalars import DURATION, UNITS

A, B, C = (("person", name) for name in "abc")


def written_levels(*rungs, end=0):
    return [flow(level) for level in levels(Sheet("a test"), "chain x", rungs, end)]


def test_what_is_told_at_one_instant_is_one_level():
    assert written_levels(Rung(0, (A,)), Rung(0, (B, A)), Rung(600, (C,)), end=900) == [
        "{notify: [{person: a}, {person: b}], escalate_after: 10m}", "{notify: [{person: c}]}",
    ]  # fmt: skip


def test_a_round_robin_stands_alone_a_second_later():
    assert written_levels(Rung(0, (A,)), Rung(0, (B, C), turns=True), Rung(0, (A,)), end=301) == [
        "{notify: [{person: a}], escalate_after: 1s}",
        "{notify: [{person: b}, {person: c}], escalate_after: 1s, assign: round_robin}",
        "{notify: [{person: a}], escalate_after: 4m59s}",
    ]


def test_a_rung_that_names_nobody_keeps_its_time():
    assert written_levels(Rung(0, (A,)), Rung(300, ()), Rung(900, (B,)), end=1200)[0].endswith("escalate_after: 15m}")


def test_rungs_may_come_in_any_order():
    assert written_levels(Rung(60, (B,)), Rung(0, (A,))) == [
        "{notify: [{person: a}], escalate_after: 1m}",
        "{notify: [{person: b}]}",
    ]


def test_without_a_rung_everybody_is_told_and_the_report_says_so():
    sheet = Sheet("a test")
    sheet.put("people", sheet.name("people", "ana"), {"contacts": {"push": "browser"}})
    assert levels(sheet, "chain x", [], 0) == [{"notify": [{"team": "everybody"}]}]
    assert "it pages everybody" in sheet.report.lines("lost")[0].why


@given(st.integers(1, 400 * 86400))
def test_spans_are_written_exactly(seconds):
    found = DURATION.fullmatch(span(seconds))
    assert found
    assert (
        sum(int(count or 0) * size for count, size in zip(found.groups(), UNITS.values(), strict=True))
        == seconds * 10**6
    )


@pytest.mark.parametrize(("count", "said"), [(None, "until_acked"), (0, 0), (3, 3), (-5, 0), (1000, 100)])
def test_repeats_stay_within_what_the_language_takes(count, said):
    assert repeats(count) == said


@pytest.mark.parametrize(
    ("pattern", "values"),
    [("a|b", ("a", "b")), ("(a|b)", ("a", "b")), ("(?:x)", ("x",)), ("a.b", None), ("a+", None), ("a|", None)],
)
def test_a_pattern_that_only_lists_is_a_list(pattern, values):
    assert listed(pattern) == values


def test_conditions_on_one_label_are_joined():
    match = written(
        [
            Matcher("a", "=~", "x.*"),
            Matcher("a", "!=", "x1"),
            Matcher("a", "not in", ("x2", "x3")),
            Matcher("a", "!~", "y"),
            Matcher("a", "!~", "z"),
        ]
    )
    assert match == {"a": {"regex": "x.*", "not": ["x1", "x2", "x3"], "not_regex": "(?:y)|(?:z)"}}
    assert written([Matcher("a", "in", ("x", "y", "z")), Matcher("a", "!=", "y")]) == {"a": ["x", "z"]}


@pytest.mark.parametrize(
    "matchers",
    [
        [Matcher("a", "=", "x"), Matcher("a", "=", "y")],
        [Matcher("a", "=~", "x.*"), Matcher("a", "=~", ".*y")],
        [Matcher("a", "!=", "=~x")],
    ],
)
def test_what_no_match_can_say_is_refused(matchers):
    with pytest.raises(Unwritable):
        written(matchers)


def test_a_value_that_looks_like_an_operator_becomes_a_pattern():
    assert equal("=~x") == {"regex": r"\=\~x"}
    assert written([Matcher("a", "=", "!~x.y")]) == {"a": {"regex": r"\!\~x\.y"}}


def test_a_route_that_no_alert_can_reach_is_left_out_and_said():
    sheet = Sheet("a test")
    lines = Routes(sheet)
    assert lines.add("one", [Matcher("a", "in", ("x", "y"))], {"policy": "p"})
    assert not lines.add("two", [Matcher("a", "=", "x"), Matcher("b", "=", "z")], {"policy": "p"})
    assert lines.add("three", [Matcher("b", "=", "z")], {"policy": "p"})
    assert len(sheet.routes) == 2
    assert sheet.report.lines("lost")[0].source == "two"
