"""Alertmanager: every alert's receivers, by an oracle that walks the route tree as Alertmanager does."""

import json
import re
from itertools import product

import pytest

from escalator.core.alert import Matcher
from escalator.core.instant import HOUR, MINUTE, SECOND
from escalator.importers import SOURCES, Unimportable
from escalator.importers.alertmanager.matching import matchers
from escalator.importers.fields import Field
from tests.importers.exported import book, files, imported, lines

RESULT = imported("alertmanager")
BOOK = book(RESULT)
TEXT = files("alertmanager")["alertmanager.yml"].decode()


def read(text):
    return SOURCES["alertmanager"]({"alertmanager.yml": text.encode()})


def routed(*routes):
    more = "".join(f"    - {route}\n" for route in routes)
    names = ", ".join(f"{{name: {name}, webhook_configs: [{{url: 'http://{name}.example.com'}}]}}" for name in "abcd")
    return read(f"route:\n  receiver: a\n  routes:\n{more}receivers: [{names}]\n")


def told(of, labels):
    """Names of the channels, or None where the alert is dropped."""
    route = of.route({"severity": "warning", **labels})
    if route.drop is not None:
        return None
    (policy,) = set(route.policies.values())
    return {target.name for level in of.policies[policy].levels for target in level.targets if target.kind == "channel"}


# Alertmanager's own walk over the example: (conditions, receiver, continue, children).
TREE = [
    ({}, "audit", True, []),
    ({"service": "foo1|foo2|baz"}, "team-X-mails", False, [({"severity": "critical"}, "team-X-pager", False, [])]),
    ({"service": "files"}, "team-Y-mails", False, [({"severity": "critical"}, "team-Y-pager", False, [])]),
    ({"team": "frontend", "!env": "dev|test"}, "frontend", True, []),
    ({"namespace": "kube-.*", "!alertname": "Watchdog", "node": "worker-[0-9]+"}, "chat", False, []),
    ({"alertname": "Watchdog"}, "null", False, []),
    ({"service": "files", "severity": "critical"}, "chat", False, []),
]
CHANNELS = {
    "team-X-mails": {"team-X+alerts", "team-Y+alerts"},
    "team-X-pager": {"team-X+alerts-critical", "team-X-pager pagerduty"},
    "team-Y-mails": {"team-Y+alerts"}, "team-Y-pager": {"team-Y-pager pagerduty"},
    "frontend": {"frontend", "frontend telegram"}, "chat": {"chat slack"}, "audit": {"audit webhook"}, "null": set(),
}  # fmt: skip


def holds(conditions, labels):
    return all(
        bool(re.fullmatch(pattern, labels.get(label.lstrip("!"), ""))) != label.startswith("!")
        for label, pattern in conditions.items()
    )


def receivers(children, own, labels):
    """Alertmanager's `Route.Match`: every child that matches, up to the first that does not continue; else itself."""
    found = []
    for conditions, receiver, goes_on, below in children:
        if holds(conditions, labels):
            found += receivers(below, receiver, labels)
            if not goes_on:
                break
    return found or [own]


VALUES = {
    "service": ["", "foo1", "baz", "files", "other"], "severity": ["warning", "critical"], "team": ["", "frontend"],
    "env": ["", "dev", "prod"], "namespace": ["", "kube-system"], "node": ["", "worker-7"],
    "alertname": ["X", "Watchdog"],
}  # fmt: skip


def test_every_alert_comes_where_it_came_except_where_continue_cannot_be_carried():
    differing = 0
    for values in product(*VALUES.values()):
        labels = {label: value for label, value in zip(VALUES, values, strict=True) if value}
        expected = receivers(TREE, "team-X-mails", labels)
        if "frontend" in expected and len(expected) > 2:
            # `continue` and a later sibling: the later one alone, as the report says.
            expected.remove("frontend")
            differing += 1
        channels = set().union(*(CHANNELS[name] for name in expected))
        assert (told(BOOK, labels) or set()) == channels, labels
    assert differing
    assert any("goes to that one alone" in line for line in lines(RESULT, "changed"))


def test_what_no_route_takes_reaches_a_person_too():
    levels = BOOK.policies[BOOK.catch_all].levels
    assert [str(target) for target in levels[0].targets] == ["person on-call", "channel audit webhook"]
    assert dict(BOOK.people["on-call"].contacts) == {"email": "secret:ON_CALL_EMAIL"}
    assert any("`on-call` stands for them" in line for line in lines(RESULT, "changed"))


def test_timing_is_inherited_and_written_where_it_differs():
    by_policy = {next(iter(route.policies.values())): route.timing for route in BOOK.routes if route.policies}
    assert BOOK.timing.group_by == ("alertname", "cluster")  # severity cannot group
    assert by_policy["team-Y-pager audit"].group_wait == 10 * SECOND
    assert by_policy["team-Y-mails audit"] == BOOK.timing
    assert by_policy["frontend audit"].group_by == ("alertname", "service")
    assert "# was: every label" in RESULT.files["main.yaml"]
    assert BOOK.refresh == {"alertmanager": 3 * HOUR + 5 * MINUTE}


def test_a_receiver_is_told_again_until_somebody_acknowledges():
    policy = BOOK.policies["team-Y-pager audit"]
    assert (policy.repeat, policy.levels[0].escalate_after, policy.urgency) == (None, HOUR, "low")


