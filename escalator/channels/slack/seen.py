"""What a channel or a person reads in Slack."""

import re
from collections.abc import Iterator

from escalator.channels.base import Message
from escalator.channels.seen import Seen
from escalator.channels.slack import blocks
from escalator.channels.slack.blocks import Block

_LINK = re.compile(r"<https?://[^|>]+\|([^>]+)>")


def seen(message: Message) -> Seen:
    """The message; an update is one line in its thread."""
    if message.kind not in ("page", "code") and not message.first:
        return Seen("chat", lines=(_plain(blocks.line(message)),))
    post = blocks.content(message, buttons=True)
    texts = [each for block in post.blocks for each in _texts(block)]
    title = texts[0] if post.blocks and post.blocks[0]["type"] == "header" else ""
    said = tuple(texts[1:] if title else texts) or (_plain(post.text),)
    return Seen("chat", title, said, tuple(label for block in post.blocks for label in _labels(block)))


def _texts(block: Block) -> Iterator[str]:
    for each in [block["text"]] if "text" in block else block.get("elements", ()):
        if isinstance(each.get("text"), str):
            yield _plain(each["text"]) if each.get("type") == "mrkdwn" else each["text"]


def _labels(block: Block) -> Iterator[str]:
    for each in block.get("elements", ()) if block["type"] == "actions" else ():
        yield (each.get("text") or each.get("placeholder"))["text"]


def _plain(text: str) -> str:
    """Without what only Slack reads."""
    bare = _LINK.sub(r"\1", text).replace("*", "")
    return bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
