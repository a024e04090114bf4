"""`escalator policy replay`, as it is typed."""

import json
import xml.etree.ElementTree as ET

POLICIES = """
version: 1
people:
  ana: {contacts: {push: browser, email: ana@example.com}}
  ben: {contacts: {push: browser, email: ben@example.com}}
channels:
  ops: {slack: "#ops"}
policies:
  page: {levels: [{notify: [{person: ana}]}, {notify: [{person: ben}]}]}
catch_all: page
"""
QUIETER = POLICIES.replace("catch_all", "  chat: {urgency: low, levels: [{notify: [{channel: ops}]}]}\n"
                           "routes: [{match: {alertname: Slow}, policy: chat}]\ncatch_all")  # fmt: skip
ALERT = {
    "incident": 1, "source": "alertmanager", "fingerprint": "ab", "annotations": {},
    "labels": {"alertname": "Slow", "severity": "critical"},
    "starts_at": "2026-03-04T12:00:00Z", "ends_at": "2026-03-04T13:00:00Z",
    "received_at": "2026-03-04T12:00:00Z",
}  # fmt: skip
RECORD = {
    "alerts": [ALERT],
    "incidents": [{"id": 1, "acknowledged": [{"at": "2026-03-04T12:04:00Z", "by": "ana"}]}],
    "next": None,
}


def write(folder):
    for name, text in (("policies", POLICIES), ("quieter", QUIETER)):
        (folder / name).mkdir()
        (folder / name / "main.yaml").write_text(text)
    (folder / "record.json").write_text(json.dumps(RECORD))


def test_what_a_month_would_have_been(run, tmp_path):
    write(tmp_path)
    printed = run("policy", "replay", "policies", "--record", "record.json")
    assert printed.code == 0
    assert "2 reports from 2026-03-04T12:00:00Z to 2026-03-04T13:00:00Z" in printed.out
    assert "to an acknowledgement\tmedian 4m, p95 4m" in printed.out
    assert "ana\t2\t1\t0\t0" in printed.out


def test_what_another_policy_would_miss_is_a_finding(run, tmp_path):
    write(tmp_path)
    printed = run("policy", "replay", "quieter", "--record", "record.json", "--from", "policies", "--answers", "4m")
    assert printed.code == 1
    assert "1 MISSED" in printed.out
    assert "2026-03-04T12:00:00Z critical Slow (policy page)" in printed.out
    assert "ana\t2 → 0\t1 → 0\t0 → 0\t0 → 0" in printed.out


def test_programs_get_everything(run, tmp_path):
    write(tmp_path)
    found = run("policy", "replay", "--record", "record.json", "--answers", "never", "--json").json
    assert found["then"]["people"]["ben"]["pages"] > 0
    assert found["then"]["acknowledged"]["median_seconds"] is None
    assert found["before"] is None
    assert found["comparison"] is None


def test_charts_are_written(run, tmp_path):
    write(tmp_path)
    assert run("policy", "replay", "--record", "record.json", "--svg", "charts.svg").code == 0
    assert ET.parse(tmp_path / "charts.svg").getroot().tag.endswith("svg")


def test_wrong_usage_says_what_is_wanted(run, tmp_path):
    write(tmp_path)
    assert "--record FILE" in run("policy", "replay").err
    for words in (["--answers", "soon"], ["--from", "nowhere"], ["--svg", "nowhere/charts.svg"]):
        printed = run("policy", "replay", "--record", "record.json", *words)
        assert printed.code == 2, words
        assert printed.err
    (tmp_path / "empty.json").write_text('{"alerts": [], "incidents": []}')
    assert "no alert" in run("policy", "replay", "--record", "empty.json").err
