"""`escalator fire` speaks as Alertmanager does."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from escalator.cli.fire import alert_of, fingerprint, webhook

CORPUS = sorted((Path(__file__).parent.parent / "corpus").glob("0*.json"))
NOW = datetime(2026, 3, 4, 3, 10, tzinfo=UTC)
OPEN = {"id": "7", "status": "triggered", "title": "DiskFull", "url": "http://e/7"}


@pytest.fixture
def ears(service):
    """A service that takes the alert and opens incident 7 for it."""
    service.says("POST /integrations/alertmanager", {"accepted": 1})
    mark = fingerprint({"alertname": "DiskFull", "severity": "warning"})
    service.says("GET /api/v1/alerts", {"items": [{"fingerprint": mark, "incident": "7"}], "next": None})
    service.says("GET /api/v1/incidents/7", OPEN)
    service.says("POST /api/v1/incidents/7/reassign", OPEN)
    return service


def test_fingerprints_are_alertmanagers_own_on_every_captured_alert():
    alerts = [alert for path in CORPUS for alert in json.loads(path.read_text())["alerts"]]
    assert len(alerts) > 500
    assert [fingerprint(alert["labels"]) for alert in alerts] == [alert["fingerprint"] for alert in alerts]


def test_a_webhook_has_every_field_of_a_captured_one():
    captured = json.loads(CORPUS[0].read_text())
    made = webhook(alert_of({"alertname": "X"}, {}, False, NOW))
    assert set(made) == set(captured)
    assert set(made["alerts"][0]) == set(captured["alerts"][0])
    assert {name: type(value) for name, value in made.items()} == {
        name: type(value) for name, value in captured.items()
    }


def test_firing_has_no_end_and_resolving_ends_now():
    assert alert_of({"alertname": "X"}, {}, False, NOW)["endsAt"] == "0001-01-01T00:00:00Z"
    resolved = alert_of({"alertname": "X"}, {}, True, NOW)
    assert (resolved["status"], resolved["endsAt"]) == ("resolved", "2026-03-04T03:10:00.000Z")


def test_fire_posts_the_alert_and_names_the_incident(ears, run):
    printed = run("fire", "DiskFull", "-l", "severity=warning")
    assert printed == (0, "accepted: 1\nincident 7 is triggered: http://e/7\n", "")
    assert ears.asked[0].body["alerts"][0]["labels"] == {"alertname": "DiskFull", "severity": "warning"}


def test_fire_to_somebody_hands_the_incident_over_before_its_policy_begins(ears, run):
    assert run("fire", "DiskFull", "--to", "alice").code == 0
    assert ears.asked[0].body["alerts"][0]["labels"]["severity"] == "warning"
    assert ears.asked[-1].path == "/api/v1/incidents/7/reassign"
    assert ears.asked[-1].body["to"] == [{"person": "alice"}]


def test_a_token_that_may_only_bring_alerts_in_is_enough(ears, run):
    ears.says("GET", {"detail": "This token lacks the scope 'read'."}, status=403)
    assert run("fire", "DiskFull", "--json").json == {"accepted": 1, "incident": None}
    assert run("fire", "DiskFull", "--to", "alice").code == 1


def test_an_alert_that_opens_no_incident_cannot_be_handed_over(ears, run, monkeypatch):
    monkeypatch.setattr("escalator.cli.fire.time.sleep", lambda seconds: None)
    ears.says("GET /api/v1/alerts", {"items": [], "next": None})
    printed = run("fire", "DiskFull", "--to", "alice")
    assert printed.code == 1
    assert "silenced, or dropped" in printed.err


@pytest.mark.parametrize("words", [["-l", "severity"], ["-l", "=x"], ["--to", "alice", "--resolve"]])
def test_wrong_usage_fires_nothing(ears, run, words):
    assert run("fire", "DiskFull", *words).code == 2
    assert ears.asked == []
