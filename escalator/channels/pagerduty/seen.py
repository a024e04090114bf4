"""What PagerDuty is sent: it shows that in its own way."""

from escalator.channels.base import Message
from escalator.channels.pagerduty.events import event
from escalator.channels.seen import Seen, document


def seen(message: Message) -> Seen:
    """One event, without the routing key."""
    return document("Event to PagerDuty", event(message))
