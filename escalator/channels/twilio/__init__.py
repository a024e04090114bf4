"""SMS and voice over Twilio. All that is known of Twilio stands in this folder; deleting it removes both ways out.

Light on purpose: the SDK takes a fifth of a second to import, so it is imported only where its settings are there.
"""

from escalator.channels.base import Channel
from escalator.channels.twilio import seen
from escalator.channels.wiring import Wiring

SEEN = {"sms": seen.text, "call": seen.call}


def from_wiring(wiring: Wiring) -> tuple[Channel, ...]:
    """Texts; and calls where the sender is a number (a messaging service cannot call). None without settings."""
    sid, token, sender = wiring.twilio_account_sid, wiring.twilio_auth_token, wiring.twilio_from
    if not (sid and token and sender):
        return ()
    from escalator.channels.twilio.callbacks import Callbacks
    from escalator.channels.twilio.rest import Rest
    from escalator.channels.twilio.sms import Sms
    from escalator.channels.twilio.voice import Voice

    rest = Rest(sid, token, sender, wiring.twilio_api_url)
    callbacks = Callbacks(sid, token, wiring.public_url)
    sms = Sms(rest, callbacks)
    return (sms, Voice(rest, callbacks)) if sender.startswith("+") else (sms,)
