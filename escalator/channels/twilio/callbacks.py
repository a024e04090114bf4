"""Twilio's door: proves that a request is Twilio's, and leads it to who answers it.

What is signed is the URL as we gave it to Twilio, never the Host that a request brought, and every form field. A
signature has no time, so a replay is known by the request's SID, and by what has happened since.
"""

import asyncio
import json
import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlencode

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from escalator.channels.desk import Desk, Forged, Incoming, Outgoing
from escalator.channels.twilio import codes, keys, replies, twiml
from escalator.core.notification import Outcome

SID = re.compile(r"(SM|MM|CA)[0-9a-fA-F]{32}")
FIELDS = 200
"""Form fields; Twilio sends about thirty."""
EARLY: Sequence[float] = (0.2, 1.0, 3.0)
"""Seconds between looks for the message that a status is about: it may be told before its own sending is written down.
Twilio tells it once and waits 15 s.
"""


class Form(dict[str, str]):
    """The fields of a request. A name may stand twice: the signature is over all of them."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._all: dict[str, list[str]] = {}
        for name, value in pairs:
            self._all.setdefault(name, []).append(value)
        super().__init__((name, values[0]) for name, values in self._all.items())

    def getall(self, name: str) -> list[str]:
        """As the SDK's validator asks for them."""
        return self._all.get(name, [])


class Callbacks:
    """The door of one account."""

    def __init__(self, sid: str, token: str, public_url: str, early: Sequence[float] | None = None) -> None:
        self._sid = sid
        self._validator = RequestValidator(token)
        self._base = f"{public_url.rstrip('/')}/replies/twilio"
        self._early = EARLY if early is None else early

    def url(self, path: str, **query: str) -> str:
        """Where Twilio calls."""
        return f"{self._base}/{path}" + (f"?{urlencode(query)}" if query else "")

    async def receive(self, request: Incoming, desk: Desk) -> Outgoing:
        """Raises Forged, Busy."""
        form = self.proved(request)
        match request.path:
            case "sms":
                return twiml.reply(await replies.answer(desk, _sid(form, "MessageSid"), form))
            case "voice":
                _sid(form, "CallSid")
                return await keys.answer(desk, request.query, self._asked(request), form)
            case "status":
                await self._status(form, request.query, desk)
                return Outgoing(204)
        raise Forged("Twilio has no such door")

    def proved(self, request: Incoming) -> Form:
        """The form of a request that is Twilio's and our account's; raises Forged."""
        signature = request.headers.get("x-twilio-signature", "")
        is_json = request.headers.get("content-type", "").startswith("application/json")
        try:
            body = request.body.decode()
            form = _json_form(body) if is_json else Form(parse_qsl(body, keep_blank_values=True, max_num_fields=FIELDS))
            # The validator's comparison takes as long whatever differs. Of JSON the URL holds the hash (`bodySHA256`).
            proves = self._validator.validate(self._asked(request), body if is_json else form, signature)
        except Exception as error:  # noqa: BLE001  a validator that stumbles over garbage has proved nothing
            raise Forged(f"unreadable: {type(error).__name__}") from None
        if not proves:
            raise Forged("the signature is of another URL or form: is ESCALATOR_PUBLIC_URL what Twilio calls?")
        if form.getall("AccountSid") != [self._sid]:
            raise Forged("signed, but of another account")
        return form

    def _asked(self, request: Incoming) -> str:
        """The URL as Twilio has it."""
        return f"{self._base}/{request.path}" + (f"?{request.query}" if request.query else "")

    async def _status(self, form: Form, query: str, desk: Desk) -> None:
        if "MessageStatus" in form:
            error = form.get("ErrorCode", "")
            code = int(error) if error.isascii() and error.isdigit() else None
            outcome, detail = codes.message_end(form["MessageStatus"], code)
            return await self._told(desk, "sms", _sid(form, "MessageSid"), outcome, detail)
        answered_by, sip = form.get("AnsweredBy", ""), form.get("SipResponseCode", "")
        outcome, detail = codes.call_end(form.get("CallStatus", ""), answered_by, sip, keys.tries(query))
        return await self._told(desk, "call", _sid(form, "CallSid"), outcome, detail)

    async def _told(self, desk: Desk, via: str, sid: str, outcome: Outcome | None, detail: str) -> None:
        if outcome is None:
            return
        for pause in (*self._early, None):
            if await desk.receipt(via, sid, outcome, detail) or pause is None:
                return
            await asyncio.sleep(pause)


def _json_form(body: str) -> Form:
    """The text fields of a JSON object; raises what JSON raises."""
    return Form((name, value) for name, value in json.loads(body).items() if isinstance(value, str))


def _sid(form: Form, name: str) -> str:
    """The request's own name; without it nothing could stop a replay."""
    found = form.getall(name)
    if len(found) != 1 or not SID.fullmatch(found[0]):
        raise Forged(f"no {name}")
    return found[0]
