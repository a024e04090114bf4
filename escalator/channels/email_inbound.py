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
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from escalator.channels import clean
from escalator.channels.desk import Declined, Desk, Forged, Incoming, Outgoing
from escalator.core.events import Acknowledged, Answer, Resolved, Unacknowledged
from escalator.core.instant import SECOND

AGE = 900
"""Seconds; Mailgun's signature has a time."""
TOKEN = re.compile(r"\+([A-Za-z0-9_-]{43})@")
UNSEEN = re.compile(r"(?is)<(head|style|script)\b.*?</\1\s*>")
TAG = re.compile(r"<[^>]{0,2000}>")
COMMANDS: dict[str, Callable[[], Answer]] = {
    **dict.fromkeys(("ack", "acknowledge", "acknowledged"), lambda: Acknowledged("", "by mail")),
    **dict.fromkeys(("resolve", "resolved"), lambda: Resolved("", "by mail")),
    **dict.fromkeys(("unack", "unacknowledge"), lambda: Unacknowledged("", "by mail")),
}
AUTOMATIC: Mapping[str, Callable[[str], bool]] = {
    "auto-submitted": lambda value: value not in ("", "no"),
    "precedence": lambda value: value in ("bulk", "auto_reply", "junk", "list"),
    "x-autoreply": bool,
    "x-autorespond": bool,
    "x-auto-response-suppress": lambda value: value in ("all", "autoreply"),
    "return-path": lambda value: value == "<>",
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
    answer = command()
    # An acknowledgement uses its token up, in the same commit; what does not is carried out once by its own name.
    if not isinstance(answer, Acknowledged) and not await desk.first(mail.name):
        return TAKEN
    try:
        await desk.act_by_token(token[1], answer)
    except Declined as declined:
        return Outgoing(200, f"nothing was changed: {declined}".encode())
    return TAKEN


def command_of(mail: Mail) -> Callable[[], Answer] | None:
    """None: nothing that a person asked for."""
    if any(test(mail.headers.get(name, "")) for name, test in AUTOMATIC.items()):
        return None
    lines = (clean.line(line, 100) for line in mail.text[:4000].splitlines())
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
    text = form.get("stripped-text") or form.get("body-plain") or _seen(form.get("body-html", ""))
    return Mail(
        form.get("recipient", ""),
        text,
        _listed(_read(form.get("message-headers", "[]"))),
        f"mailgun:{clean.line(token, 100)}",
    )


def _sendgrid(request: Incoming, secret: str, now: float) -> Mail:
    """Inbound Parse: a form without a signature, so the secret comes as Basic password or `?token=`."""
    _prove_shared(request, secret)
    form = _form(request)
    lines = (line.partition(":") for line in form.get("headers", "").splitlines())
    headers = {name.strip().lower(): value.strip().lower() for name, _, value in lines}
    to = f"{form.get('to', '')} {form.get('envelope', '')}"
    return Mail(to, form.get("text") or _seen(form.get("html", "")), headers, _name("sendgrid", request))


def _postmark(request: Incoming, secret: str, now: float) -> Mail:
    """Inbound JSON, likewise."""
    _prove_shared(request, secret)
    found = _table(_read(request.body))
    headers = _listed([[each.get("Name", ""), each.get("Value", "")] for each in _tables(found.get("Headers"))])
    to = f"{found.get('OriginalRecipient', '')} +{found.get('MailboxHash', '')}@"
    to += " ".join(str(each.get("Email", "")) for each in _tables(found.get("ToFull")))
    text = found.get("StrippedTextReply") or found.get("TextBody") or _seen(str(found.get("HtmlBody") or ""))
    return Mail(to, str(text), headers, _name("postmark", request))


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
        str(part.get_param("name", header="content-disposition")): _text(part)
        for part in parsed.iter_parts()
        if part.get_content_maintype() == "text" and not part.get_filename()
    }


def _text(part: Any) -> str:
    """Vendors post UTF-8, and do not say so; a command is ASCII in any case."""
    return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def _seen(html: str) -> str:
    """What a mail that is HTML alone shows, near enough to find a first line that is a command."""
    return unescape(TAG.sub("\n", UNSEEN.sub("\n", html[:100_000])))


def _name(vendor: str, request: Incoming) -> str:
    """A delivery that is sent again has the same bytes."""
    return f"{vendor}:{hashlib.sha256(request.body).hexdigest()}"


def _read(text: str | bytes) -> object:
    """JSON; None for what is none: whoever proved the secret is never refused for odd content."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _table(given: object) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


def _tables(given: object) -> list[dict[str, Any]]:
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def _listed(pairs: object) -> dict[str, str]:
    """Headers: a list of pairs."""
    found = [pair for pair in pairs if isinstance(pair, list) and len(pair) == 2] if isinstance(pairs, list) else []
    return {str(name).lower(): str(value).lower() for name, value in found}
