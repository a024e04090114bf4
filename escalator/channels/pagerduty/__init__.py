"""PagerDuty: one alert there for each incident here, kept in step both ways. All that is known of it stands here.

Always there: routing keys stand in the policies. The SDK takes a while to import, so it is imported at the first send.
"""

from escalator.channels.base import Channel
from escalator.channels.pagerduty.seen import seen
from escalator.channels.pagerduty.sending import PagerDuty
from escalator.channels.wiring import Wiring

SEEN = {"pagerduty": seen}


def from_wiring(wiring: Wiring) -> tuple[Channel, ...]:
    return (PagerDuty(wiring.pagerduty_events_url, wiring.pagerduty_webhook_secret),)
