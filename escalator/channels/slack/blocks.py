"""A message as blocks: our words and buttons in mrkdwn, strangers' words in plain text, which pings and links nothing.

Limits (docs.slack.dev/reference/block-kit): 50 blocks, 3,000 characters a text, 150 a header, 2,000 a button's value;
and about 13,000 in all, which no page of Slack's says (slackapi/bolt-js#2509).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from escalator.channels import clean, wording
from escalator.channels.base import Message, stamp

HEADER, TEXT, VALUE, BLOCKS, ALL = 150, 3000, 2000, 50, 11_000
ALERTS_SHOWN, LISTED = 6, 40
SNOOZES = (("30 minutes", "30m"), ("1 hour", "1h"), ("4 hours", "4h"), ("Until tomorrow (12 hours)", "12h"))
Block = dict[str, Any]


class Post(NamedTuple):
    """What Slack is sent."""

    text: str
    """For notifications and screen readers; escaped."""
    blocks: list[Block]


def post(message: Message, *, buttons: bool = True) -> Post:
    """The whole message. `buttons`: whether presses can come back."""
    facts = wording.gather(message)
    title = f"{facts.heading} #{clean.line(message.incident.get('id', '?'), 20)} {facts.title}"
    if message.also:
        title = f"{facts.heading}: {len(message.also) + 1} incidents"
    if message.words and message.words.subject:
        title = clean.line(message.words.subject, HEADER)
    blocks = [_header(title), *_body(message, facts)]
    if buttons:
        blocks += _actions(message)
    return Post(escaped(clean.cut(title, 300)), blocks[:BLOCKS])


def content(message: Message, *, buttons: bool) -> Post:
    """In full; where odd content makes that impossible, in plain text."""
    if message.kind == "code":
        return Post(f"{clean.line(message.code or '', 20)} is your Escalator code: it proves that this is yours.", [])
    try:
        return post(message, buttons=buttons)
    except wording.CONTENT_ERRORS:
        return plain(message)


def line(message: Message) -> str:
    """One line of the story, for the thread."""
    return escaped(clean.line(message.reason or message.kind, 600)) or "news"


def plain(message: Message) -> Post:
    """What is left when Slack refuses the content: nothing in it is a stranger's."""
    letter = wording.minimal(message)
    return Post(escaped(clean.cut(letter.plain, TEXT)), [])


def escaped(text: str) -> str:
    """Text that Slack reads as mrkdwn: no mention, no link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def value(incident: Mapping[str, Any]) -> str:
    """What a button carries: the incident, bound to its opening, so that another database's never fits."""
    return f"{incident.get('id')}.{stamp(incident)}"


def _header(title: str) -> Block:
    return {"type": "header", "text": _plain(clean.cut(title, HEADER))}


def _body(message: Message, facts: wording.Facts) -> Iterator[Block]:
    if message.also:
        yield from _digest([message.incident, *message.also])
    yield _section(_plain(clean.cut(facts.why, TEXT)))
    rows = " · ".join(f"*{name}* {escaped(text)}" for name, text in facts.rows if not message.also)
    links = " · ".join(_links(message, facts))
    if message.unverified:
        links += " · this contact was never verified"
    yield _section({"type": "mrkdwn", "text": clean.cut("\n".join(filter(None, (rows, links))), TEXT)})
    room = ALL
    for alert in facts.alerts[:ALERTS_SHOWN]:
        text = clean.cut("\n".join(_alert(alert)), min(TEXT, room)) if room > 100 else ""
        room -= len(text)
        if text and not message.also:
            yield _section(_plain(text))
    hidden = facts.more + max(0, len(facts.alerts) - ALERTS_SHOWN)
    if hidden and not message.also:
        yield {"type": "context", "elements": [_plain(f"and {hidden} more alerts")]}


def _digest(incidents: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    """All that the message tells of, by number."""
    lines = [
        f"#{clean.line(each.get('id', '?'), 20)} {wording.foreign(each.get('title') or '', 100)} "
        f"({wording.foreign(each.get('severity') or '', 10)})"
        for each in incidents[:LISTED]
    ]
    if len(incidents) > LISTED:
        lines.append(f"and {len(incidents) - LISTED} more")
    yield _section(_plain(clean.cut("\n".join(lines), TEXT)))


def _links(message: Message, facts: wording.Facts) -> Iterator[str]:
    if facts.acknowledge:
        yield f"<{facts.acknowledge}|Acknowledge in the browser>"
    yield f"<{facts.link}|Open>"
    seen: set[str] = set()
    for alert in facts.alerts:
        for what, url, host in alert.links:
            if what not in seen:
                seen.add(what)
                yield f"<{escaped(url)}|{what}> ({escaped(host)})"


def _alert(alert: wording.Shown) -> Iterator[str]:
    yield f"{alert.name} ({', '.join(filter(None, (alert.severity, alert.status)))}), since {alert.since}"
    for name, lines in alert.texts:
        yield f"{name}: {' '.join(lines)}"
    yield ", ".join(f"{name}={text}" for name, text in alert.labels)


def _actions(message: Message) -> list[Block]:
    status = message.incident.get("status")
    if message.also:
        return _all_actions(message) if message.kind == "page" else []
    if status == "resolved" or message.kind == "resolved":
        return []
    here = value(message.incident)
    held = status in ("acknowledged", "snoozed")
    first = (
        _button("unacknowledge", "Hand back", here) if held else _button("acknowledge", "Acknowledge", here, "primary")
    )
    answers = [
        first,
        _button("resolve", "Resolve", here),
        {
            "type": "static_select", "action_id": "snooze", "placeholder": _plain("Snooze"),
            "options": [{"text": _plain(text), "value": f"{here}|{span}"} for text, span in SNOOZES],
        },
        _button("escalate", "Escalate", here),
    ]  # fmt: skip
    more = [
        _button("reassign", "Reassign…", here),
        _button("note", "Note…", here),
        _button("silence", "Silence…", here, "danger"),
    ]
    return [{"type": "actions", "elements": answers}, {"type": "actions", "elements": more}]


def _all_actions(message: Message) -> list[Block]:
    """One button for all, where their names fit into it; the link in the text takes any number."""
    everything = " ".join(value(each) for each in (message.incident, *message.also))
    if len(everything) > VALUE:
        return []
    text = f"Acknowledge all {len(message.also) + 1}"
    return [{"type": "actions", "elements": [_button("acknowledge_all", text, everything, "primary")]}]


def _button(action: str, text: str, carries: str, style: str | None = None) -> Block:
    button: Block = {"type": "button", "action_id": action, "text": _plain(text), "value": carries}
    return button | {"style": style} if style else button


def _section(text: Block) -> Block:
    return {"type": "section", "text": text}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text or "–", "emoji": False}
