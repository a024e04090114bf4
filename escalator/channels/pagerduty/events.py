"""An event of PagerDuty's Events API v2, made of a message. Pure.

One `dedup_key` an incident: its number and its opening, so that a database begun anew never meets the alerts of an old
one. Limits (PagerDuty/developer-docs, events API v2): summary 1,024 characters, dedup_key 255, the whole event 512 KB.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from escalator.channels import clean, wording
from escalator.channels.base import Message, stamp

SUMMARY = 1024
LABELS, TEXTS, ALERTS = 30, 8, 10
SIZE = 400_000
"""Bytes as JSON at its longest, where each character beyond ASCII takes six or twelve."""
SEVERITIES = frozenset(("critical", "error", "warning", "info"))
KEY = re.compile(r"escalator-([0-9]{1,18})-([0-9]{1,20})")
HELD = ("acknowledged", "snoozed")


def key_of(incident: Mapping[str, Any]) -> str:
    """What names the alert there."""
    return f"escalator-{clean.line(incident.get('id', '0'), 18)}-{stamp(incident)}"


def incident_of(key: object) -> tuple[int, str] | None:
    """(incident, stamp of its opening) of a key of ours; None for anybody else's."""
    found = KEY.fullmatch(key) if isinstance(key, str) else None
    return (int(found[1]), found[2]) if found else None


def action_of(message: Message) -> str:
    """An acknowledgement that is taken back triggers again: PagerDuty then pages whom it paged."""
    if message.kind == "resolved":
        return "resolve"
    held = message.incident.get("status") in HELD
    return "acknowledge" if message.kind == "update" and held else "trigger"


def event(message: Message) -> dict[str, Any]:
    """Everything but the routing key; only the least of it where odd content makes more impossible."""
    action = action_of(message)
    made: dict[str, Any] = {"event_action": action, "dedup_key": key_of(message.incident)}
    try:
        return made | _fitted(_described(message)) if action == "trigger" else made
    except wording.CONTENT_ERRORS:
        return minimal(message)


def minimal(message: Message) -> dict[str, Any]:
    """What is left when PagerDuty refuses the content: nothing in it is a stranger's."""
    number = clean.line(message.incident.get("id", "?"), 18)
    payload = {"summary": f"Incident {number}", "source": "escalator", "severity": _severity(message)}
    return {"event_action": "trigger", "dedup_key": key_of(message.incident), "payload": payload}


def _described(message: Message) -> dict[str, Any]:
    facts = wording.gather(message)
    labels = dict(message.alerts[0].get("labels") or {}) if message.alerts else {}
    payload: dict[str, Any] = {
        "summary": _summary(message, facts),
        "source": clean.line(labels.get("instance") or labels.get("service") or "escalator", 200) or "escalator",
        "severity": _severity(message),
        "timestamp": clean.line(message.incident.get("opened_at") or "", 40) or None,
        "component": clean.line(labels.get("service") or "", 200) or None,
        "group": clean.line(labels.get("cluster") or labels.get("job") or "", 200) or None,
        "class": clean.line(labels.get("alertname") or "", 200) or None,
        "custom_details": _details(message, facts),
    }
    links = [{"href": message.link, "text": "Open in Escalator"}]
    links += [{"href": url, "text": what} for alert in facts.alerts[:1] for what, url, _ in alert.links]
    return {
        "payload": {name: given for name, given in payload.items() if given is not None},
        "links": links,
        "client": "Escalator",
        "client_url": message.link,
    }


def _summary(message: Message, facts: wording.Facts) -> str:
    """PagerDuty shows the severity itself; what was fired to try the way is marked."""
    own = clean.line(message.words.subject, wording.SUBJECT) if message.words and message.words.subject else ""
    mark = "TEST " if facts.heading == "TEST" else ""
    number = clean.line(message.incident.get("id", "?"), 18)
    return clean.cut(f"{mark}#{number} {own or facts.title}", SUMMARY)


def _details(message: Message, facts: wording.Facts) -> dict[str, Any]:
    alerts = []
    for alert in facts.alerts[:ALERTS]:
        texts = {name: " ".join(lines)[:2000] for name, lines in alert.texts[:TEXTS]}
        alerts.append({"name": alert.name, "since": alert.since, **texts, "labels": dict(alert.labels[:LABELS])})
    own = {"text": "\n".join(clean.block(message.words.long, 4000))} if message.words and message.words.long else {}
    return {"why": facts.why, **own, **dict(facts.rows), "alerts": alerts, "more alerts": facts.more}


def _fitted(described: dict[str, Any]) -> dict[str, Any]:
    """Only the worst alerts where all of them are too much."""
    details = described["payload"]["custom_details"]
    while len(json.dumps(described)) > SIZE and details["alerts"]:
        details["alerts"].pop()
        details["more alerts"] += 1
    return described


def _severity(message: Message) -> str:
    severity = message.incident.get("severity")
    return severity if isinstance(severity, str) and severity in SEVERITIES else "critical"
