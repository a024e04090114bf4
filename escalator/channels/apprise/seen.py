"""What one of the services behind apprise shows, where it bears a whole message."""

from escalator.channels.apprise.words import Room, fitted
from escalator.channels.base import Message
from escalator.channels.seen import Seen

ROOM = Room(3900, 200)


def seen(message: Message) -> Seen:
    """Title and text."""
    told = fitted(message, ROOM)
    return Seen("chat", told.title, (told.body,))
