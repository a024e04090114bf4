"""Mails that people write in answer, as their provider posts them: Mailgun, SendGrid, Postmark. All of it stands here.

A page carries `Reply-To: escalator+TOKEN@…`: whoever writes there had that page. Only a first line that is exactly a
command acts, and never a machine's answer. Everything else is taken and changes nothing, or the provider would send it
again for days.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from escalator.channels import clean
from escalator.channels.desk import Declined, Desk, Forged, Incoming, Outgoing
from escalator.core.events import Acknowledged, Answer, Resolved
from escalator.core.instant import SECOND

AGE = 900
"""Seconds; Mailgun's signature has a time."""
TOKEN = re.compile(r"\+([A-Za-z0-9_-]{43})@")
COMMANDS: dict[str, Callable[[], Answer]] = {
    **dict.fromkeys(("ack", "acknowledge", "acknowledged"), lambda: Acknowledged("", "by mail")),
    **dict.fromkeys(("resolve", "resolved"), lambda: Resolved("", "by mail")),
}
AUTOMATIC: Mapping[str, Callable[[str], bool]] = {
    "auto-submitted": lambda value: value not in ("", "no"),
    "precedence": lambda value: value in ("bulk", "auto_reply", "junk", "list"),
    "x-autoreply": bool,
    "x-autorespond": bool,
    "x-auto-response-suppress": lambda value: value in ("all", "autoreply"),
}
"""Headers of answers that nobody wrote."""
TAKEN = Outgoing(200, b"taken")


class Mail(NamedTuple):
    """What of a mail matters."""

    recipients: str
    text: str
    headers: Mapping[str, str]
    """Names and values in small letters."""
    name: str
    """Names this delivery, so that a replay is known."""


async def receive(request: Incoming, desk: Desk, secret: str | None) -> Outgoing:
    """Raises Forged, Busy."""
    reader = VENDORS.get(request.path)
    if secret is None or reader is None:
        raise Forged("ESCALATOR_EMAIL_INBOUND_SECRET is not set" if secret is None else "no such vendor")
    mail = reader(request, secret, desk.now() / SECOND)
    token = TOKEN.search(mail.recipients)
    command = command_of(mail)
    if token is None or command is None:
        return TAKEN
    try:
        # The token is used up by an acknowledgement; a resolve that is replayed changes nothing either.
        await desk.act_by_token(token[1], command())
    except Declined as declined:
        return Outgoing(200, f"nothing was changed: {declined}".encode())
    return TAKEN


def command_of(mail: Mail) -> Callable[[], Answer] | None:
    """None: nothing that a person asked for."""
    if any(test(mail.headers.get(name, "")) for name, test in AUTOMATIC.items()):
        return None
    lines = (line.strip() for line in mail.text[:4000].splitlines())
    first = next((line for line in lines if line and not line.startswith(">")), "")
    return COMMANDS.get(first.strip(" .!,:;\"'").casefold()) if len(first) < 40 else None


def _mailgun(request: Incoming, secret: str, now: float) -> Mail:
    """Routes: a form with `timestamp`, `token` and `signature`, HMAC-SHA256 of the first two."""
    form = _form(request)
    stamp, token = form.get("timestamp", ""), form.get("token", "")
    made = hmac.new(secret.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(made.encode(), form.get("signature", "").encode()):
        raise Forged("Mailgun's signature is of something else")
    if not stamp.isdigit() or abs(now - int(stamp)) > AGE:
        raise Forged("Mailgun's signature is too old")
    text = form.get("stripped-text") or form.get("body-plain", "")
    return Mail(form.get("recipient", ""), text, _listed(form.get("message-headers", "[]")), f"mailgun:{token}")


def _sendgrid(request: Incoming, secret: str, now: float) -> Mail:
    """Inbound Parse: a form without a signature, so the secret comes as Basic password or `?token=`."""
    _prove_shared(request, secret)
    form = _form(request)
    lines = (line.partition(":") for line in form.get("headers", "").splitlines())
    headers = {name.strip().lower(): value.strip().lower() for name, _, value in lines}
    to = f"{form.get('to', '')} {form.get('envelope', '')}"
    return Mail(to, form.get("text", ""), headers, f"sendgrid:{headers.get('message-id', '')}")


def _postmark(request: Incoming, secret: str, now: float) -> Mail:
    """Inbound JSON, likewise."""
    _prove_shared(request, secret)
    found = json.loads(request.body)
    headers = {
        str(each.get("Name", "")).lower(): str(each.get("Value", "")).lower() for each in found.get("Headers", ())
    }
    to = " ".join(
        [str(found.get("OriginalRecipient", "")), *(str(e.get("Email", "")) for e in found.get("ToFull", ()))]
    )
    text = found.get("StrippedTextReply") or found.get("TextBody") or ""
    return Mail(to, str(text), headers, f"postmark:{found.get('MessageID', '')}")


VENDORS: Mapping[str, Callable[[Incoming, str, float], Mail]] = {
    "mailgun": _mailgun,
    "sendgrid": _sendgrid,
    "postmark": _postmark,
}


def _prove_shared(request: Incoming, secret: str) -> None:
    """The secret as Basic password or `?token=`; raises Forged."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    given = parse_qs(request.query).get("token", [""])[0]
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(credentials, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            raise Forged("the Authorization header cannot be read") from None
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise Forged("the secret is another")


def _form(request: Incoming) -> dict[str, str]:
    """Fields of a form, urlencoded or multipart; files are passed over."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        fields = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=500)
        return {name: values[0] for name, values in fields.items()}
    head = f"Content-Type: {clean.line(kind, 300)}\r\n\r\n".encode()
    parsed: Any = BytesParser(policy=HTTP).parsebytes(head + request.body)
    return {
        str(part.get_param("name", header="content-disposition")): str(part.get_content())
        for part in parsed.iter_parts()
        if part.get_content_maintype() == "text" and not part.get_filename()
    }


def _listed(text: str) -> dict[str, str]:
    """Mailgun's headers: a JSON list of pairs."""
    try:
        return {str(pair[0]).lower(): str(pair[1]).lower() for pair in json.loads(text)}
    except (ValueError, TypeError, IndexError):
        return {}
