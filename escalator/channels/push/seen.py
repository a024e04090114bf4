"""What a device shows."""

import json

from escalator.channels.base import Message
from escalator.channels.push.content import payload
from escalator.channels.seen import Seen


def seen(message: Message) -> Seen:
    """The notification, with the button that the service worker gives it."""
    told = json.loads(payload(message))
    return Seen("notification", told["title"], (told["body"],), ("Acknowledge",) if message.acknowledge else ())
