"""A Twilio on loopback: REST as its OpenAPI (twilio-oai, twilio_api_v2010.yaml) has it, phones, and its callbacks.

Requests with a field that the description does not know, or a value that it forbids, are a failure of the test. What
Twilio calls, signed as Twilio signs, goes through `call`, which a test points at a door.
"""

import asyncio
import itertools
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit
from xml.etree import ElementTree

from aiohttp import web
from twilio.request_validator import RequestValidator

SID = "AC" + "0" * 32
TOKEN = "test-token-of-nobody"
LOGIN = "Basic " + b64encode(f"{SID}:{TOKEN}".encode()).decode()
SENDER = "+15550001000"
SERVICE = "MG" + "1" * 32

E164 = r"\+[1-9][0-9]{6,14}"
URI = r"https?://[^ #]+"
MESSAGE_FIELDS = {
    "To": E164, "From": E164, "MessagingServiceSid": r"MG[0-9a-f]{32}", "Body": r"(?s).{1,1600}",
    "StatusCallback": URI, "ValidityPeriod": r"[1-9][0-9]{0,3}|[12][0-9]{4}|3[0-5][0-9]{3}|36000",
}  # fmt: skip
CALL_FIELDS = {
    "To": E164, "From": E164, "Url": URI, "Method": "POST|GET", "Twiml": r"(?s).{1,4000}", "StatusCallback": URI,
    "StatusCallbackEvent": "initiated|ringing|answered|completed", "StatusCallbackMethod": "POST|GET",
    "MachineDetection": "Enable|DetectMessageEnd", "MachineDetectionTimeout": r"[3-9]|[1-5][0-9]",
    "Timeout": r"[1-9][0-9]{0,2}", "AsyncAmd": "true|false", "AsyncAmdStatusCallback": URI,
}  # fmt: skip
"""Of what the description allows, what we use: the pattern that a value must match."""

Caller = Callable[[str, str, bytes, dict[str, str]], Awaitable[tuple[int, bytes]]]
"""(method, URL, body, headers) → (status, body)"""


class Fault(NamedTuple):
    """What one request meets instead of success."""

    status: int = 0
    code: int | None = None
    message: str = "as asked"
    headers: Mapping[str, str] = MappingProxyType({})
    takes: bool = False
    """The message is taken all the same."""
    hangs: bool = False
    """No answer comes."""


class Text(NamedTuple):
    """The answer to an inbound message."""

    status: int
    messages: list[str]


