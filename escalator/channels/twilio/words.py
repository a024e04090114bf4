"""What a phone shows and says: our words in 160 characters, and a stranger's words as a voice can speak them. Pure.

Both end with how to answer, and that is never cut: what came from outside gives way.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from escalator.channels import clean, gsm, wording
from escalator.channels.base import Message

BODY_LIMIT = 1600
"""Characters that Twilio takes in one message."""
ANSWER_LIMIT = 306
"""Characters of an answer: two texts."""
NUMBERS_SHOWN = 12
"""Of a digest; each costs about four of the 160 characters."""
TITLES_SHOWN = 4

KEYS = "To acknowledge, press 4. To escalate, press 6. To hear this again, press 9."
"""What a voice says last; `twiml` listens for these."""

TRIAL = "Sent from your Twilio trial account - "
"""What Twilio puts before each text of a trial account."""

LINK = re.compile(r"https?://\S+")
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
UNSPEAKABLE = re.compile(r"[^\w.,;:!?%'()-]+|[_]+", re.UNICODE)


def text(message: Message) -> str:
    """The SMS for a message: one of 160 GSM characters wherever its language allows."""
    if message.kind == "code":
        return f"{clean.line(message.code or '', 20)} is your Escalator code: it proves that this phone is yours."
    try:
        return _composed(message)
    except wording.CONTENT_ERRORS:
        return minimal(message)


def _composed(message: Message) -> str:
    said, tail = _said(message), _tail(message)
    for more in _extras(message):
        if gsm.length(said) + gsm.length(tail) + gsm.length(more) <= gsm.ONE:
            tail += more
    return clean.cut(gsm.fit(said, tail) + tail, BODY_LIMIT)


def minimal(message: Message) -> str:
    """For a content that Twilio refuses: nothing in it is a stranger's."""
    number = _number(message.incident if isinstance(message.incident, Mapping) else {})
    return f"Incident #{number}. Reply 1 or ACK {number}" if message.kind == "page" else f"Incident #{number}: news"


def is_of(body: str, message: Message) -> bool:
    """Whether a text that Twilio has is this notification's: by its first words up to the number, and by how it says
    to answer. What a stranger wrote stands between, in one line, so it can imitate neither.
    """
    body = body.removeprefix(TRIAL)
    whole, mark = text(message), f"#{_number(message.incident)}"
    at = whole.find(mark)
    start = whole[: at + len(mark) + 1] if at >= 0 else whole
    return body == minimal(message) or (body.startswith(start) and _tail(message) in body)


def short_title(incident: Mapping[str, Any], limit: int = 60) -> str:
    """`#42 HostDown c1`."""
    return f"#{_number(incident)} {wording.foreign(incident.get('title') or '', limit)}".rstrip()


def answer(said: str) -> str:
    """What a text of theirs is answered, in the GSM alphabet where that loses little."""
    plain = gsm.fold(said)
    folded = plain if plain.count("?") - said.count("?") <= len(said) // 4 else said
    return clean.cut(folded, ANSWER_LIMIT)


def numbers(incidents: Iterable[Mapping[str, Any]], most: int = NUMBERS_SHOWN) -> str:
    """`#42, #43 and 3 more`."""
    all_ = [f"#{_number(each)}" for each in incidents]
    rest = f" and {len(all_) - most} more" if len(all_) > most else ""
    return ", ".join(all_[:most]) + rest


def spoken(incident: Mapping[str, Any], alerts: Iterable[Mapping[str, Any]] = ()) -> str:
    """One incident in a sentence for the ear."""
    severity = clean.line(incident.get("severity") or "", 20)
    first = next(iter(alerts), {})
    summary = speakable((first.get("annotations") or {}).get("summary") or "", 160)
    said = f"{severity.capitalize()} incident {_number(incident)}. {speakable(incident.get('title') or '')}."
    return f"{said} {summary}." if summary else said


def speakable(words: Any, limit: int = 120) -> str:
    """A stranger's words without what a voice stumbles over: links, brackets, underscores, HumpedNames."""
    plain = LINK.sub(" ", clean.line(words, 2 * limit))
    plain = UNSPEAKABLE.sub(" ", HUMP.sub(" ", plain))
    return clean.cut(" ".join(plain.split()), limit).strip(" .…")


def _said(message: Message) -> str:
    if message.also:
        return _digest(message)
    if message.words is not None and message.words.short:
        return clean.line(message.words.short, BODY_LIMIT)
    said = wording.short(message._replace(link="", acknowledge=None))
    reason = wording.foreign(message.reason, 80)
    return said if message.kind == "page" or not reason else f"{said}: {reason}"


def _digest(message: Message) -> str:
    worst = wording.short(message._replace(link="", acknowledge=None, also=()))
    others = numbers(message.also)
    return f"{len(message.also) + 1} incidents: {gsm.fit(worst, others + ' ' * 60)}; {others}"


def _tail(message: Message) -> str:
    """How to answer; nothing where nothing is left to answer."""
    if message.kind != "page":
        return ""
    number = _number(message.incident)
    return f"\nReply ACK ALL or ACK {number}" if message.also else f"\nReply 1 or ACK {number}"


def _extras(message: Message) -> Iterable[str]:
    """What is added where there is room."""
    if message.unverified:
        yield "\n(This phone is not verified.)"
    if message.link.startswith("https://") and not message.also:
        yield f"\n{message.link}"


def _number(incident: Mapping[str, Any]) -> str:
    return clean.line(incident.get("id", "?"), 20)
