"""How Escalator speaks: the one place for the subject, the short text, the long text and the HTML of a message.

Content never kills a page: all that strangers wrote goes through `clean`, is cut, and stands where it cannot be taken
for our own words (`| ` before each line, escaped in HTML); and when the full wording raises all the same, a minimal
one goes out, with the links.
"""

from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any, NamedTuple

from jinja2 import Environment, TemplateError

from escalator.channels import clean, gsm
from escalator.channels.base import Message
from escalator.channels.facts import Facts, Shown, Told, foreign, gather, heading, number, numbers, title

__all__ = ["CONTENT_ERRORS", "Facts", "Letter", "Shown", "foreign", "gather", "letter", "minimal", "short", "subject"]

CONTENT_ERRORS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, TemplateError)
"""All that odd content can make pure code raise."""

UNVERIFIED = "Nobody has proved that this contact is yours: escalator contact verify."
DOUBTFUL = "\n(Contact not verified.)"
"""The same in a short text. Only in one with a link, which stands alone: who builds on one without says it himself."""


class Letter(NamedTuple):
    """One message in words for a mail client. `html` is empty in the minimal wording."""

    subject: str
    plain: str
    html: str


SUBJECT, SHORT, LONG = 200, 480, 20_000
"""Characters of a policy's own wording."""


def subject(message: Message) -> str:
    """The same for every message of an incident, whatever becomes of it, so that mail clients keep them together."""
    if message.code:
        return "Your Escalator code"
    try:
        own = message.words.subject if message.words else None
        marked = f"{len(message.also) + 1} incidents" if message.also else f"#{number(message)}"
        return f"[{marked}] {clean.line(own, SUBJECT) if own else title(message, 120)}"
    except CONTENT_ERRORS:
        return minimal(message).subject


def short(message: Message) -> str:
    """For a phone: one SMS (160 GSM characters) where links and language allow; links are never cut."""
    if message.code:
        return _code(message)
    try:
        link = message.acknowledge or message.link
        tail = f"\n{'Ack' if message.acknowledge else 'See'}: {link}" if link else ""
        own = message.words.short if message.words else None
        if own:
            return clean.cut("\n".join(clean.block(own, SHORT)), SHORT) + (tail if link not in own else "")
        head = f"{heading(message)} " if message.also else f"{heading(message)} #{number(message)} "
        said = head + gsm.fit(numbers(message) if message.also else title(message, 160), head + tail) + tail
        doubt = DOUBTFUL if message.unverified and tail else ""
        return said + doubt if gsm.length(said + doubt) <= gsm.ONE else said
    except CONTENT_ERRORS:
        return minimal(message).plain


def letter(message: Message) -> Letter:
    """The full wording, or the minimal one where that raises."""
    if message.code:
        return Letter(subject(message), _code(message), "")
    try:
        if message.words and message.words.long:
            return Letter(subject(message), "\n".join(_own(message, message.words.long)), "")
        facts = gather(message)
        return Letter(subject(message), "\n".join(_plain(facts)), TEMPLATE.render(facts=facts))
    except CONTENT_ERRORS:
        return minimal(message)


def _code(message: Message) -> str:
    code, whose = clean.line(message.code or "", 20), clean.line(message.person or "", 60)
    return (
        f"Your Escalator code is {code}. It proves that this contact is {whose}'s, for 10 minutes. "
        "If you did not ask for it, ignore it."
    )


def _own(message: Message, text: str) -> Iterator[str]:
    """A policy's own long text; how to answer is never left to it."""
    yield from clean.block(text, LONG, 400)
    yield ""
    if message.acknowledge and message.acknowledge not in text:
        yield f"Acknowledge:  {message.acknowledge}"
    yield f"Open:         {message.link}"
    if message.unverified:
        yield UNVERIFIED
    yield from _listed(gather(message).told)


def minimal(message: Message) -> Letter:
    """What is left when content makes everything else impossible: which incident, and the links."""
    which = clean.line(message.incident.get("id", "?") if isinstance(message.incident, dict) else "?", 40)
    lines = [f"{clean.line(message.kind, 20).upper()}: incident #{which}"]
    if message.acknowledge:
        lines.append(f"Acknowledge: {message.acknowledge}")
    lines.append(f"Open: {message.link}")
    return Letter(f"[#{which}] Escalator incident", "\n".join(lines), "")


def _plain(facts: Facts) -> Iterator[str]:
    """The long text: our own lines first, so that nothing written by a stranger can come before the links."""
    yield f"{facts.heading}: {facts.title}"
    yield ""
    if facts.acknowledge:
        yield f"Acknowledge:  {facts.acknowledge}"
    yield f"Open:         {facts.link}"
    yield ""
    yield facts.why
    if facts.unverified:
        yield UNVERIFIED
    yield from _listed(facts.told)
    if facts.told:
        yield ""
        yield f"The first of them, #{facts.told[0].number}:"
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


def _listed(told: tuple[Told, ...]) -> Iterator[str]:
    """Every incident of a digest."""
    for each in told:
        yield f"* #{each.number} {each.severity}"
        yield from _quoted(each.title)
        if each.link:
            yield f"  {each.link}"


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


def _template() -> Any:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(Path(__file__).with_name("letter.html").read_text("utf-8"))


TEMPLATE = _template()
