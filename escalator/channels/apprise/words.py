"""What is said through apprise, cut to what a service bears. Pure.

Each service has its own marks for "wake everybody" and for links with a name of their own; whatever a stranger wrote
must become none of them, whichever service it is for.
"""

import re
from typing import NamedTuple

from escalator.channels import clean, wording
from escalator.channels.base import Message

SHORTEST = 450
"""Characters: below this, what is written for a phone says more."""
# `@here` pings a room; `name@example.com` does not. Discord and others look for these words wherever they stand.
MENTION = re.compile(r"(?i)(?<![A-Za-z0-9])@|@(?=everyone|here|channel|all\b|room|team)")
# Slack's and Discord's <!here> <@U1> <#C1> <@&1>, Google Chat's <users/all>.
ANGLE = re.compile(r"(?i)<(?=[!@#]|users/)")
NAMED_LINK = "]("
"""Markdown's: a link may not hide where it leads behind our words."""


class Text(NamedTuple):
    title: str
    """Empty where the service knows no titles: then the body begins with it."""
    body: str


class Room(NamedTuple):
    """What a service bears, in characters."""

    body: int
    title: int = 0
    """0: it knows no titles."""


def fitted(message: Message, room: Room) -> Text:
    """The wording in this room; where to acknowledge always stands in the body, whole."""
    if room.body < SHORTEST:
        return Text("", _ending(message, harmless(wording.short(message)), room.body))
    title = clean.cut(harmless(wording.subject(message)), room.title or 200)
    body = harmless(wording.letter(message).plain)
    if not room.title:
        title, body = "", f"{title}\n{body}"
    return Text(title, _ending(message, body, room.body))


def least(message: Message) -> Text:
    """What is left when a service refuses the content."""
    return Text("", harmless(wording.minimal(message).plain))


def harmless(text: str) -> str:
    """No mention and no link with a name of its own. Our own links hold neither."""
    return ANGLE.sub("‹", MENTION.sub("＠", text)).replace(NAMED_LINK, "] (")


def _ending(message: Message, text: str, limit: int) -> str:
    """The text within the limit, and the link in it: a link that is cut leads nowhere."""
    kept = clean.cut(text, limit)
    link = message.acknowledge or message.link
    if message.code or not link or link in kept:
        return kept
    tail = f"\n{'Acknowledge' if message.acknowledge else 'Open'}: {link}"
    return clean.cut(text, max(0, limit - len(tail))) + tail
