"""Texts: sends them, finds again what may have arrived already, and hears the answers at the door that calls share.

Twilio knows no idempotency key. After an attempt of unknown end the number's newest messages are looked through for
ours; by the day they were created, since one that still waits in Twilio's queue has no DateSent. Limits of that: a text
whose first words changed since (a worse severity) is not recognised, nor is one that Twilio does not list yet; then it
goes out twice, which is the better mistake.
"""

from asyncio import timeout
from datetime import UTC, datetime, timedelta
from typing import Any

from escalator.channels.base import Channel, Message, NotSent, Sent
from escalator.channels.desk import Desk, Incoming, Outgoing
from escalator.channels.twilio import codes, words
from escalator.channels.twilio.callbacks import Callbacks
from escalator.channels.twilio.rest import Refused, Rest, judged

VALID = (3600, 36_000)
"""Seconds, from and to, for which a text may wait in Twilio's queue: at least until the next step is due. One that
expires is reported, so it is sent again, not lost; one that waits for ever would wake people for what is over.
"""
LOOK_WITHIN = 3.0
"""Seconds for the look-up: the send itself must find time."""
LOOKED_THROUGH = 50
SKEW = timedelta(seconds=5)
"""Twilio's clock and ours."""


class Sms(Channel):
    """One per account."""

    via = "sms"
    verifies = True
    door = "twilio"
    at_once = 16

    def __init__(self, rest: Rest, callbacks: Callbacks) -> None:
        self._rest = rest
        self._callbacks = callbacks

    async def send(self, address: str, message: Message) -> Sent:
        to = address.strip()
        with judged():
            async with timeout(self._rest.deadline):
                before = await self._sent_before(to, message) if message.tries > 1 else None
                return before or await self._create(to, message)

    async def check(self) -> str:
        return await check(self._rest)

    def provider(self, address: str) -> str:
        return "Twilio (texts)"

    async def close(self) -> None:
        await self._rest.close()

    async def receive(self, request: Incoming, desk: Desk) -> Outgoing:
        return await self._callbacks.receive(request, desk)

    async def _create(self, to: str, message: Message) -> Sent:
        fields = self._fields(to, message)
        try:
            made = await self._rest.text(**fields)
        except Refused as refused:
            made = await self._rest.text(**self._instead(refused, fields, message))
        if made.status in ("failed", "undelivered"):
            raise codes.refusal(201, made.error_code, "", None)
        return Sent(made.sid, f"HTTP 201 {made.status}")

    def _fields(self, to: str, message: Message) -> dict[str, Any]:
        sender = self._rest.sender
        return {
            "to": to,
            ("from_" if sender.startswith("+") else "messaging_service_sid"): sender,
            "body": words.text(message),
            "status_callback": self._callbacks.url("status"),
            "validity_period": validity(message),
        }

    def _instead(self, refused: Refused, fields: dict[str, Any], message: Message) -> dict[str, Any]:
        """The same page in a form that Twilio takes; raises `refused` where the form was not the reason."""
        if refused.code in codes.CONTENT and message.kind != "code":
            return fields | {"body": words.minimal(message)}
        if refused.code in codes.UNUSABLE_URL:
            return {name: value for name, value in fields.items() if name != "status_callback"}
        raise refused

    async def _sent_before(self, to: str, message: Message) -> Sent | None:
        """What an earlier attempt left at Twilio; None too where Twilio cannot say."""
        since = queued(message)
        if since is None:
            return None
        try:
            async with timeout(LOOK_WITHIN):
                found = await self._rest.texts(to, LOOKED_THROUGH)
        except (Refused, OSError, ValueError):
            return None  # the send itself will say what is wrong
        for each in found:
            recent = each.date_created is not None and each.date_created >= since
            alive = each.status not in ("failed", "undelivered", "canceled")
            if recent and alive and each.direction == "outbound-api" and words.is_of(each.body or "", message):
                return Sent(each.sid, f"found at Twilio, {each.status}: not sent again", each.status == "delivered")
        return None


def validity(message: Message) -> int:
    """Seconds until the incident's next step, within VALID."""
    try:
        due = datetime.fromisoformat(str(message.incident.get("due_at")))
        wait = int((due - datetime.fromisoformat(message.queued_at)).total_seconds())
    except (ValueError, TypeError):
        return VALID[0]
    return min(max(wait, VALID[0]), VALID[1])


def queued(message: Message) -> datetime | None:
    """No attempt of this message was made before this instant."""
    try:
        return datetime.fromisoformat(message.queued_at).astimezone(UTC) - SKEW
    except ValueError:
        return None


async def check(rest: Rest) -> str:
    """Whether the account is there and active; raises NotSent."""
    account = await rest.account()
    if account.status != "active":
        raise NotSent("temporary", f"the account is {account.status}: Twilio sends nothing until that is mended")
    trial = "; a trial account: it reaches verified numbers only" if account.type == "Trial" else ""
    sender = "a messaging service" if rest.sender.startswith("MG") else "a number"
    return f"Twilio: the account is active, the sender is {sender}{trial}"
