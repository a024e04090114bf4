"""Slack: messages with buttons, and what people press. All that is known of Slack stands in this folder.

Always there, because an incoming webhook needs no settings. The SDK takes 0.2 s to import: only where there is a token.
"""

from escalator.channels.base import Channel
from escalator.channels.slack.seen import seen
from escalator.channels.wiring import Wiring

SEEN = {"slack": seen}


def from_wiring(wiring: Wiring) -> tuple[Channel, ...]:
    """One channel; without a bot token it takes incoming webhooks alone."""
    if not wiring.slack_bot_token:
        from escalator.channels.slack.hook import Hooks

        return (Hooks(wiring.outbound_allow),)
    from escalator.channels.slack.sending import Slack

    return (Slack(wiring, wiring.slack_bot_token),)
