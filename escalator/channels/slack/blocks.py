"""A message as blocks: our words and buttons in mrkdwn, strangers' words in plain text, which pings and links nothing.

Limits (docs.slack.dev/reference/block-kit): 50 blocks, 3,000 characters a text, 150 a header, 2,000 a button's value;
and about 13,000 in all, which no page of Slack's says (slackapi/bolt-js#2509).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from escalator.channels import clean, wording
from escalator.channels.base import Message
from escalator.channels.slack.carried import value

HEADER, TEXT, VALUE, BLOCKS, ALL = 150, 3000, 2000, 50, 11_000
LINKS = 2000
"""Characters of alerts' links: our own come first."""
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
    title = f"{facts.heading} #{_number(message.incident)} {facts.title}"
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
    """One line of the story: what happened."""
    return escaped(_happened(message))


def story(message: Message, *, shared: bool, buttons: bool) -> Post:
    """What happened, for the thread. A page stands in the channel too, so it says all that somebody needs to answer;
    in the thread of several incidents each line names its own.
    """
    happened = _happened(message)
    if message.kind != "page" and not shared:
        return Post(line(message), [_section(_plain(happened))])
    text = f"{which(message)}: {happened}"
    blocks = [_section(_plain(text))]
    if message.kind == "page":
        target = escaped(clean.line(message.target, 120))
        blocks.append(_section(_mrkdwn(f"{_answer_links(message)} · told as {target}")))
        if buttons and message.incident.get("status") == "triggered":
            acknowledge = _button("acknowledge", "Acknowledge", value(message.incident), "primary")
            blocks.append({"type": "actions", "elements": [acknowledge]})
    return Post(escaped(text), blocks)


def _happened(message: Message) -> str:
    return clean.line(message.reason or message.kind, 600) or "news"


def which(message: Message) -> str:
    """One incident in one line; never raises, whatever strangers wrote."""
    try:
        facts = wording.gather(message)
        return clean.cut(f"{facts.heading} #{_number(message.incident)} {facts.title}", 300)
    except wording.CONTENT_ERRORS:
        return f"#{_number(message.incident)}"


def plain(message: Message) -> Post:
    """What is left when Slack refuses the content: nothing in it is a stranger's."""
    letter = wording.minimal(message)
    return Post(escaped(clean.cut(letter.plain, TEXT)), [])


def escaped(text: str) -> str:
    """Text that Slack reads as mrkdwn: no mention, no link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


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
    # Rows may be cut; how to answer is not.
    rows = _whole(rows, TEXT - len(links) - 1)
    yield _section(_mrkdwn("\n".join(filter(None, (rows, links)))))
    if message.words and message.words.long:
        yield _section(_plain(clean.cut("\n".join(clean.block(message.words.long, TEXT)), TEXT)))
        return
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
        f"#{_number(each)} {wording.foreign(each.get('title') or '', 100)} "
        f"({wording.foreign(each.get('severity') or '', 10)})"
        for each in incidents[:LISTED]
    ]
    if len(incidents) > LISTED:
        lines.append(f"and {len(incidents) - LISTED} more")
    yield _section(_plain(clean.cut("\n".join(lines), TEXT)))


def _links(message: Message, facts: wording.Facts) -> Iterator[str]:
    yield _answer_links(message)
    seen: set[str] = set()
    room = LINKS
    for alert in facts.alerts:
        for what, url, host in alert.links:
            shown = f"<{escaped(url).replace('|', '%7C')}|{what}> ({escaped(host)})"
            if what not in seen and len(shown) <= room:
                seen.add(what)
                room -= len(shown)
                yield shown


def _answer_links(message: Message) -> str:
    acknowledge = f"<{message.acknowledge}|Acknowledge in the browser> · " if message.acknowledge else ""
    return f"{acknowledge}<{message.link}|Open>"


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


def _mrkdwn(text: str) -> Block:
    # Verbatim: Slack makes no links of its own out of what strangers wrote.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _whole(text: str, limit: int) -> str:
    """Cut, but not inside of `&lt;`, which would leave a bare `&`."""
    return re.sub(r"&[a-z]{0,3}(…?)$", r"\1", clean.cut(text, limit)) if len(text) > limit else text


def _number(incident: Mapping[str, Any]) -> str:
    return clean.line(incident.get("id", "?"), 20)


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text or "–", "emoji": False}
