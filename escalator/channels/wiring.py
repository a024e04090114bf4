"""What the channels may need to know of the settings. `app/` fills it in; each vendor's file takes what it wants."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple


class Wiring(NamedTuple):
    """All optional: a channel whose settings are missing does not exist."""

    public_url: str = "http://localhost:8080"
    """Where people reach us; its host also names our messages."""
    smtp_url: str | None = None
    """`smtp://user:password@host:587?tls=starttls`, or `implicit`, or `none`; `&verify=no` trusts any certificate."""
    email_from: str | None = None
    webhook_secrets: Sequence[str] = ()
    """`whsec_…`: all of them sign, two while one is being replaced."""
    email_reply_to: str | None = None
    """Mailbox whose provider posts replies to us: `escalator@in.example.com`; a token is put behind a `+`."""
    email_inbound_secret: str | None = None
    """What that provider signs with, or sends along."""
    slack_bot_token: str | None = None
    slack_signing_secret: str | None = None
    slack_app_token: str | None = None
    """Socket Mode: no public address is needed."""
    slack_api_url: str = "https://slack.com/api/"
    twilio_account_sid: str | None = None
    twilio_auth_token: str | None = None
    twilio_from: str | None = None
    """A number in E.164, or a messaging service (`MG…`); calls need a number."""
    twilio_api_url: str = "https://api.twilio.com"
    pagerduty_events_url: str = "https://events.pagerduty.com"
    pagerduty_webhook_secret: str | None = None
    """Several with commas between them while one is being replaced."""
    outbound_allow: Sequence[str | IPv4Network | IPv6Network] = ()
    """Networks that webhooks may reach though they are not public."""
