"""What one notification holds, in as many bytes as every push service takes.

Push services promise 4,096 bytes of ciphertext (RFC 8030, section 7.2); encryption and older relays want some of it.
"""

import hashlib
from base64 import urlsafe_b64encode

import msgspec

from escalator.channels import clean, wording
from escalator.channels.base import Message, stamp

MOST_BYTES = 3000
TITLE, BODY = 160, 480
"""Characters."""
TOLD = 6
"""Incidents of a digest."""
TEST = "test"
"""The kind of a message that tells of no incident: somebody tries whether a device takes anything."""


def payload(message: Message, receipt: str = "") -> bytes:
    """JSON for the service worker: title, body, url, token, kind, tag; `receipt`: what it sends back once shown."""
    if message.kind == TEST:
        whose = clean.line(message.person or "", 80)
        return _encoded(message, "Test of Escalator", f"Pages for {whose} arrive on this device.", receipt)
    title, body = _title(message), _body(message)
    made = _encoded(message, title, body, receipt)
    while len(made) > MOST_BYTES and body:
        body = clean.cut(body, len(body) // 2)
        made = _encoded(message, title, body, receipt)
    return made if len(made) <= MOST_BYTES else minimal(message, receipt)


def minimal(message: Message, receipt: str = "") -> bytes:
    """For a push service that found the first too large: which incident, and how to answer."""
    return _encoded(message, clean.line(wording.minimal(message).subject, 80), "", receipt)


def topic(message: Message) -> str:
    """Names the incident to the push service, which keeps only the newest of a topic for a device that is away."""
    incident = f"{message.incident.get('id', '')}.{stamp(message.incident)}"
    return urlsafe_b64encode(hashlib.sha256(incident.encode("utf-8", "replace")).digest()).decode()[:32]


def _title(message: Message) -> str:
    """How bad, which one, what: `CRITICAL #42 HostDown c1`; a policy's own subject where it has one."""
    if message.words and message.words.subject:
        return clean.line(wording.subject(message), TITLE)
    # Without links there is nothing that the short wording could end with: the notification carries them itself.
    return clean.line(wording.short(message._replace(acknowledge=None, link="", words=None)), TITLE)


def _body(message: Message) -> str:
    """What the sender said of it, else why this device is told."""
    if message.words and message.words.short:
        lines = clean.block(wording.short(message._replace(acknowledge=None, link="")), BODY)
    else:
        lines = clean.block("\n".join(_said(message)), BODY)
    return "\n".join([*lines, wording.UNVERIFIED] if message.unverified else lines)


def _said(message: Message) -> list[str]:
    try:
        facts = wording.gather(message)
    except wording.CONTENT_ERRORS:
        return []
    if facts.told:
        return [f"#{each.number} {each.title}" for each in facts.told[:TOLD]]
    texts = [lines[0] for alert in facts.alerts[:1] for _, lines in alert.texts[:1] if lines]
    return texts if message.kind == "page" and texts else [facts.why]


def _encoded(message: Message, title: str, body: str, receipt: str) -> bytes:
    return msgspec.json.encode(
        {
            "title": title,
            "body": body,
            "url": message.link,
            "token": message.token,
            "kind": message.kind,
            "tag": topic(message),
            "receipt": receipt,
        }
    )
