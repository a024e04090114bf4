"""What a phone shows, and what a call says."""

from escalator.channels.base import Message
from escalator.channels.seen import Seen
from escalator.channels.twilio import words


def text(message: Message) -> Seen:
    """An SMS."""
    return Seen("text", lines=(words.text(message),))


def call(message: Message) -> Seen:
    """What the voice says, and which keys answer."""
    return Seen("call", lines=(words.spoken(message.incident, message.alerts), words.KEYS))