class Twilio:
    """The account, its network and everybody's phones."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.faults: list[Fault] = []
        """Met by the next POSTs, in order."""
        self.refuses: dict[str, Fault] = {}
        """By receiver: met by every POST."""
        self.looks_fail = False
        self.account_status, self.account_type = "active", "Full"
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.troubles: list[str] = []
        """What was not as Twilio describes it."""
        self.call: Caller | None = None
        self._numbers = itertools.count(1)
        self._base = ""

    # --- REST -------------------------------------------------------------------------------------------------------

    async def take(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != LOGIN:
            return problem(401, 20003, "Authenticate")
        fields = [*request.query.items(), *parse_qsl(await request.text(), keep_blank_values=True)]
        path = request.path.removeprefix(f"/2010-04-01/Accounts/{SID}")
        self.requests.append((request.method, path, dict(fields)))
        match request.method, path:
            case "GET", ".json":
                return web.json_response(
                    {"sid": SID, "status": self.account_status, "type": self.account_type, "friendly_name": "ours"}
                )
            case "GET", "/Messages.json" | "/Calls.json":
                return self._listed(path[1:-5].lower(), dict(fields))
            case "POST", "/Messages.json":
                return await self._created("SM", self.messages, MESSAGE_FIELDS, fields)
            case "POST", "/Calls.json":
                return await self._created("CA", self.calls, CALL_FIELDS, fields)
        return problem(404, 20404, f"The requested resource {request.path} was not found")

    def _listed(self, kind: str, wanted: dict[str, str]) -> web.StreamResponse:
        if self.looks_fail:
            return problem(503, 20503, "Service unavailable")
        found = [each for each in reversed(getattr(self, kind)) if each["to"] == wanted.get("To", each["to"])]
        shown = [{k: v for k, v in each.items() if not k.startswith("_")} for each in found]
        size = int(wanted.get("PageSize", "50"))
        return web.json_response({kind: shown[:size], "page": 0, "page_size": size, "next_page_uri": None})

    async def _created(
        self, prefix: str, shelf: list[dict[str, Any]], allowed: dict[str, str], fields: list[tuple[str, str]]
    ) -> web.StreamResponse:
        self._describe(allowed, fields)
        given = dict(fields)
        fault = self.refuses.get(given.get("To", "")) or (self.faults.pop(0) if self.faults else None)
        if fault is None or fault.takes:
            made = self._made(prefix, given)
            shelf.append(made)
        if fault is None:
            return web.json_response({k: v for k, v in made.items() if not k.startswith("_")}, status=201)
        if fault.hangs:
            await asyncio.sleep(60)
        return problem(fault.status, fault.code, fault.message, fault.headers)

    def _describe(self, allowed: dict[str, str], fields: list[tuple[str, str]]) -> None:
        for name, value in fields:
            if name not in allowed:
                self.troubles.append(f"Twilio has no field {name}")
            elif not re.fullmatch(allowed[name], value):
                self.troubles.append(f"{name}={value!r} is not allowed")
        names = {name for name, _ in fields}
        if "To" not in names or len(names & {"From", "MessagingServiceSid"}) != 1:
            self.troubles.append(f"To and one sender are required: {sorted(names)}")
        if allowed is CALL_FIELDS and len(names & {"Url", "Twiml"}) != 1:
            self.troubles.append("Url and Twiml exclude each other, and one is required")

    def _made(self, prefix: str, given: dict[str, str]) -> dict[str, Any]:
        sid = f"{prefix}{next(self._numbers):032x}"
        return {
            "sid": sid, "account_sid": SID, "to": given.get("To"), "from": given.get("From"), "body": given.get("Body"),
            "status": "queued", "direction": "outbound-api", "date_created": format_datetime(datetime.now(UTC)),
            "date_sent": None, "error_code": None, "_given": given,
        }  # fmt: skip

    # --- what reached phones ----------------------------------------------------------------------------------------

    def texts(self, to: str) -> list[str]:
        return [each["body"] for each in self.messages if each["to"] == to]

    def rings(self, to: str) -> list[dict[str, Any]]:
        return [each for each in self.calls if each["to"] == to]

    # --- what Twilio calls ------------------------------------------------------------------------------------------

    async def post(self, url: str, form: dict[str, str], *, token: str = TOKEN) -> tuple[int, bytes]:
        """One signed request."""
        assert self.call is not None
        signature = RequestValidator(token).compute_signature(url, form)
        headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
        return await self.call("POST", url, urlencode(form).encode(), headers)

    def written(self, sender: str, body: str, **more: str) -> dict[str, str]:
        """The form of a text that somebody wrote to us."""
        sid = f"SM{0xABC000000 + next(self._numbers):032x}"
        return {
            "AccountSid": SID, "ApiVersion": "2010-04-01", "Body": body, "From": sender, "FromCountry": "US",
            "MessageSid": sid, "NumMedia": "0", "NumSegments": "1", "SmsMessageSid": sid, "SmsSid": sid,
            "SmsStatus": "received", "To": SENDER, "ToCountry": "US", **more,
        }  # fmt: skip

    async def write(self, url: str, sender: str, body: str, **more: str) -> Text:
        """Somebody texts us; what they are answered."""
        return _text(await self.post(url, self.written(sender, body, **more)))

    async def report(self, message: dict[str, Any], status: str, code: int | None = None) -> int:
        """The status callback of a message."""
        message["status"] = status
        form = {
            "AccountSid": SID, "ApiVersion": "2010-04-01", "From": str(message["from"]), "To": message["to"],
            "MessageSid": message["sid"], "MessageStatus": status, "SmsSid": message["sid"], "SmsStatus": status,
        } | ({"ErrorCode": str(code)} if code else {})  # fmt: skip
        return (await self.post(message["_given"]["StatusCallback"], form))[0]

    def _of_call(self, call: dict[str, Any], **more: str) -> dict[str, str]:
        return {
            "AccountSid": SID, "ApiVersion": "2010-04-01", "CallSid": call["sid"], "CallStatus": call["status"],
            "Called": call["to"], "Caller": str(call["from"]), "Direction": "outbound-api", "From": str(call["from"]),
            "To": call["to"], **more,
        }  # fmt: skip

    async def pick_up(self, call: dict[str, Any], answered_by: str = "human") -> ElementTree.Element:
        """Somebody answers; what they hear."""
        call["status"], call["_answered_by"] = "in-progress", answered_by
        return _heard(await self.post(call["_given"]["Url"], self._of_call(call, AnsweredBy=answered_by)))

    async def press(self, call: dict[str, Any], heard: ElementTree.Element, key: str) -> ElementTree.Element:
        """A key on what was heard: what follows."""
        action = heard.find("Gather").get("action")  # type: ignore[union-attr]
        url = urljoin(call["_given"]["Url"], str(action))
        return _heard(await self.post(url, self._of_call(call, Digits=key, msg="Gather Finished")))

    async def hang_up(self, call: dict[str, Any], status: str = "completed", **more: str) -> int:
        """The status callback of a call that is over."""
        call["status"] = status
        by = {"AnsweredBy": call["_answered_by"]} if "_answered_by" in call else {}
        form = self._of_call(call, CallDuration="7", SequenceNumber="0", **by, **more)
        return (await self.post(call["_given"]["StatusCallback"], form))[0]


def problem(status: int, code: int | None, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    body = {"code": code, "message": message, "more_info": f"https://www.twilio.com/docs/errors/{code}"}
    return web.json_response(body | {"status": status}, status=status, headers=headers)


def said(heard: ElementTree.Element) -> str:
    """All that a voice says."""
    return " ".join(each.text or "" for each in heard.iter("Say"))


def _heard(answer: tuple[int, bytes]) -> ElementTree.Element:
    assert answer[0] == 200, answer
    return ElementTree.fromstring(answer[1])


def _text(answer: tuple[int, bytes]) -> Text:
    if answer[0] != 200:
        return Text(answer[0], [])
    return Text(200, [each.text or "" for each in ElementTree.fromstring(answer[1]).findall("Message")])


@asynccontextmanager
async def twilio() -> AsyncIterator[tuple[Twilio, str]]:
    """One, and its base URL. At the end: was everything sent as described?"""
    one = Twilio()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", one.take)
    runner = web.AppRunner(application, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield one, f"http://127.0.0.1:{runner.addresses[0][1]}"
        assert one.troubles == []
    finally:
        await runner.cleanup()


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
