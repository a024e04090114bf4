"""What there is to say of an incident, made harmless: rows, alerts, links. How it is said is `wording`'s.

All that strangers wrote goes through `clean`, is cut, and loses what could be taken for our own words.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from escalator.channels import clean
from escalator.channels.base import Message

ALERTS_SHOWN = 10
LABELS_SHOWN = 24
TOLD_SHOWN = 200
"""Incidents of a digest."""
COLOURS = {"critical": "#b3261e", "error": "#b54708", "warning": "#8a6100", "info": "#0b57d0"}
"""Of the bar and the button, readable under white text."""
CALM = "#1a7f37"
LINKS = (
    ("Runbook", ("runbook_url", "runbook")),
    ("Dashboard", ("dashboard_url", "dashboard", "dashboardURL")),
    ("Panel", ("panelURL", "panel_url")),
)
TEXTS = ("summary", "description", "message")
"""Annotations that come first; the others follow by name."""

# "Acknowledge: https://…" in a label would look like our own line.
LOOKALIKE = re.compile(r"(?i)((?:\back\b|acknowledg\w*)\W{0,12})(https?)://")
CLAIMS = re.compile(r"(?i)\back\b|acknowledg")
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)")


class Shown(NamedTuple):
    """One alert, harmless."""

    name: str
    status: str
    severity: str
    since: str
    texts: tuple[tuple[str, tuple[str, ...]], ...]
    """(annotation, its lines)"""
    labels: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str, str], ...]
    """(what it is, where it leads, host)"""


class Facts(NamedTuple):
    """What there is to say, harmless."""

    heading: str
    colour: str
    title: str
    why: str
    rows: tuple[tuple[str, str], ...]
    alerts: tuple[Shown, ...]
    more: int
    """Alerts that are not shown."""
    link: str
    acknowledge: str | None
    told: tuple["Told", ...] = ()
    """Every incident of a digest; empty where the message is about one."""
    unverified: bool = False


class Told(NamedTuple):
    """One incident of a digest, harmless."""

    number: str
    severity: str
    title: str
    link: str | None


def gather(message: Message) -> Facts:
    """What a message has to say."""
    incident = message.incident
    counts = incident.get("alerts") or {}
    total = int(counts.get("firing", 0)) + int(counts.get("resolved", 0))
    shown = tuple(_alert(alert) for alert in message.alerts[:ALERTS_SHOWN])
    return Facts(
        heading=heading(message),
        colour=CALM if message.kind == "resolved" else COLOURS[_severity(message)],
        title=title(message, 300),
        why=_why(message),
        rows=tuple(_rows(message, counts)),
        alerts=shown,
        more=max(0, max(total, len(message.alerts)) - len(shown)),
        link=message.link,
        acknowledge=message.acknowledge,
        told=tuple(map(_told, (message.incident, *message.also[:TOLD_SHOWN]))) if message.also else (),
        unverified=message.unverified,
    )


def _told(incident: Mapping[str, Any]) -> Told:
    severity = incident.get("severity")
    return Told(
        foreign(incident.get("id", "?"), 40),
        severity if isinstance(severity, str) and severity in COLOURS else "critical",
        foreign(incident.get("title") or "", 160) or "(no title)",
        clean.link(incident.get("url")),
    )


def _rows(message: Message, counts: Any) -> Iterator[tuple[str, str]]:
    incident = message.incident
    yield "Incident", f"#{number(message)}, {foreign(incident.get('status', ''), 20)}, {_severity(message)}"
    yield "Opened", moment(incident.get("opened_at"))
    if incident.get("acknowledged_by"):
        by = foreign(incident["acknowledged_by"], 80)
        yield "Acknowledged", f"{moment(incident.get('acknowledged_at'))} by {by}"
    if incident.get("resolved_at"):
        yield "Resolved", moment(incident["resolved_at"])
    yield "Alerts", f"{int(counts.get('firing', 0))} firing, {int(counts.get('resolved', 0))} resolved"
    told = [foreign(name, 60) for name in (incident.get("paged") or ())[:30]]
    yield "Told so far", ", ".join(told) or "nobody before this"
    policy = foreign(incident.get("policy", ""), 80)
    if policy:
        yield "Policy", f"{policy}, level {int(message.level)}, round {int(message.round)}"


def _alert(alert: Any) -> Shown:
    labels, annotations = alert.get("labels") or {}, alert.get("annotations") or {}
    linked = {name for _, names in LINKS for name in names}
    texts = [name for name in TEXTS if name in annotations]
    texts += sorted(name for name in annotations if name not in TEXTS and name not in linked)
    shown = [name for name in sorted(labels) if name not in ("alertname", "severity")]
    return Shown(
        name=foreign(labels.get("alertname") or "alert", 120),
        status=foreign(alert.get("status", ""), 20),
        severity=foreign(labels.get("severity", ""), 20),
        since=moment(alert.get("starts_at")),
        texts=tuple((_name(name), clean.block(_own(name, annotations[name]))) for name in texts[:12]),
        labels=tuple((_name(name), foreign(_own(name, labels[name]), 160)) for name in shown[:LABELS_SHOWN]),
        links=tuple(_links(annotations, alert.get("generator_url"))),
    )


def _links(annotations: Any, source: Any) -> Iterator[tuple[str, str, str]]:
    for what, names in LINKS:
        found = next((url for name in names if (url := clean.link(annotations.get(name)))), None)
        if found:
            yield what, found, clean.host(found)
    if url := clean.link(source):
        yield "Source", url, clean.host(url)


def foreign(text: Any, limit: int) -> str:
    """A stranger's words in one line, without what looks like our link."""
    return _defused(clean.line(text, limit))


