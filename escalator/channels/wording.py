"""How Escalator speaks: the one place for the subject, the short text, the long text and the HTML of a message.

Content never kills a page: all that strangers wrote goes through `clean`, is cut, and stands where it cannot be taken
for our own words (`| ` before each line, escaped in HTML); and when the full wording raises all the same, a minimal
one goes out, with the links.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any, NamedTuple

from jinja2 import Environment, TemplateError

from escalator.channels import clean, gsm
from escalator.channels.base import Message

CONTENT_ERRORS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, TemplateError)
"""All that odd content can make pure code raise."""

ALERTS_SHOWN = 10
LABELS_SHOWN = 24
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


class Letter(NamedTuple):
    """One message in words for a mail client. `html` is empty in the minimal wording."""

    subject: str
    plain: str
    html: str


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


def subject(message: Message) -> str:
    """The same for every message of an incident, whatever becomes of it, so that mail clients keep them together."""
    try:
        return f"[#{_id(message)}] {_title(message, 120)}"
    except CONTENT_ERRORS:
        return minimal(message).subject


def short(message: Message) -> str:
    """For a phone: one SMS (160 GSM characters) where links and language allow; links are never cut."""
    try:
        link = message.acknowledge or message.link
        head = f"{_heading(message)} #{_id(message)} "
        tail = f"\n{'Ack' if message.acknowledge else 'See'}: {link}" if link else ""
        return head + gsm.fit(_title(message, 160), head + tail) + tail
    except CONTENT_ERRORS:
        return minimal(message).plain


def letter(message: Message) -> Letter:
    """The full wording, or the minimal one where that raises."""
    try:
        facts = gather(message)
        return Letter(subject(message), "\n".join(_plain(facts)), TEMPLATE.render(facts=facts))
    except CONTENT_ERRORS:
        return minimal(message)


def minimal(message: Message) -> Letter:
    """What is left when content makes everything else impossible: which incident, and the links."""
    number = clean.line(message.incident.get("id", "?") if isinstance(message.incident, dict) else "?", 40)
    lines = [f"{clean.line(message.kind, 20).upper()}: incident #{number}"]
    if message.acknowledge:
        lines.append(f"Acknowledge: {message.acknowledge}")
    lines.append(f"Open: {message.link}")
    return Letter(f"[#{number}] Escalator incident", "\n".join(lines), "")


def gather(message: Message) -> Facts:
    """What a message has to say."""
    incident = message.incident
    counts = incident.get("alerts") or {}
    total = int(counts.get("firing", 0)) + int(counts.get("resolved", 0))
    shown = tuple(_alert(alert) for alert in message.alerts[:ALERTS_SHOWN])
    return Facts(
        heading=_heading(message),
        colour=CALM if message.kind == "resolved" else COLOURS[_severity(message)],
        title=_title(message, 300),
        why=_why(message),
        rows=tuple(_rows(message, counts)),
        alerts=shown,
        more=max(0, max(total, len(message.alerts)) - len(shown)),
        link=message.link,
        acknowledge=message.acknowledge,
    )


def _rows(message: Message, counts: Any) -> Iterator[tuple[str, str]]:
    incident = message.incident
    yield "Incident", f"#{_id(message)}, {foreign(incident.get('status', ''), 20)}, {_severity(message)}"
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


def _plain(facts: Facts) -> Iterator[str]:
    """The long text: our own lines first, so that nothing written by a stranger can come before the links."""
    yield f"{facts.heading}: {facts.title}"
    yield ""
    if facts.acknowledge:
        yield f"Acknowledge:  {facts.acknowledge}"
    yield f"Open:         {facts.link}"
    yield ""
    yield facts.why
    for name, text in facts.rows:
        yield f"{name + ':':<13} {text}"
    for alert in facts.alerts:
        yield ""
        yield from _plain_alert(alert)
    if facts.more:
        yield ""
        yield f"... and {facts.more} more: {facts.link}"
    yield ""
    yield "What stands after a | was written by the alert's sender."


def _plain_alert(alert: Shown) -> Iterator[str]:
    yield f"* {alert.name} ({', '.join(filter(None, (alert.severity, alert.status)))}), since {alert.since}"
    for name, lines in alert.texts:
        yield from _quoted(f"{name}: {lines[0] if lines else ''}")
        for text in lines[1:]:
            yield from _quoted(f"  {text}")
    yield from _quoted(", ".join(f"{name}={value}" for name, value in alert.labels))
    for what, url, _ in alert.links:
        yield f"  | {what}: {url}"


def _quoted(text: str) -> Iterator[str]:
    """Wrapped here: a line that a mail client wraps would go on without its mark."""
    for part in [text] if len(text) <= 74 else wrap(text, 74):
        yield f"  | {part}"


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


def _id(message: Message) -> str:
    return foreign(message.incident.get("id", "?"), 40)


def _title(message: Message, limit: int) -> str:
    return foreign(message.incident.get("title") or "", limit) or "(no title)"


def _severity(message: Message) -> str:
    severity = message.incident.get("severity")
    return severity if isinstance(severity, str) and severity in COLOURS else "critical"


def _heading(message: Message) -> str:
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


def _template() -> Any:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(Path(__file__).with_name("letter.html").read_text("utf-8"))


TEMPLATE = _template()
