"""What each key of the language means: small files and the values that they compile to."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from escalator.core.alert import Matcher, Severity
from escalator.core.book import Book
from escalator.core.instant import DAY, HOUR, LATEST, MINUTE, SECOND, WEEK, from_datetime
from escalator.core.policy import Repage, Storm, Timing
from escalator.language import compile_book

BASE = """\
people:
  ana: {contacts: {push: browser, email: ana@example.com}}
  ben: {contacts: {push: browser, email: ben@example.com}}
hours:
  day: {timezone: Europe/London, from: 09:00, to: 17:30}
schedules:
  s: {timezone: Europe/Berlin, layers: [{people: [ana, ben], every: 12h, starts: 2026-01-05T09:00, during: day}]}
policies:
  page: {levels: [{notify: [{person: ana}]}]}
  other: {levels: [{notify: [{person: ben}]}]}
catch_all: page
"""


def book(text: str = "", **files: str) -> Book:
    compiled = compile_book({"main.yaml": BASE + text, **{f"{name}.yaml": each for name, each in files.items()}})
    assert compiled.book is not None, compiled.diagnostics
    return compiled.book


def policy(keys: str):
    return book(x=f"policies:\n  x: {{{keys}, levels: [{{notify: [{{person: ana}}]}}]}}\n").policies["x"]


def level(keys: str):
    return book(x=f"policies:\n  x: {{levels: [{{notify: [{{person: ana}}], {keys}}}]}}\n").policies["x"].levels[0]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", 90 * SECOND),
        ("5m", 5 * MINUTE),
        ("1h30m", 90 * MINUTE),
        ("2d", 2 * DAY),
        ("1w", WEEK),
        ("4h5m", 245 * MINUTE),
    ],
)
def test_durations_add_up_their_units(text, span):
    assert book(f"sources: {{alertmanager: {{refresh: {text}}}}}").refresh == {"alertmanager": span}


@pytest.mark.parametrize(
    ("condition", "matchers"),
    [
        ("payments", [("=", "payments")]),
        # Text stays text: nothing here is a boolean, a number or a time.
        ("no", [("=", "no")]),
        ("0123", [("=", "0123")]),
        ("22:30", [("=", "22:30")]),
        # A missing label is the empty text.
        ('""', [("=", "")]),
        ("[a, b, a]", [("in", ("a", "b"))]),
        ("[a]", [("=", "a")]),
        ("{not: a}", [("!=", "a")]),
        ("{not: [a, b]}", [("not in", ("a", "b"))]),
        ("{regex: a.+}", [("=~", "a.+")]),
        ("{not_regex: a.*}", [("!~", "a.*")]),
        ("{regex: a.*, not: ab}", [("=~", "a.*"), ("!=", "ab")]),
    ],
)
def test_conditions_on_a_label(condition, matchers):
    (route,) = book(f"routes: [{{match: {{x: {condition}}}, policy: page}}]").routes
    assert route.match == tuple(Matcher("x", operator, value) for operator, value in matchers)


def test_a_policy_by_severity_answers_for_all_four():
    (route,) = book("routes: [{match: {a: b}, policy: {error: other, critical: other, default: page}}]").routes
    assert route.policies == {
        Severity.INFO: "page",
        Severity.WARNING: "page",
        Severity.ERROR: "other",
        Severity.CRITICAL: "other",
    }


@pytest.mark.parametrize("ending", ["drop: noise", "drop: true, reason: noise", "drop: 'noise'"])
def test_a_drop_keeps_its_reason(ending):
    (route,) = book(f"routes: [{{match: {{a: b}}, {ending}}}]").routes
    assert route.drop == "noise"
    assert route.policies == {}


def test_defaults_hold_for_routes_that_say_nothing_else_and_for_catch_all():
    compiled = book(
        "defaults: {group_by: [cluster], group_wait: 0s, reopen_window: 1h}\n"
        "routes:\n  - {match: {a: b}, policy: page, group_wait: 1m, group_interval: 2m, reopen_hold: 3s}\n"
    )
    assert compiled.timing == Timing(("cluster",), 0, 5 * MINUTE, HOUR, MINUTE)
    assert compiled.catch_all_route.timing == compiled.timing
    assert compiled.routes[0].timing == Timing(("cluster",), MINUTE, 2 * MINUTE, HOUR, 3 * SECOND)


def test_an_empty_group_by_makes_one_incident_of_a_route():
    (route,) = book("routes: [{match: {a: b}, policy: page, group_by: []}]").routes
    assert route.timing.group_by == ()


def test_a_group_that_is_delegated_twice_keeps_its_names():
    compiled = book(
        "routes:\n  - {match: {team: x}, route_group: g}\n  - {match: {svc: y}, route_group: g}\n"
        "route_groups:\n  g: [{match: {a: b}, policy: page}, {match: {c: d}, policy: other}]\n"
    )
    assert [route.name for route in compiled.routes] == ["g[0]", "g[1]", "g[0]", "g[1]"]
    assert compiled.routes[2].match == (Matcher("svc", "=", "y"), Matcher("a", "=", "b"))


def test_policies_that_say_nothing_have_the_defaults_of_the_language():
    page = book().policies["page"]
    assert (page.urgency, page.repeat, page.ack_timeout, page.hold_until) == (None, "default", HOUR, None)
    assert page.repage_on == (Repage("severity"), Repage("growth", 2.0))
    assert page.storm == Storm(20, 5 * MINUTE)


def test_every_key_of_a_policy():
    found = policy(
        "urgency: low, repeat: 2, ack_timeout: never, hold_until: day, storm: off, "
        "repage_on: [any, growth: 1.5x, label: cluster]"
    )
    assert (found.urgency, found.repeat, found.ack_timeout, found.hold_until, found.storm) == (
        "low",
        2,
        None,
        "day",
        None,
    )
    assert found.repage_on == (Repage("any"), Repage("growth", 1.5), Repage("label", label="cluster"))
    assert policy("repeat: until_acked").repeat is None
    assert policy("storm: {over: 3, within: 1m}").storm == Storm(3, MINUTE)
    assert policy("repage_on: []").repage_on == ()


def test_every_key_of_a_level():
    found = level(
        "escalate_after: 3m, attempts: 2, when: {severity: [error, critical], during: day}, "
        "assign: round_robin, ack_mode: all"
    )
    assert (found.escalate_after, found.attempts, found.during, found.outside) == (3 * MINUTE, 2, "day", None)
    assert found.severities == {Severity.ERROR, Severity.CRITICAL}
    assert found.round_robin
    assert found.ack_all
    assert level("when: {severity: error, outside: day}").outside == "day"
    assert replace(level("attempts: 1"), where="") == replace(book().policies["page"].levels[0], where="")


def test_the_place_of_a_level_route_and_policy_is_kept():
    compiled = book("routes:\n  - match: {a: b}\n    policy: page\n")
    assert compiled.routes[0].where == "main.yaml:13:5"
    assert compiled.policies["other"].where == "main.yaml:10:3"
    assert compiled.policies["other"].levels[0].where == "main.yaml:10:20"


@pytest.mark.parametrize(
    ("days", "expected"),
    [("mon", {0}), ("mon-fri", {0, 1, 2, 3, 4}), ("[mon, wed, sat-sun]", {0, 2, 5, 6}), ("fri-mon", {4, 5, 6, 0})],
)
def test_days_are_names_ranges_and_lists_of_both(days, expected):
    assert book(x=f"hours: {{x: {{timezone: UTC, days: {days}}}}}").hours["x"].days == expected


def test_hours_without_times_are_whole_days_and_midnight_ends_one():
    compiled = book(x="hours:\n  all: {timezone: UTC}\n  late: {timezone: UTC, from: 18:00, to: 00:00}\n")
    assert (compiled.hours["all"].starts, compiled.hours["all"].ends) == (0, 1440)
    assert (compiled.hours["late"].starts, compiled.hours["late"].ends) == (1080, 1440)


def test_public_holidays_come_by_country_for_twenty_years():
    text = "holidays:\n  uk: {country: GB, subdivision: ENG}\n  own: [2026-06-01]\n"
    days = book(x=text + "hours: {x: {timezone: UTC, except: [uk, own]}}\n").hours["x"].holidays
    # Boxing Day 2026 is a Saturday: the Monday after is free instead.
    assert {date(2026, 12, 25), date(2026, 12, 28), date(2040, 12, 25), date(2026, 6, 1)} <= days
    assert date(2026, 7, 4) not in days


def test_an_override_that_ends_in_a_doubled_hour_ends_with_its_second_half():
    """Berlin sets its clocks back on 2026-10-25 at 03:00: 02:30 happens twice, at 00:30 and at 01:30 UTC."""
    window = "{schedule: s, person: ben, from: 2026-10-25T02:30, until: 2026-10-25T02:45}"
    (override,) = book(f"overrides: [{window}]").overrides
    assert override.starts_at == at("2026-10-25T00:30Z")
    assert override.ends_at == at("2026-10-25T01:45Z")


def test_an_override_from_an_hour_that_does_not_exist_starts_after_the_jump():
    (override,) = book(
        "overrides: [{schedule: s, person: ben, from: 2026-03-29T02:30, until: 2026-03-30T00:00}]"
    ).overrides
    assert override.starts_at == at("2026-03-29T01:00Z")


def test_a_silence_happens_once_or_recurs():
    once, begun, weekly = book(
        "silences:\n"
        "  - {match: {a: b}, from: 2026-03-01T22:00, until: 2026-03-01T23:30, timezone: Europe/London, reason: move}\n"
        "  - {match: {a: b}, until: 2026-07-01T12:00, timezone: Europe/London}\n"
        "  - {match: {a: b}, during: day}\n"
    ).silences
    assert (once.silence.starts_at, once.silence.ends_at) == (at("2026-03-01T22:00Z"), at("2026-03-01T23:30Z"))
    assert (once.silence.id, once.silence.by, once.silence.reason, once.during) == (
        "silences[0]",
        "policies",
        "move",
        None,
    )
    assert (begun.silence.starts_at, begun.silence.ends_at) == (0, at("2026-07-01T11:00Z"))
    assert (weekly.silence.ends_at, weekly.during) == (LATEST, "day")


def test_the_catalogue_tells_labels_from_words():
    known = book("alerts: {A: {severity: info, team: x, summary: s, description: d, runbook: r}}").alerts["A"]
    assert known.labels == {"severity": "info", "team": "x"}
    assert known.annotations == {"summary": "s", "description": "d", "runbook_url": "r"}


def test_sections_that_are_empty_or_split_over_files_are_one_policy():
    compiled = book(
        "routes:\nteams:\n", a="teams: {x: [ana]}\n", b="teams: {y: [ben]}\n# nothing else\n", c="# empty\n"
    )
    assert compiled.teams == {"x": ("ana",), "y": ("ben",)}
    assert compiled.routes == ()


def at(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text))


def test_whoever_serves_twice_in_a_rotation_stands_twice():
    text = BASE.replace("people: [ana, ben], every", "people: [ana, ben, ana], every")
    compiled = compile_book({"main.yaml": text})
    assert compiled.book is not None, compiled.diagnostics
    assert compiled.book.schedules["s"].layers[0].people == ("ana", "ben", "ana")
