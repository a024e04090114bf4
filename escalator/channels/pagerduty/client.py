"""PagerDuty's own client, less what is not for us: its insistence on https (a proxy on this machine speaks http), its
endless patience with a rate limit, and its retries, which would repeat unseen what the engine repeats.

It runs in a thread, which cannot be stopped: so it looks at the time itself, and writes nothing once the send is given
up. A trigger that arrived after the resolve would open an alert that nobody closes.
"""

import time
from functools import lru_cache
from ssl import SSLContext, create_default_context
from typing import Any

from pagerduty import EventsApiV2Client
from pagerduty.errors import HttpError

PATIENCE = (3.0, 6.0, 6.0, 6.0)
"""Seconds to connect, for each read, for each write, for a free connection."""
BEFORE_THE_END = ("connection.", "http11.send_request")
"""Steps (httpcore's names) after which the whole request has left us."""


class Late(Exception):
    """The send was given up before anything of it went out."""


class Client(EventsApiV2Client):
    """The Events API v2; each request once, and none written after `before` (of `time.monotonic`): raises Late."""

    url: str = ""
    """The property that checks the scheme becomes a plain attribute."""

    def __init__(self, routing_key: str, url: str, before: float) -> None:
        hooks = {"request": [self._watched]}
        super().__init__(routing_key, base_url=url, verify=_certificates(), event_hooks=hooks)
        self.retry = {}
        self.max_network_attempts = 0
        self.timeout = PATIENCE  # type: ignore[assignment]  # it is handed to httpx as it is
        self._before = before

    def postprocess(self, response: Any, suffix: str = "") -> None:
        if response.status_code == 429:
            raise HttpError("rate limited", response)

    def _watched(self, request: Any) -> None:
        request.extensions["trace"] = self._look

    def _look(self, step: str, details: Any) -> None:
        if step.endswith(".started") and step.startswith(BEFORE_THE_END) and time.monotonic() > self._before:
            raise Late


@lru_cache(1)
def _certificates() -> SSLContext:
    """Read once: it takes 20 ms."""
    return create_default_context()
