"""The classes of alerts: every alert is in one, each example is of its class, and what cannot be is left out."""

import random

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from escalator.core.alert import Matcher, Severity, severity_of
from escalator.core.book import Book
from escalator.rehearsal.proof.classes import UNPLANNED, class_of, classes
from escalator.rehearsal.proof.samples import MOST, samples
from tests.rehearsal.organisations import organisation
from tests.rehearsal.written import book as written

BASE = """
version: 1
people: {ana: {contacts: {email: ana@example.com}}}
policies:
  page: {levels: [{notify: [{person: ana}]}]}
  calm: {levels: [{notify: [{person: ana}]}]}
catch_all: page
"""


def book(text: str) -> Book:
    return written(BASE + text)


def spoken(found: Book, *match: Matcher) -> list[str]:
    return [
        str(each).removeprefix("critical alerts by ")
        for each in classes(found, match)
        if each.severity is Severity.CRITICAL
    ]


@pytest.mark.parametrize("seed", range(40))
def test_every_alert_is_of_a_class_and_every_example_of_its_own(seed: int) -> None:
    book = organisation(seed)
    found = {(each.route.name, each.severity) for each in classes(book)}
    dice = random.Random(seed)
    for _ in range(200):
        labels = {"alertname": dice.choice("ABC")}
        labels |= {"severity": dice.choice(["critical", "error", "warning", "info", "odd", ""])}
        labels |= {"service": dice.choice(["svc0", "svc1", "svc2", "shared", "web", "", "other"])}
        about = class_of(book, {name: value for name, value in labels.items() if value})
        assert (about.route.name, about.severity) in found
    for each in classes(book):
        assert each.labels is not None
        assert book.route(each.labels).name == each.route.name
        assert severity_of(each.labels) is each.severity


def test_a_route_for_warnings_is_no_business_of_a_promise_for_critical_ones() -> None:
    found = book("routes: [{match: {service: db, severity: [warning, info]}, policy: calm}]\n")
    assert spoken(found, Matcher("severity", "=", "critical")) == ["catch_all → policy page"]


def test_what_an_earlier_route_takes_is_left_to_it() -> None:
    found = book("routes: [{match: {service: [a, b]}, policy: calm}, {match: {service: b, env: x}, policy: page}]\n")
    assert spoken(found) == ["routes[0] → policy calm", "catch_all → policy page"]


def test_the_catalogue_is_complete() -> None:
    """A route whose alerts are all warnings is never critical; an alert that nobody planned for still may be."""
    catalogue = "alerts: {Slow: {severity: warning}}\nroutes: [{match: {alertname: Slow}, policy: calm}]\n"
    assert spoken(book(catalogue)) == ["catch_all → policy page"]
    open_ = "routes: [{match: {alertname: Slow}, policy: calm}]\n"
    assert spoken(book(open_)) == ["routes[0] → policy calm", "catch_all → policy page"]


def test_an_alert_that_nobody_planned_for_has_a_name() -> None:
    assert classes(book(""))[0].labels == {"alertname": UNPLANNED, "severity": "critical"}


def test_what_patterns_might_match_counts_as_possible() -> None:
    """No example of `[a-f]{3}x` is guessed, and none is excluded."""
    found = book("routes: [{match: {service: {regex: '[a-f]{3}x'}}, policy: calm}]\n")
    about = next(each for each in classes(found) if each.route.name == "routes[0]")
    assert about.labels is None


def test_a_pattern_is_matched_by_what_is_made_of_it() -> None:
    found = book("routes: [{match: {service: {regex: '(db|cache)-[0-9]+'}}, policy: calm}]\n")
    about = next(each for each in classes(found) if each.route.name == "routes[0]")
    assert about.labels is not None
    assert about.labels["service"].startswith("db-")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a|b", ("a", "b")),
        ("(?:eu|us)-(east|west)", ("eu-east", "eu-west", "us-east", "us-west")),
        ("prod-\\d+", ("prod-1",)),
        (".*", ("", "x", "1")),
        ("web.*", ("web", "webx", "web1")),
        ("a\\.b", ("a.b",)),
        ("[^a]b", ("xb", "1b")),
    ],
)
def test_texts_of_a_pattern(pattern: str, found: tuple[str, ...]) -> None:
    assert samples(Matcher("label", "=~", pattern))[: len(found)] == found


@given(st.from_regex(r"[a-z.\[\]()|*+?\\d^$]{0,12}", fullmatch=True))
def test_no_pattern_is_too_odd_and_every_text_is_matched(pattern: str) -> None:
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error:
        return
    assert all(compiled.fullmatch(text) for text in samples(Matcher("label", "=~", pattern)))


def test_a_pattern_of_very_many_texts_is_read_as_far_as_64_of_them():
    numbers = "|".join(map(str, range(100)))
    assert samples(Matcher("label", "=~", f"(?:{numbers})"))[-1] == str(MOST - 1)
