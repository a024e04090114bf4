"""Prometheus rules as the alert catalogue."""

import pytest

from escalator.importers import SOURCES, Unimportable
from escalator.language import compile_book
from tests.importers.exported import imported, lines

RESULT = imported("prometheus-rules")
POLICY = """version: 1
people: {ana: {contacts: {email: ana@example.com}}}
routes: [{match: {team: platform}, policy: page}]
policies: {page: {levels: [{notify: [{person: ana}]}]}}
catch_all: page
"""


def read(text, name="rules.yml"):
    return SOURCES["prometheus-rules"]({name: text.encode()})


def catalogue(result):
    compiled = compile_book({"main.yaml": POLICY, **result.files})
    assert compiled.book is not None, compiled.diagnostics
    return compiled.book.alerts


def test_only_the_catalogue_is_written():
    assert list(RESULT.files) == ["alerts.yaml"]


def test_labels_and_texts_carry_over():
    known = catalogue(RESULT)
    assert dict(known["NodeDown"].labels) == {"severity": "critical", "team": "platform"}
    assert dict(known["NodeDown"].annotations) == {
        "summary": "A node does not answer", "runbook_url": "https://runbooks.example.com/node-down",
    }  # fmt: skip
    assert known["Errors"].annotations["description"] == "Errors: more than one a second"


def test_an_alert_without_the_label_is_routed_by_the_catalogue():
    compiled = compile_book({"main.yaml": POLICY, **RESULT.files})
    assert compiled.book.route(compiled.book.filled({"alertname": "NodeDown"})).name == "routes[0]"


def test_what_prometheus_fills_in_is_left_out_and_said():
    lost = "\n".join(lines(RESULT, "lost"))
    assert "alert NodeDown: annotation `description`: its template is filled by Prometheus" in lost
    assert "alert Errors: label `service`: its template is filled by Prometheus" in lost
    assert "{{" not in RESULT.files["alerts.yaml"]


def test_rules_of_the_prometheus_operator_are_read():
    assert "Watchdog" in catalogue(RESULT)


def test_a_name_that_stands_twice_keeps_what_both_agree_on():
    assert dict(catalogue(RESULT)["DiskFull"].labels) == {"team": "platform"}
    assert any("their `severity` differs: left out" in line for line in lines(RESULT, "changed"))


def test_recording_rules_and_other_annotations_are_reported():
    lost = "\n".join(lines(RESULT, "lost"))
    assert "recording rules" in lost
    assert "annotation `dashboard`: it comes with the alert itself" in lost


def test_severities_that_count_as_critical_are_said():
    changed = "\n".join(lines(RESULT, "changed"))
    assert "severity `page` counts as critical" in changed
    assert "alert Watchdog: no severity" in changed


def test_labels_that_the_catalogue_has_other_words_for_are_left_out():
    result = read("groups: [{name: g, rules: [{alert: A, labels: {summary: x, runbook: y, severity: info}}]}]\n")
    assert dict(catalogue(result)["A"].labels) == {"severity": "info"}
    assert sum("another use for the word" in line for line in lines(result, "lost")) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("groups: []\n", "rules.yml: groups: no alerting rule"),
        ("groups: [{name: g, rules: [{expr: up}]}]\n", "rules.yml: groups[0].rules[0].alert: expected text"),
        ("groups: {a: b}\n", "rules.yml: groups: expected a list"),
        ("groups: [{name: g, rules: [{alert: A, labels: [x]}]}]\n", "labels: expected a mapping"),
        ("groups:\n  - name: g\n  - name: g\n   rules: []\n", "rules.yml: line 4"),
        ("a: 1\n---\nb: 2\n", "rules.yml: line 2: a file holds one document"),
    ],
)
def test_what_is_no_rule_file_is_refused_with_its_place(text, told):
    with pytest.raises(Unimportable) as refused:
        read(text)
    assert told in str(refused.value)
