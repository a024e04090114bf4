"""Calls: dials, and leaves what is said to the moment at which somebody answers, when the incident may be over.

A call has no text by which it could be found again. So after an attempt of unknown end nobody is rung twice at the same
time: while a call of ours to the number is under way, this one waits. Limit: a call that ended unheard by us is made
again.
"""

from asyncio import timeout
from typing import Any

from escalator.channels.base import Channel, Message, NotSent, Sent
from escalator.channels.twilio import codes, twiml
from escalator.channels.twilio.callbacks import Callbacks
from escalator.channels.twilio.rest import Refused, Rest, judged
from escalator.channels.twilio.sms import LOOK_WITHIN, LOOKED_THROUGH, check, queued

RING = 30
"""Seconds: most mailboxes take over later."""
DETECT_WITHIN = 15
"""Seconds until Twilio stops listening for a machine and takes whoever it is for a person."""
UNDER_WAY = frozenset(("queued", "initiated", "ringing", "in-progress"))
WAIT = 20.0
"""Seconds until a phone that rings for us already is rung again."""


class Voice(Channel):
    """One per account whose sender is a number."""

    via = "call"
    verifies = True

    def __init__(self, rest: Rest, callbacks: Callbacks) -> None:
        self._rest = rest
        self._callbacks = callbacks

    async def send(self, address: str, message: Message) -> Sent:
        to = address.strip()
        with judged():
            async with timeout(self._rest.deadline):
                if message.tries > 1 and await self._rings(to, message):
                    busy = "a call of ours to this number is under way"
                    raise NotSent("temporary", busy, WAIT, blames="contact")
                return await self._create(to, message)

    async def check(self) -> str:
        return await check(self._rest)

    def provider(self, address: str) -> str:
        return "Twilio (calls)"

    async def close(self) -> None:
        await self._rest.close()

    async def _create(self, to: str, message: Message) -> Sent:
        try:
            made = await self._rest.call(**self._fields(to, message))
        except Refused as refused:
            if refused.code not in codes.UNUSABLE_URL:
                raise
            # Nobody can answer by key then; but the phone rings and says why.
            made = await self._rest.call(to=to, from_=self._rest.sender, twiml=twiml.announcement(message))
        return Sent(made.sid, f"HTTP 201 {made.status}")

    def _fields(self, to: str, message: Message) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "to": to,
            "from_": self._rest.sender,
            "timeout": RING,
            "machine_detection": "Enable",
            "machine_detection_timeout": DETECT_WITHIN,
            "status_callback": self._callbacks.url("status", **{"try": str(message.tries)}),
            "status_callback_event": ["completed"],
            "status_callback_method": "POST",
        }
        if message.kind == "code":
            return fields | {"twiml": twiml.code(message.code or "")}
        return fields | {"url": self._callbacks.url("voice", **twiml.subject_of(message)), "method": "POST"}

    async def _rings(self, to: str, message: Message) -> bool:
        since = queued(message)
        if since is None:
            return False
        try:
            async with timeout(LOOK_WITHIN):
                found = await self._rest.calls(to, LOOKED_THROUGH)
        except (Refused, OSError, ValueError):
            return False  # the send itself will say what is wrong
        return any(
            each.status in UNDER_WAY
            and (each.direction or "").startswith("outbound")
            and each.date_created is not None
            and each.date_created >= since
            for each in found
        )
