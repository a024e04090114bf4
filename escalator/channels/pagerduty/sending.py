"""The PagerDuty channel: events out through PagerDuty's own client, in a thread, each once.

Sent again is safe: the dedup_key makes it the same alert. In order: the outbox lets an acknowledgement or a resolve
wait for what is on its way, because a trigger that comes after a resolve opens a new alert there.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from escalator.channels import clean
from escalator.channels.base import SEND_DEADLINE, Channel, Message, NotSent, Sent
from escalator.channels.desk import Desk, Incoming, Outgoing
from escalator.channels.pagerduty import events, webhooks
from escalator.channels.retry_after import seconds

RATE_WAIT = 30.0
"""Seconds that PagerDuty suggests after a 429 (developer-docs, events API v2, rate limits)."""


class PagerDuty(Channel):
    """Every routing key of one region."""

    via = "pagerduty"
    door = "pagerduty"
    merges = False
    spacing = 0.5
    """PagerDuty takes about 120 events a minute for a key."""

    def __init__(self, url: str, webhook_secrets: str | None = None, *, deadline: float = SEND_DEADLINE - 0.3) -> None:
        self._url = url.rstrip("/")
        self._secrets = [secret for each in (webhook_secrets or "").split(",") if (secret := each.strip())]
        self._deadline = deadline
        # Threads of its own: a PagerDuty that hangs must not keep the others' name look-ups waiting. Twice as many as
        # sends, for those that were given up and still hang.
        self._threads = ThreadPoolExecutor(2 * self.at_once, "pagerduty")

    async def send(self, address: str, message: Message) -> Sent:
        key, before = address.strip(), time.monotonic() + self._deadline
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._deadline):
                return await loop.run_in_executor(self._threads, self._post, key, message, before)
        except TimeoutError:
            raise NotSent("ambiguous", "PagerDuty did not answer in time") from None

    async def check(self) -> str:
        """Events cannot be tried without paging: whether the host answers, and whether answers can come back."""
        host = urlsplit(self._url)
        try:
            port = host.port or (443 if host.scheme == "https" else 80)
            async with asyncio.timeout(self._deadline):
                _, writer = await asyncio.open_connection(host.hostname, port)
            writer.close()
        except (OSError, TimeoutError) as trouble:
            name = type(trouble).__name__
            raise NotSent(
                "temporary", f"{host.hostname} does not answer ({name}): ESCALATOR_PAGERDUTY_EVENTS_URL"
            ) from None
        back = "" if self._secrets else "; nothing comes back without ESCALATOR_PAGERDUTY_WEBHOOK_SECRET"
        return f"pagerduty: {host.hostname} answers{back}"

    def provider(self, address: str) -> str:
        return "PagerDuty"

    async def receive(self, request: Incoming, desk: Desk) -> Outgoing:
        return await webhooks.receive(request, desk, self._secrets)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _post(self, key: str, message: Message, before: float) -> Sent:
        """In a thread: the client is synchronous."""
        try:
            return self._enqueue(key, events.event(message), before)
        except NotSent as refused:
            if refused.outcome != "permanent" or events.action_of(message) != "trigger":
                raise
        # What was refused may be the content: a routing key that is wrong is refused again.
        return self._enqueue(key, events.minimal(message), before)

    def _enqueue(self, key: str, event: dict[str, Any], before: float) -> Sent:
        from pagerduty.errors import Error

        from escalator.channels.pagerduty.client import Client, Late

        action, name = event["event_action"], event["dedup_key"]
        rest = {field: given for field, given in event.items() if field not in ("event_action", "dedup_key")}
        with Client(key, self._url, before) as client:
            try:
                client.send_event(action, dedup_key=name, **rest)
            except Late:
                raise NotSent("temporary", "given up before anything was sent") from None
            except Error as error:
                # An answer in another form than the reference gives: it took the event all the same.
                if error.response is None or not error.response.is_success:
                    raise _explained(error, key) from None
        return Sent(name, f"HTTP 202 {action}: accepted, and worked on later")


def _explained(error: Any, key: str) -> NotSent:
    """What PagerDuty's answer, or the want of one, means."""
    response = error.response
    if response is None:
        cause = type(error.__cause__).__name__ if error.__cause__ else "no answer"
        before = "Connect" in cause
        return NotSent("temporary" if before else "ambiguous", f"no answer from PagerDuty: {cause}")
    said = _said(response)
    status, said = int(response.status_code), said.replace(key, "…") if key else said
    if status == 429:
        return NotSent("temporary", f"HTTP 429 {said}", seconds(response.headers.get("Retry-After")) or RATE_WAIT)
    if 400 <= status < 500 and status not in (404, 408):
        return NotSent("permanent", f"HTTP {status} {said}: is the routing key right?", blames="contact")
    return NotSent("temporary", f"HTTP {status} {said}")


def _said(response: Any) -> str:
    """PagerDuty's words: its reference promises a `message` and a list `errors`."""
    try:
        found = response.json()
        errors = found.get("errors") or []
        words = [found.get("message") or found.get("status"), *(errors if isinstance(errors, list) else [errors])]
    except (ValueError, AttributeError):
        words = [response.reason_phrase]
    return clean.line("; ".join(str(word) for word in words if word), 160)
