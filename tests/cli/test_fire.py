"""`escalator fire` speaks as Alertmanager does."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from escalator.cli.fire import alert_of, fingerprint, webhook

CORPUS = sorted((Path(__file__).parent.parent / "corpus").glob("0*.json"))
NOW = datetime(2026, 3, 4, 3, 10, tzinfo=UTC)
OPEN = {"id": "7", "status": "triggered", "title": "DiskFull", "url": "http://e/7"}


TESTED = {"alertname": "Drill", "severity": "info", "escalator_test": "bob"}


BOB = {"name": "bob", "contacts": [{"via": "email", "address": "b…@e.org", "state": "unverified", "why": ""}]}
NO_SMS = {"via": "sms", "address": "•••", "state": "not usable", "why": "the secret BOB is not set"}


def page(id, channel, state, **more):
    return {
        "id": str(id), "kind": "page", "round": 1, "channel": channel, "contact": "…", "state": state,
        "sent_at": None, "evidence": f"{state}, they say", **more,
    }  # fmt: skip


class Clock:
    """Time that passes only where the command waits, and what happens meanwhile."""

    def __init__(self):
        self.now = 0.0
        self.later = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        if self.later:
            self.later.pop(0)()


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("escalator.cli.arrivals.time", clock)
    monkeypatch.setattr("escalator.cli.fire.time", clock)
    return clock


@pytest.fixture
def ears(service):
    """A service that takes the alert and opens incident 7 for it."""
    service.says("POST /integrations/alertmanager", {"accepted": 1})
    marks = [fingerprint({"alertname": "DiskFull", "severity": "warning"}), fingerprint(TESTED)]
    items = [{"fingerprint": mark, "incident": "7"} for mark in marks]
    service.says("GET /api/v1/alerts", {"items": items, "next": None})
    service.says("GET /api/v1/incidents/7", OPEN)
    service.says("GET /api/v1/alerts?match=alertname%3DDrill&match=", {"items": [], "next": None})
    service.says("GET /api/v1/people", {"detail": "there are: alice, bob."}, status=404)
    service.says("GET /api/v1/people/bob", BOB)
    return service


def sends(service, *pages):
    service.says("GET /api/v1/incidents/7/notifications", {"items": list(pages), "next": None})


def alerts(service):
    return [each.body["alerts"][0] for each in service.asked if each.path == "/integrations/alertmanager"]


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


def test_a_test_is_marked_shows_what_arrived_and_is_ended(ears, run, clock):
    sends(ears, page(1, "email", "sending"), page(2, "sms", "pending"))
    clock.later = [
        lambda: sends(ears, page(1, "email", "delivered", sent_at="09:00"), page(2, "sms", "pending")),
        lambda: sends(ears, page(1, "email", "delivered", sent_at="09:00"), page(2, "sms", "failed")),
    ]
    printed = run("fire", "Drill", "--to", "bob")
    assert printed == (
        0,
        "accepted: 1\nincident 7 is triggered: http://e/7\n"
        "email\t…\tsending\t\tsending, they say\nsms\t…\tpending\t\tpending, they say\n"
        "email\t…\tdelivered\t09:00\tdelivered, they say\nsms\t…\tfailed\t\tfailed, they say\n1 of 2 arrived\n",
        "",
    )
    assert [each["labels"] for each in alerts(ears)] == [TESTED, TESTED]
    assert [each["status"] for each in alerts(ears)] == ["firing", "resolved"]
    assert "A test" in alerts(ears)[0]["annotations"]["summary"]
    assert clock.now == 1.0


def test_a_label_does_not_make_another_of_a_test(ears, run, clock):
    sends(ears, page(1, "email", "delivered"))
    assert run("fire", "Drill", "--to", "bob", "-l", "severity=critical", "-l", "escalator_test=alice").code == 0
    assert alerts(ears)[0]["labels"] == TESTED


def test_what_was_taken_without_a_receipt_arrived_as_far_as_anybody_knows(ears, run, clock):
    sends(ears, page(1, "email", "sent"))
    assert run("fire", "Drill", "--to", "bob").code == 0
    assert 5 <= clock.now < 7


def test_a_receipt_that_comes_late_is_waited_for(ears, run, clock):
    sends(ears, page(1, "sms", "sent"))
    clock.later = [lambda: None, lambda: sends(ears, page(1, "sms", "failed"))]
    assert run("fire", "Drill", "--to", "bob").code == 1


def test_when_nothing_arrives_in_time_the_test_has_failed_and_is_ended_all_the_same(ears, run, clock):
    sends(ears, page(1, "email", "pending"))
    printed = run("fire", "Drill", "--to", "bob", "--wait", "10", "--json")
    assert (printed.code, printed.json["arrived"]) == (1, 0)
    assert printed.json["notifications"][0]["state"] == "pending"
    assert 10 <= clock.now < 11
    assert alerts(ears)[-1]["status"] == "resolved"


def test_contacts_by_which_nothing_can_go_are_shown_with_the_reason(ears, run, clock):
    ears.says("GET /api/v1/people/bob", BOB | {"contacts": [*BOB["contacts"], NO_SMS]})
    sends(ears, page(1, "email", "delivered"))
    printed = run("fire", "Drill", "--to", "bob")
    assert "sms\t•••\tnot usable\t\tthe secret BOB is not set\n" in printed.out
    assert printed.out.endswith("1 of 1 arrived; 1 cannot be used\n")
    assert run("fire", "Drill", "--to", "bob", "--json").json["unused"][0]["channel"] == "sms"


def test_nobody_waits_for_what_cannot_come(ears, run, clock):
    ears.says("GET /api/v1/people/bob", BOB | {"contacts": [NO_SMS]})
    sends(ears)
    printed = run("fire", "Drill", "--to", "bob")
    assert (printed.code, clock.now) == (1, 0)
    assert "no contact can be used" in printed.out
    assert alerts(ears)[-1]["status"] == "resolved"


def test_a_test_that_was_left_open_is_ended_first(ears, run, clock):
    left = {"labels": TESTED | {"team": "web"}, "annotations": {}, "fingerprint": "x", "incident": "6"}
    ears.says("GET /api/v1/alerts?match=alertname%3DDrill&match=escalator_test%3Dbob", {"items": [left], "next": None})
    sends(ears, page(1, "email", "delivered"))
    assert run("fire", "Drill", "--to", "bob").code == 0
    assert [(each["status"], each["labels"].get("team")) for each in alerts(ears)] == [
        ("resolved", "web"), ("firing", None), ("resolved", None),
    ]  # fmt: skip


def test_only_pages_of_the_newest_round_count(ears, run, clock):
    sends(
        ears, page(1, "email", "delivered"), page(2, "email", "failed", round=2), page(3, "sms", "sent", kind="update")
    )
    assert run("fire", "Drill", "--to", "bob").out.endswith("0 of 1 arrived\n")


def test_a_test_that_is_kept_is_not_ended(ears, run, clock):
    sends(ears, page(1, "email", "delivered"))
    assert run("fire", "Drill", "--to", "bob", "--keep").code == 0
    assert [each["status"] for each in alerts(ears)] == ["firing"]


def test_nobody_is_tested_whom_the_policies_do_not_know(ears, run):
    printed = run("fire", "Drill", "--to", "bo")
    assert (printed.code, alerts(ears)) == (1, [])
    assert "there are: alice, bob" in printed.err


def test_a_token_that_may_only_bring_alerts_in_is_enough_but_for_a_test(ears, run):
    ears.says("GET", {"detail": "This token lacks the scope 'read'."}, status=403)
    assert run("fire", "DiskFull", "--json").json == {"accepted": 1, "incident": None}
    assert run("fire", "DiskFull", "--to", "alice").code == 1


def test_an_alert_that_opens_no_incident_says_so(ears, run, clock):
    ears.says("GET /api/v1/alerts", {"items": [], "next": None})
    printed = run("fire", "Drill", "--to", "bob")
    assert printed.code == 1
    assert "silenced, or dropped" in printed.err


@pytest.mark.parametrize("words", [["-l", "severity"], ["-l", "=x"], ["--to", "alice", "--resolve"]])
def test_wrong_usage_fires_nothing(ears, run, words):
    assert run("fire", "DiskFull", *words).code == 2
    assert ears.asked == []