def _name(name: Any) -> str:
    return clean.line(name, 60).replace("://", "[:]//")


def _own(name: str, value: Any) -> str:
    """A label's or annotation's value; no link of it may follow a name (or a word) that belongs to our button."""
    text = value if isinstance(value, str) else str(value)
    return text.replace("://", "[:]//") if CLAIMS.search(name) else _defused(text)


def _defused(text: str) -> str:
    return LOOKALIKE.sub(r"\1\2[:]//", text) if "://" in text else text


def moment(text: Any) -> str:
    """An RFC 3339 time as people read it: `2026-03-04 03:10:00 UTC`."""
    found = MOMENT.fullmatch(text) if isinstance(text, str) else None
    return f"{found[1]} {found[2]} UTC" if found else foreign(text or "unknown", 40)


def number(message: Message) -> str:
    return foreign(message.incident.get("id", "?"), 40)


def numbers(message: Message) -> str:
    """Of a digest: how many incidents, and which, as somebody types them to answer."""
    told = (message.incident, *message.also[:TOLD_SHOWN])
    which = " ".join(f"#{foreign(each.get('id', '?'), 40)}" for each in told)
    return f"{len(message.also) + 1} incidents: {which}"


def title(message: Message, limit: int) -> str:
    """The incident's; of a digest, how many and the first."""
    if message.also:
        first = foreign(message.incident.get("title") or "", 80)
        return clean.cut(f"{len(message.also) + 1} incidents: {first} and more", limit)
    return foreign(message.incident.get("title") or "", limit) or "(no title)"


def _severity(message: Message) -> str:
    severity = message.incident.get("severity")
    return severity if isinstance(severity, str) and severity in COLOURS else "critical"


def heading(message: Message) -> str:
    """The first word: how bad it is, or what became of it. What was fired to try the way is marked."""
    if str(message.incident.get("route", "")).startswith("test/"):
        return "TEST"
    if message.kind == "page":
        return _severity(message).upper()
    if message.kind == "resolved":
        return "RESOLVED"
    return {"acknowledged": "ACKNOWLEDGED", "snoozed": "SNOOZED"}.get(str(message.incident.get("status")), "UPDATE")


def _why(message: Message) -> str:
    """Why this recipient, why now."""
    whom = f"{foreign(message.person, 60)}, you are told" if message.person else "You are told"
    target, reason = foreign(message.target, 120), foreign(message.reason, 200)
    because = f" as {target}" if target else ""
    return f"{whom}{because}: {reason}." if reason else f"{whom}{because}."
