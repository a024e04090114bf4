"""A message as the app of its receiver would show it, for whoever looks at the sandbox. Each vendor shows his own."""

import json
from typing import Any, Literal, NamedTuple

from escalator.channels import wording
from escalator.channels.base import Message


class Seen(NamedTuple):
    """Words only; who draws it escapes them."""

    look: Literal["chat", "text", "call", "letter", "notification", "document"]
    title: str = ""
    lines: tuple[str, ...] = ()
    """Paragraphs, which may hold line breaks."""
    buttons: tuple[str, ...] = ()
    html: str = ""
    """Of a letter: a whole document."""


def document(title: str, content: Any) -> Seen:
    """What goes to a machine."""
    return Seen("document", title, (json.dumps(content, indent=2, ensure_ascii=False),))


def plainly(message: Message) -> Seen:
    """For a way out that says nothing of its own."""
    letter = wording.letter(message)
    return Seen("text", letter.subject, (letter.plain,))
