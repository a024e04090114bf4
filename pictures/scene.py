"""The one incident of all pictures: a disk that fills up, and alice, who is on call."""

from typing import Any

from escalator.channels.base import Message

INCIDENT: dict[str, Any] = {
    "id": "42",
    "version": 3,
    "status": "triggered",
    "title": "DiskFull ledger-db-1",
    "severity": "critical",
    "urgency": "high",
    "labels": {"alertname": "DiskFull", "service": "ledger"},
    "route": "routes[0]",
    "policy": "payments",
    "revision": 7,
    "level": 1,
    "round": 1,
    "opened_at": "2026-03-04T03:10:00Z",
    "acknowledged_at": None,
    "acknowledged_by": None,
    "resolved_at": None,
    "snoozed_until": None,
    "due_at": "2026-03-04T03:15:00Z",
    "alerts": {"firing": 1, "resolved": 0},
    "paged": ["alice"],
    "url": "https://escalator.example.com/incidents/42",
}
ALERT: dict[str, Any] = {
    "fingerprint": "dbd8a18479deecee",
    "source": "alertmanager",
    "status": "firing",
    "labels": {"alertname": "DiskFull", "service": "ledger", "instance": "ledger-db-1:9100", "severity": "critical"},
    "annotations": {
        "summary": "The disk of ledger-db-1 is full in 20 minutes",
        "description": "97 % of /var/lib/postgresql is used and grows by 1.2 GB a minute.",
        "runbook_url": "https://runbooks.example.com/disk-full",
    },
    "starts_at": "2026-03-04T03:09:30Z",
    "ends_at": None,
    "last_seen": "2026-03-04T03:10:00Z",
    "generator_url": "https://prometheus.example.com/graph?g0.expr=disk",
    "incident": "42",
}
TOKEN = "kq3vB1m9ZtXo0S7hUe2cLwRfYpNa5Gd8jI4xQrTsVbE"  # noqa: S105  drawn, never valid


def page(via: str = "link", **fields: Any) -> Message:
    """Alice is paged."""
    message = Message(
        id=17, kind="page", incident=INCIDENT, alerts=(ALERT,), person="alice", target="schedule payments", level=1,
        round=1, reason="level 1", link=str(INCIDENT["url"]), token=TOKEN,
        acknowledge=f"https://escalator.example.com/replies/{via}/{TOKEN}",
    )  # fmt: skip
    return message._replace(**fields)
