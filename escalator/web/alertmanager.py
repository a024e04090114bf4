"""The bytes of an Alertmanager webhook (version 4) to a Delivery. Pure, and on the hot path: every microsecond counts.

Content never refuses an alert: what is too long is cut and flagged, unknown keys are ignored, NUL becomes U+FFFD.
Only bytes that are not such a webhook are unreadable.
"""

from msgspec import Struct
from msgspec.json import Decoder

from escalator.core.alert import Alert, fingerprint_of
from escalator.core.instant import Instant
from escalator.engine.batch import Delivery
from escalator.web.stamps import instant_of

MOST_ALERTS = 10_000
MOST_LABELS = 64
LONGEST_NAME = 256
LONGEST_VALUE = 4096
"""Characters."""
LONGEST_FINGERPRINT = 64
MOST_TRUNCATED = 2**31 - 1
FLAG = "escalator_truncated"
"""The annotation that says what was cut."""
_FIRST = ("alertname", "severity", "service", "team", "summary", "description", "runbook_url")
"""Kept before others where there are too many: without them an alert is routed and read wrongly."""


class Unreadable(ValueError):
    """The body is not a webhook; the message is the short reason."""


_GO_NAMES = {
    "starts_at": "startsAt",
    "ends_at": "endsAt",
    "generator_url": "generatorURL",
    "truncated_alerts": "truncatedAlerts",
    "group_key": "groupKey",
    "external_url": "externalURL",
}


class _Reported(Struct, gc=False, rename=_GO_NAMES):
    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    status: str = "firing"
    starts_at: str | None = None
    ends_at: str | None = None
    generator_url: str | None = None
    fingerprint: str | None = None


class _Webhook(Struct, gc=False, rename=_GO_NAMES):
    alerts: list[_Reported]
    truncated_alerts: int | None = None
    group_key: str | None = None
    external_url: str | None = None


_decode = Decoder(_Webhook).decode


def read(body: bytes, source: str, now: Instant) -> Delivery:
    """The alerts of one webhook; raises Unreadable."""
    try:
        webhook = _decode(body)
        if b"\\u0000" in body:
            _without_nul(webhook)
        alerts = tuple([_alert(reported, source, now) for reported in webhook.alerts[:MOST_ALERTS]])
    except (RecursionError, ValueError) as failure:
        raise Unreadable(_reason(failure)) from failure
    left_out = max(webhook.truncated_alerts or 0, 0) + max(len(webhook.alerts) - MOST_ALERTS, 0)
    group, sender = webhook.group_key or "", webhook.external_url or ""
    return Delivery(source, alerts, min(left_out, MOST_TRUNCATED), group[:LONGEST_VALUE], sender[:LONGEST_VALUE])


def _alert(reported: _Reported, source: str, now: Instant) -> Alert:
    labels, annotations = reported.labels, reported.annotations or {}
    if "" in labels.values():
        labels = {name: value for name, value in labels.items() if value}
    fingerprint = reported.fingerprint
    if not fingerprint or len(fingerprint) > LONGEST_FINGERPRINT:
        fingerprint = fingerprint_of(labels)
    if not (_fits(labels) and _fits(annotations)):
        labels, annotations = _cut(labels, annotations)
    starts_at = instant_of(reported.starts_at or "")
    # A sender's clock that runs ahead must not postpone anything.
    starts_at = now if starts_at is None or starts_at > now else starts_at
    # The sender's word for each alert; whatever is not "resolved" is loud.
    firing = reported.status != "resolved"
    ends_at = None if firing else instant_of(reported.ends_at or "") or now
    url = reported.generator_url or ""
    return Alert(source, fingerprint, labels, annotations, firing, starts_at, ends_at, url[:LONGEST_VALUE])


def _fits(texts: dict[str, str]) -> bool:
    """Whether nothing can be too long, by two joins instead of a look at each: nearly every alert passes here."""
    return (
        len(texts) <= MOST_LABELS
        and len("".join(texts)) <= LONGEST_NAME
        and len("".join(texts.values())) <= LONGEST_VALUE
    )


def _cut(labels: dict[str, str], annotations: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    notes: list[str] = []
    labels = _shortened(labels, "label", notes)
    annotations = _shortened(annotations, "annotation", notes)
    if notes:
        annotations[FLAG] = "; ".join(notes)[:LONGEST_VALUE]
    return labels, annotations


def _shortened(texts: dict[str, str], kind: str, notes: list[str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name in sorted(texts, key=lambda name: name not in _FIRST):
        value, short = texts[name], name[:LONGEST_NAME]
        if len(kept) == MOST_LABELS or short in kept:
            notes.append(f"{kind} {short} left out")
            continue
        kept[short] = value[:LONGEST_VALUE]
        if len(name) > LONGEST_NAME:
            notes.append(f"{kind} {short[:40]}…: name cut from {len(name)} to {LONGEST_NAME} characters")
        if len(value) > LONGEST_VALUE:
            notes.append(f"{kind} {short[:40]}: value cut from {len(value)} to {LONGEST_VALUE} characters")
    return kept


def _without_nul(webhook: _Webhook) -> None:
    """NUL to U+FFFD everywhere: PostgreSQL stores no NUL."""

    def clean(text: str | None) -> str | None:
        return text and text.replace("\0", "\ufffd")

    def cleaned(texts: dict[str, str]) -> dict[str, str]:
        return {name.replace("\0", "\ufffd"): value.replace("\0", "\ufffd") for name, value in texts.items()}

    webhook.group_key, webhook.external_url = clean(webhook.group_key), clean(webhook.external_url)
    for reported in webhook.alerts:
        reported.labels, reported.annotations = cleaned(reported.labels), cleaned(reported.annotations or {})
        reported.generator_url, reported.fingerprint = clean(reported.generator_url), clean(reported.fingerprint)


def _reason(failure: Exception) -> str:
    """Short and without content: it lands in the sender's log."""
    if isinstance(failure, RecursionError):
        return "nested too deeply"
    if isinstance(failure, UnicodeDecodeError):
        return "not UTF-8"
    return str(failure)[:200]
