"""The example policies, and a webhook as Alertmanager would send it."""

from pathlib import Path
from typing import Any

from escalator.core.alert import fingerprint_of
from escalator.core.instant import SECOND, Instant, rfc3339

LABELS = {
    "alertname": "CriticalResponseTime",
    "severity": "critical",
    "service": "boardroom",
    "instance": "web-1:8080",
}


def examples() -> Path:
    """The Boardroom policies: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "example_policies"
    return installed if installed.exists() else package.parent / "policies"


def sample(now: Instant) -> dict[str, Any]:
    """One firing alert, version 4."""
    summary = {
        "summary": "p95 over 5s for 2m",
        "description": "The 95th percentile of web-1 has been 7.3 s for 2 minutes.",
    }
    alert = {
        "status": "firing", "labels": LABELS, "annotations": summary, "startsAt": rfc3339(now - 5 * SECOND),
        "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://prometheus.example/graph",
        "fingerprint": fingerprint_of(LABELS),
    }  # fmt: skip
    group = {"alertname": LABELS["alertname"]}
    return {
        "version": "4", "groupKey": '{}:{alertname="CriticalResponseTime"}', "truncatedAlerts": 0, "status": "firing",
        "receiver": "escalator", "groupLabels": group, "commonLabels": LABELS, "commonAnnotations": summary,
        "externalURL": "http://alertmanager.example", "alerts": [alert],
    }  # fmt: skip
