"""Messages as delivery hands them over."""

from typing import Any

from escalator.channels.base import Message

INCIDENT: dict[str, Any] = {
    "id": "42",
    "version": 3,
    "status": "triggered",
    "title": "HostDown c1",
    "severity": "critical",
    "urgency": "high",
    "labels": {"alertname": "HostDown", "cluster": "c1"},
    "route": "default",
    "policy": "boardroom",
    "revision": 1,
    "level": 2,
    "round": 1,
    "opened_at": "2026-03-04T03:10:00Z",
    "acknowledged_at": None,
    "acknowledged_by": None,
    "resolved_at": None,
    "snoozed_until": None,
    "due_at": "2026-03-04T03:15:00Z",
    "alerts": {"firing": 1, "resolved": 0},
    "paged": ["alice", "bob"],
    "url": "https://escalator.example/incidents/42",
}
ALERT: dict[str, Any] = {
    "fingerprint": "dbd8a18479deecee",
    "source": "alertmanager",
    "status": "firing",
    "labels": {"alertname": "HostDown", "cluster": "c1", "instance": "host01.example:9100", "severity": "critical"},
    "annotations": {
        "summary": "host01 does not answer",
        "description": "No answer for 5 minutes.\nLook at the switch first.",
        "runbook_url": "https://wiki.example/runbooks/HostDown",
    },
    "starts_at": "2026-03-04T03:09:12.345Z",
    "ends_at": None,
    "last_seen": "2026-03-04T03:10:00Z",
    "generator_url": "http://prometheus.example:9090/graph?g0.expr=up%3D%3D0&g0.tab=1",
    "incident": "42",
}
LINK = "https://escalator.example/incidents/42"
ACKNOWLEDGE = "https://escalator.example/replies/email/" + "t0K3n" * 8


def alert(labels: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return ALERT | {"labels": ALERT["labels"] | (labels or {})} | fields


def page(id: int = 17, incident: dict[str, Any] | None = None, **fields: Any) -> Message:
    """Bob did not acknowledge, so alice is paged."""
    message = Message(
        id=id,
        kind="page",
        incident=INCIDENT | (incident or {}),
        alerts=(ALERT,),
        person="alice",
        target="schedule boardroom",
        level=2,
        round=1,
        reason="level 2: nobody acknowledged for 5m",
        link=LINK,
        acknowledge=ACKNOWLEDGE,
    )
    return message._replace(**fields)