def test_a_mute_interval_is_a_silence_and_one_by_dates_is_not():
    (silence,) = BOOK.silences
    hours = BOOK.hours[silence.during]
    assert (hours.timezone, hours.starts, hours.ends, hours.days) == ("Europe/Berlin", 0, 7 * 60, frozenset(range(5)))
    assert Matcher("alertname", "!=", "Watchdog") in silence.silence.matchers
    assert any("muted during `christmas`" in line for line in lines(RESULT, "lost"))


def test_secrets_are_named_not_written():
    everything = "".join(RESULT.files.values()) + RESULT.report.as_text() + json.dumps(RESULT.report.as_document())
    for secret in (
        "notarealsecret",
        "alsonotreal",
        "0123456789abcdef",
        "fedcba9876",
        "EXAMPLEnotARealToken",
        "hook/private",
    ):
        assert secret not in everything


def test_inhibition_templates_and_global_are_reported():
    lost = "\n".join(lines(RESULT, "lost"))
    for told_of in ("inhibit_rules[0]: inhibition", "templates: notification templates", "global: credentials"):
        assert told_of in lost


@pytest.mark.parametrize(
    ("route", "found"),
    [
        ({"match": {"a": "b"}}, ["a = 'b'"]),
        ({"match_re": {"a": "b|c"}}, ["a =~ 'b|c'"]),
        ({"matchers": ['a="b"', "c!=d", "e=~f.*", 'g!~"h"']}, ["a = 'b'", "c != 'd'", "e =~ 'f.*'", "g !~ 'h'"]),
        ({"matchers": ['{a="b", c=~"d,e"}']}, ["a = 'b'", "c =~ 'd,e'"]),
        ({"matchers": [' "with space" = "x" ']}, ["with space = 'x'"]),
        ({"matchers": ['a=""']}, ["a = ''"]),
        ({"matchers": [r'a="quote \" and \\ "']}, ["a = 'quote \" and \\\\ '"]),
        ({"matchers": ['a=~".*"']}, []),
        ({}, []),
    ],
)  # fmt: skip
def test_old_and_new_matchers_are_read(route, found):
    assert [str(one) for one in matchers(Field("f", "route", route))] == found


def test_a_receiver_that_no_route_leads_to_is_said():
    assert "receiver d: no route leads to it" in lines(routed("{matchers: [x=y], receiver: b}"), "lost")


def test_what_is_no_matcher_is_refused_with_its_place():
    with pytest.raises(
        Unimportable, match=r"alertmanager.yml: route.routes\[0\].matchers\[0\]: `nonsense` is not a matcher"
    ):
        routed("{matchers: [nonsense], receiver: b}")


def test_a_child_that_takes_everything_replaces_its_parents_receiver():
    result = routed("{receiver: b}", "{matchers: [x=y], receiver: c}")
    assert [str(target) for target in book(result).policies["catch-all"].levels[0].targets] == [
        "person on-call",
        "channel b webhook",
    ]
    assert any("an earlier route takes every alert" in line for line in lines(result, "lost"))


def test_continue_on_the_last_child_means_nothing():
    result = routed("{matchers: [x=y], receiver: b, continue: true}")
    assert told(book(result), {"x": "y"}) == {"b webhook"}
    assert not any("continue" in line for line in lines(result, "changed"))


def test_conditions_of_parents_are_added_and_contradictions_left_out():
    result = routed(
        "{matchers: [x=y], receiver: b, routes: [{matchers: [x=z], receiver: c}, {matchers: ['x=~y|w'], receiver: d}]}"
    )
    assert told(book(result), {"x": "y"}) == {"d webhook"}
    assert any("no value of `x` satisfies them" in line for line in lines(result, "lost"))


def test_two_patterns_on_one_label_cannot_be_written():
    result = routed("{matchers: ['x=~a.*'], receiver: b, routes: [{matchers: ['x=~.*z'], receiver: c}]}")
    assert any("two patterns for `x`" in line for line in lines(result, "lost"))
    assert told(book(result), {"x": "a"}) == {"b webhook"}


def test_look_around_is_reported():
    result = routed("{matchers: ['x=~(?!a).*'], receiver: b}")
    assert any("is not RE2" in line for line in lines(result, "lost"))


def test_an_unknown_receiver_and_one_that_has_no_channel_are_reported():
    result = read(
        "route: {receiver: a, routes: [{matchers: [x=y], receiver: gone}]}\n"
        "receivers: [{name: a, incidentio_configs: [{}]}]\n"
    )
    lost = "\n".join(lines(result, "lost"))
    assert "receiver gone: there is none of this name" in lost
    assert "incidentio has no channel here" in lost
    assert book(result).route({"x": "y", "severity": "info"}).drop


@pytest.mark.parametrize(
    ("text", "told_of"),
    [
        ("receivers: []\n", "route: there must be one file with a `route`"),
        ("route: [\n", "line "),
        ("route: &x {receiver: a}\n", "line 1: anchors"),
        ("route: {receiver: a, group_wait: soon}\nreceivers: []\n", "route.group_wait: `soon` is not a duration"),
        ("route: {receiver: a, routes: {a: b}}\nreceivers: []\n", "route.routes: expected a list"),
        ("route: text\nreceivers: []\n", "route: expected an object"),
    ],
)
def test_what_is_not_a_configuration_is_refused_with_its_place(text, told_of):
    with pytest.raises(Unimportable) as refused:
        read(text)
    assert told_of in str(refused.value)
    assert str(refused.value).startswith("alertmanager.yml: ")
