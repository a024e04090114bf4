"""PagerDuty's own client, less what is not for us: its insistence on https (a proxy on this machine speaks http), and
its endless patience with a rate limit, which would outlast the deadline of a send.
"""

from typing import Any

from pagerduty import EventsApiV2Client
from pagerduty.errors import HttpError


class Client(EventsApiV2Client):
    """The Events API v2; each request once."""

    url: str = ""
    """The property that checks the scheme becomes a plain attribute."""

    def postprocess(self, response: Any, suffix: str = "") -> None:
        if response.status_code == 429:
            raise HttpError("rate limited", response)
