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
    outbound_allow: Sequence[str | IPv4Network | IPv6Network] = ()
    """Networks that webhooks may reach though they are not public."""
