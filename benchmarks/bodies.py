"""Requests as senders make them, as templates: `STAMP` in them becomes the number of the request, eight digits.

Each number is a group of its own (`service`), so a number posted for the first time opens an incident.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

STAMP = b"NNNNNNNN"
FORM = b"%08d"
SIZES = (1, 10, 100)
"""Alerts in one webhook."""
INGEST = "/integrations/alertmanager"


def alert(index: int, lane: str, severity: str, status: str) -> dict[str, Any]:
    """One alert of a webhook, shaped and sized as those that Alertmanager 0.25 sent (`tests/corpus`)."""
    now = datetime.now(UTC)
    stamp = STAMP.decode()
    return {
        "status": status,
        "labels": {
            "alertname": "HighErrorRate", "bench": lane, "instance": f"host{index:03}.example:9100", "job": "shop",
            "region": "eu-west-1", "replica": "A", "service": f"bench-{stamp}", "severity": severity,
        },
        "annotations": {
            "summary": f"host{index:03}.example:9100 answers 7.3 % of requests with an error",
            "runbook_url": "https://runbooks.example.com/errors",
        },
        "startsAt": _go(now - timedelta(seconds=60)),
        "endsAt": _go(now) if status == "resolved" else "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example:9090/graph?g0.expr=rate%28errors%5B5m%5D%29+%3E+0.05&g0.tab=1",
        "fingerprint": f"{index:08x}{stamp}",
    }  # fmt: skip


def webhook(alerts: int, lane: str = "slow", severity: str = "warning", status: str = "firing") -> bytes:
    """A version 4 webhook. Lanes are the routes of the benchmark's policies (`service.POLICIES`)."""
    listed = [alert(index, lane, severity, status) for index in range(alerts)]
    group = {"service": f"bench-{STAMP.decode()}"}
    common = {name: value for name, value in listed[0]["labels"].items() if name != "instance" or alerts == 1}
    return _encode(
        {
            "receiver": "escalator", "status": status, "alerts": listed, "groupLabels": group, "commonLabels": common,
            "commonAnnotations": {"runbook_url": "https://runbooks.example.com/errors"},
            "externalURL": "http://alertmanager.example:9093", "version": "4",
            "groupKey": f'{{}}:{{service="bench-{STAMP.decode()}"}}', "truncatedAlerts": 0,
        }
    )  # fmt: skip


def prometheus(alerts: int) -> bytes:
    """The same alerts as Prometheus posts them to Alertmanager."""
    listed = [alert(index, "slow", "warning", "firing") for index in range(alerts)]
    kept = ("labels", "annotations", "startsAt", "generatorURL")
    return _encode([{name: each[name] for name in kept} for each in listed])


def request(method: str, path: str, body: bytes = b"") -> bytes:
    """A whole HTTP/1.1 request."""
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Alertmanager/0.25.0\r\n{kind}\r\n".encode() + body
    )


def stamped(template: bytes, number: int) -> bytes:
    return template.replace(STAMP, FORM % number)


def _encode(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _go(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
