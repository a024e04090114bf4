"""The bytes of a webhook become alerts: each captured body, and what no Alertmanager would send."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalator.core.alert import fingerprint_of
from escalator.core.instant import LATEST
from escalator.engine.batch import Delivery
from escalator.web.alertmanager import FLAG, LONGEST_NAME, LONGEST_VALUE, MOST_ALERTS, MOST_LABELS, Unreadable, read
from escalator.web.stamps import instant_of

CORPUS = Path(__file__).parent.parent / "corpus"
BODIES = sorted(CORPUS.glob("[0-9]*.json"))
LATER = 1_900_000_000_000_000
"""After everything in the corpus."""


def one(**fields: Any) -> bytes:
    alert = {"status": "firing", "labels": {"alertname": "A"}, "annotations": {}, "startsAt": "2026-11-23T03:50:48Z"}
    return json.dumps({"version": "4", "alerts": [alert | fields]}).encode()


def read_one(**fields: Any) -> Any:
    return read(one(**fields), "alertmanager", LATER).alerts[0]


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.stem)
def test_a_captured_body_is_read_to_the_same_alerts(path: Path) -> None:
    said = json.loads(path.read_bytes())
    delivery = read(path.read_bytes(), "alertmanager", LATER)
    assert (delivery.group, delivery.sender) == (said["groupKey"], said["externalURL"])
    assert delivery.truncated == said["truncatedAlerts"]
    assert len(delivery.alerts) == len(said["alerts"])
    for alert, original in zip(delivery.alerts, said["alerts"], strict=True):
        assert alert.fingerprint == original["fingerprint"]
        assert alert.firing is (original["status"] == "firing")
        assert alert.starts_at == instant_of(original["startsAt"])
        assert alert.ends_at == (None if alert.firing else instant_of(original["endsAt"]))
        assert alert.generator_url == original["generatorURL"]
        if FLAG not in alert.annotations:
            assert (alert.labels, alert.annotations) == (original["labels"], original["annotations"])


def test_the_corpus_is_there() -> None:
    assert len(BODIES) == 49


def test_a_label_of_20_kb_is_cut_and_flagged_and_nothing_else_changes() -> None:
    path = CORPUS / "024-very-long-labels.json"
    original = json.loads(path.read_bytes())["alerts"][0]
    alert = read(path.read_bytes(), "alertmanager", LATER).alerts[0]
    assert "value cut from 20" in alert.annotations[FLAG]
    for name, value in alert.labels.items():
        assert value == original["labels"][name][:LONGEST_VALUE]


def test_too_many_labels_lose_the_last_but_never_the_severity() -> None:
    labels = {f"a{number:03}": "x" for number in range(100)} | {"severity": "warning", "alertname": "Z"}
    alert = read_one(labels=labels)
    assert len(alert.labels) == MOST_LABELS
    assert (alert.labels["severity"], alert.labels["alertname"]) == ("warning", "Z")
    assert "label a099 left out" in alert.annotations[FLAG]


def test_a_name_that_is_too_long_is_cut_and_flagged() -> None:
    alert = read_one(labels={"n" * 1000: "v"})
    assert alert.labels == {"n" * LONGEST_NAME: "v"}
    assert "name cut from 1000 to 256" in alert.annotations[FLAG]


def test_a_sender_cannot_make_more_than_is_kept_by_cutting_two_names_to_one() -> None:
    alert = read_one(labels={"n" * 300: "first", "n" * 301: "second"})
    assert list(alert.labels.values()) == ["first"]
    assert "left out" in alert.annotations[FLAG]


def test_more_alerts_than_the_limit_are_counted_as_truncated() -> None:
    alerts = [{"labels": {"n": str(number)}} for number in range(MOST_ALERTS + 3)]
    delivery = read(json.dumps({"alerts": alerts, "truncatedAlerts": 2}).encode(), "alertmanager", LATER)
    assert len(delivery.alerts) == MOST_ALERTS
    assert delivery.truncated == 5


def test_nul_becomes_the_replacement_character_in_names_values_and_elsewhere() -> None:
    alert = read_one(labels={"a\0b": "c\0d"}, annotations={"e\0": "\0"}, generatorURL="u\0", fingerprint="f\0")
    assert alert.labels == {"a\ufffdb": "c\ufffdd"}
    assert alert.annotations == {"e\ufffd": "\ufffd"}
    assert (alert.generator_url, alert.fingerprint) == ("u\ufffd", "f\ufffd")


def test_a_backslash_before_u0000_is_text_and_stays() -> None:
    assert read_one(labels={"a": "\\u0000"}).labels == {"a": "\\u0000"}


def test_empty_labels_are_dropped_and_empty_annotations_stay() -> None:
    alert = read_one(labels={"a": "", "b": "x"}, annotations={"summary": ""})
    assert (alert.labels, alert.annotations) == ({"b": "x"}, {"summary": ""})


@pytest.mark.parametrize("given", [None, "", "x" * 65])
def test_a_fingerprint_that_is_missing_or_absurd_is_made(given: str | None) -> None:
    assert read_one(fingerprint=given).fingerprint == fingerprint_of({"alertname": "A"})


def test_an_alert_from_the_future_starts_at_its_receipt() -> None:
    assert read_one(startsAt="2099-01-01T00:00:00Z").starts_at == LATER


@pytest.mark.parametrize("absent", [None, "", "0001-01-01T00:00:00Z"])
def test_times_that_are_missing_are_the_receipt(absent: str | None) -> None:
    alert = read_one(status="resolved", startsAt=absent, endsAt=absent)
    assert (alert.starts_at, alert.ends_at) == (LATER, LATER)


def test_a_year_that_no_datetime_holds_is_clamped() -> None:
    assert read_one(status="resolved", endsAt="12026-01-01T00:00:00Z").ends_at == LATEST


def test_a_firing_alert_has_no_end_whatever_it_says() -> None:
    assert read_one(endsAt="2026-11-23T03:50:49Z").ends_at is None


def test_a_status_that_nobody_knows_is_loud() -> None:
    assert read_one(status="suppressed").firing is True


def test_each_alerts_own_status_counts_not_the_bodys() -> None:
    body = json.dumps({"status": "resolved", "alerts": [{"status": "firing", "labels": {"a": "b"}}]}).encode()
    assert read(body, "alertmanager", LATER).alerts[0].firing is True


def test_null_where_nothing_is_needed_is_nothing() -> None:
    body = json.dumps(
        {"alerts": [{"labels": {"a": "b"}, "annotations": None, "generatorURL": None}], "groupKey": None}
    ).encode()
    delivery = read(body, "alertmanager", LATER)
    assert (delivery.alerts[0].annotations, delivery.group, delivery.truncated) == ({}, "", 0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"{",
        b'{"alerts": {}}',
        b'{"alerts": [{}]}',
        b'{"alerts": [{"labels": {"a": 1}}]}',
        b'{"alerts": [{"labels": {"a": NaN}}]}',
        b'{"alerts": [], "truncatedAlerts": Infinity}',
        b'{"alerts": [], "truncatedAlerts": "5"}',
        # Not UTF-8, a lone surrogate, a NUL that is not escaped.
        b'{"alerts": [{"labels": {"a": "\xff"}}]}',
        b'{"alerts": [{"labels": {"a": "\\ud800"}}]}',
        b'{"alerts": [{"labels": {"a": "\x00"}}]}',
        # Deeper than the stack.
        b'{"alerts": [], "x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"alerts": [{"labels": {"a": "b"}, "startsAt": "yesterday"}]}',
        b'{"alerts": []} {"alerts": []}',
    ],
    ids=lambda body: repr(body[:50]),
)
def test_what_is_no_webhook_is_unreadable_with_a_short_reason(body: bytes) -> None:
    with pytest.raises(Unreadable) as failure:
        read(body, "alertmanager", LATER)
    assert 0 < len(str(failure.value)) <= 200


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_any_bytes_are_read_or_unreadable(body: bytes) -> None:
    assert isinstance(_outcome(body), Delivery | Unreadable)


TEXTS = st.text(max_size=20) | st.sampled_from(["x" * 5000, "\0", "0001-01-01T00:00:00Z", "2026-11-23T03:50:48.1Z"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ALERTS = st.fixed_dictionaries(
    {"labels": st.dictionaries(TEXTS, TEXTS, max_size=6) | VALUES},
    optional=dict.fromkeys(("annotations", "status", "startsAt", "endsAt", "fingerprint", "x"), VALUES | TEXTS),
)


@given(st.fixed_dictionaries({"alerts": st.lists(ALERTS, max_size=4)}, optional={"truncatedAlerts": VALUES}))
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_read_keeps_every_limit(webhook: dict[str, Any]) -> None:
    outcome = _outcome(json.dumps(webhook).encode("utf-8", "surrogatepass"))
    if isinstance(outcome, Unreadable):
        return
    assert 0 <= outcome.truncated < 2**31
    for alert in outcome.alerts:
        assert len(alert.labels) <= MOST_LABELS
        for name, value in [*alert.labels.items(), *alert.annotations.items()]:
            assert len(name) <= LONGEST_NAME
            assert len(value) <= LONGEST_VALUE
            assert "\0" not in name + value
        assert 0 <= alert.starts_at <= LATER
        assert (alert.ends_at is None) is alert.firing


def _outcome(body: bytes) -> Delivery | Unreadable:
    try:
        return read(body, "alertmanager", LATER)
    except Unreadable as failure:
        return failure
