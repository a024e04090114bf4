"""`escalator policy verify`, as it is typed."""

GOOD = """
version: 1
people:
  ana: {contacts: {push: browser, sms: secret:ANA}}
  ben: {contacts: {push: browser, sms: secret:BEN}}
policies:
  page: {levels: [{notify: [{person: ana}]}, {notify: [{person: ben}]}]}
catch_all: page
"""


def write(folder, text):
    (folder / "policies").mkdir(exist_ok=True)
    (folder / "policies" / "main.yaml").write_text(text)


def test_what_is_proved_is_said_in_a_line_a_class(run, tmp_path):
    write(tmp_path, GOOD)
    printed = run("policy", "verify")
    assert printed.code == 0
    assert printed.out == (
        "ok    critical alerts by catch_all → policy page: within 15m; no fault 0s, worst 5m with person ana down, "
        "silently\n"
    )
    assert printed.err.startswith("Proved: 400 days, ")


def test_what_is_broken_is_shown_as_a_timeline(run, tmp_path):
    write(tmp_path, GOOD.replace("{person: ben}", "{person: ana}"))
    printed = run("policy", "verify", "policies")
    assert printed.code == 1
    assert "worst NEVER with person ana down, silently" in printed.out
    assert "ana does not hear it: push, sms" in printed.out
    assert printed.err.startswith("1 broken: 400 days, ")


def test_programs_get_everything(run, tmp_path):
    write(tmp_path, GOOD)
    found = run("policy", "verify", "--days", "30", "--json").json
    (one,) = found["guarantees"]
    assert found["holds"] is True
    assert one["example"] == {"alertname": "SomethingNew", "severity": "critical"}
    assert one["worst"]["reached_after_seconds"] == 300
    assert one["worst"]["fault"] == {"kind": "person", "name": "ana", "mode": "silent"}
    assert one["without_fault"]["fault"] is None


def test_a_gap_in_declared_coverage_is_an_error_of_the_policies(run, tmp_path):
    layer = "{people: [ana], every: 1w, starts: 2026-01-05T09:00, until: 2026-01-12T09:00}"
    schedule = f"schedules: {{s: {{timezone: Europe/London, coverage: always, layers: [{layer}]}}}}\n"
    write(tmp_path, GOOD + schedule)
    printed = run("policy", "verify")
    assert printed.code == 1
    assert "E261" in printed.err


def test_a_broken_promise_says_where_it_stands(run, tmp_path):
    promise = "guarantees:\n  - {match: {severity: critical}, reach_human_within: 1m, tolerate: [person]}\n"
    write(tmp_path, GOOD + promise)
    assert "within 1m (policies/main.yaml:10:5); no fault 0s, worst 5m" in run("policy", "verify").out


def test_silences_are_listed_beside_the_proof(run, tmp_path):
    silence = "{match: {service: db}, until: 2099-01-01T00:00, from: 2098-12-20T00:00, timezone: UTC, reason: rebuild}"
    write(tmp_path, f"{GOOD}silences:\n  - {silence}\n")
    printed = run("policy", "verify")
    assert printed.code == 0
    assert "note  policies/main.yaml:10:5: this silence is no part of the proof: rebuild" in printed.out
    assert run("policy", "verify", "--json").json["silences"] == ["policies/main.yaml:10:5"]


def test_policies_that_do_not_pass_their_check_are_not_proved(run, tmp_path):
    write(tmp_path, GOOD.replace("catch_all: page", "catch_all: pgae"))
    printed = run("policy", "verify")
    assert printed.code == 1
    assert "E210" in printed.err
    assert printed.out == ""


def test_no_policies_at_all(run):
    printed = run("policy", "verify", "nowhere")
    assert printed.code == 1
    assert "E100" in printed.err
