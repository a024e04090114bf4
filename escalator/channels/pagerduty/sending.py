"""The PagerDuty channel: events out through PagerDuty's own client, in a thread, each once.

Sent again is safe: the dedup_key makes it the same alert. In order: the outbox lets an acknowledgement or a resolve
wait for what is on its way, because a trigger that comes after a resolve opens a new alert there.
"""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from escalator.channels import clean
from escalator.channels.base import SEND_DEADLINE, Channel, Message, NotSent, Sent
from escalator.channels.desk import Desk, Incoming, Outgoing
from escalator.channels.pagerduty import events, webhooks

TIMEOUT = 8
"""Seconds for the client's connection and for each of its reads: its thread ends before the send's deadline."""
RATE_WAIT = 30.0


class PagerDuty(Channel):
    """Every routing key of one region."""

    via = "pagerduty"
    door = "pagerduty"
    merges = False
    spacing = 0.5
    """PagerDuty takes about 120 events a minute for a key."""

    def __init__(self, url: str, webhook_secrets: str | None = None, *, deadline: float = SEND_DEADLINE - 0.3) -> None:
        self._url = url.rstrip("/")
        self._secrets = [secret for secret in (webhook_secrets or "").split(",") if secret]
        self._deadline = deadline

    async def send(self, address: str, message: Message) -> Sent:
        key = address.strip()
        try:
            async with asyncio.timeout(self._deadline):
                return await asyncio.to_thread(self._post, key, message)
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

    def _post(self, key: str, message: Message) -> Sent:
        """In a thread: the client is synchronous."""
        try:
            return self._enqueue(key, events.event(message))
        except NotSent as refused:
            if refused.outcome != "permanent" or events.action_of(message) != "trigger":
                raise
        # What was refused may be the content: a routing key that is wrong is refused again.
        return self._enqueue(key, events.minimal(message))

    def _enqueue(self, key: str, event: dict[str, Any]) -> Sent:
        from pagerduty.errors import Error

        from escalator.channels.pagerduty.client import Client

        client = Client(key, base_url=self._url)
        client.retry = {}  # the engine retries: what is repeated unseen would break its deadline
        client.max_network_attempts = 0
        client.timeout = TIMEOUT
        action, name = event["event_action"], event["dedup_key"]
        rest = {field: given for field, given in event.items() if field not in ("event_action", "dedup_key")}
        try:
            client.send_event(action, dedup_key=name, **rest)
        except Error as error:
            raise _explained(error) from None
        finally:
            client.close()
        return Sent(name, f"HTTP 202 {action}", delivered=True)


def _explained(error: Any) -> NotSent:
    """What PagerDuty's answer, or the want of one, means."""
    response = error.response
    if response is None:
        cause = type(error.__cause__).__name__ if error.__cause__ else "no answer"
        before = "Connect" in cause
        return NotSent("temporary" if before else "ambiguous", f"no answer from PagerDuty: {cause}")
    status, said = int(response.status_code), _said(response)
    if status == 429:
        wait = response.headers.get("Retry-After", "")
        return NotSent("temporary", f"HTTP 429 {said}", float(wait) if wait.isdigit() else RATE_WAIT)
    if 400 <= status < 500 and status not in (404, 408):
        return NotSent("permanent", f"HTTP {status} {said}: is the routing key right?")
    return NotSent("temporary", f"HTTP {status} {said}")


def _said(response: Any) -> str:
    """PagerDuty's words: `message` and `errors`, which name fields and never repeat the key."""
    try:
        found = response.json()
        words = [found.get("message") or found.get("status") or "", *map(str, found.get("errors") or ())]
    except (ValueError, AttributeError):
        words = [response.reason_phrase or ""]
    return clean.line("; ".join(filter(None, words)), 160)
