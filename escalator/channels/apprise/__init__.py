"""apprise: a hundred further services by URL. All that is known of it and of them stands in this folder.

An extra (`escalator[apprise]`): without the library there is no such way out. Light on purpose: the library is imported
at the first message, in a thread.
"""

from importlib.util import find_spec

from escalator.channels.apprise.seen import seen
from escalator.channels.base import Channel
from escalator.channels.wiring import Wiring

SEEN = {"apprise": seen}


def from_wiring(wiring: Wiring) -> tuple[Channel, ...]:
    """Where the library is installed; the addresses stand in the policies."""
    if find_spec("apprise") is None:
        return ()
    from escalator.channels.apprise.sending import Apprise

    return (Apprise(wiring.public_url, wiring.outbound_allow),)
