"""Browser push: notifications on a person's own devices, with a button. All that is known of it stands in this folder.

Always there, because it needs no settings: the keys are made at first use. What encrypts takes 0.2 s to import, so it
is imported when the first device is sent something.
"""

from escalator.channels.base import Channel
from escalator.channels.push.seen import seen
from escalator.channels.wiring import Wiring

SEEN = {"push": seen}


def from_wiring(wiring: Wiring) -> tuple[Channel, ...]:
    """One channel, whose contacts are the devices that their person registered."""
    from escalator.channels.push.sending import Push

    return (Push(wiring),)
