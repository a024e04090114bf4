"""Where a pressed button comes back. ntfy's phone calls with the header that the button was given, Mattermost's server
with the context that only it was told. Whoever merely follows links has neither, and a GET never acts.

Neither service signs: what proves the press is the message's token, which is bound to one recipient and its incident.
"""

import hmac
import re
from urllib.parse import parse_qs

import msgspec

from escalator.channels import clean
from escalator.channels.desk import Declined, Desk, Forged, Incoming, Outgoing
from escalator.core import events

HEADER = "x-escalator-press"
PRESSED = "1"
TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}")


class Press(msgspec.Struct):
    """What Mattermost posts (PostActionIntegrationRequest), as far as it matters."""

    user_id: str
    post_id: str
    channel_id: str
    context: dict[str, object]
    user_name: str = ""


async def receive(request: Incoming, desk: Desk) -> Outgoing:
    """Raises Forged, Busy."""
    if request.method != "POST":
        raise Forged("only a POST is a press")
    if request.path == "press":
        return await _from_ntfy(request, desk)
    if request.path == "mattermost":
        return await _from_mattermost(request, desk)
    raise Forged("apprise has no such door")


async def _from_ntfy(request: Incoming, desk: Desk) -> Outgoing:
    if not hmac.compare_digest(request.headers.get(HEADER, "").encode(), PRESSED.encode()):
        raise Forged("no button of ours sends this")
    token = parse_qs(request.query).get("token", [""])[0]
    _, status = await _act(desk, token, "", "ntfy")
    # The phone shows a failed press to its owner; the status is all that it looks at.
    return Outgoing(status)


async def _from_mattermost(request: Incoming, desk: Desk) -> Outgoing:
    try:
        press = msgspec.json.decode(request.body, type=Press)
    except (ValueError, RecursionError):
        raise Forged("not what Mattermost sends") from None
    if not (press.user_id and press.post_id and press.channel_id):
        raise Forged("not what Mattermost sends")
    name = clean.line(press.user_name, 60)
    by = f"@{name} in Mattermost" if name else ""
    said, _ = await _act(desk, str(press.context.get("token", "")), by, "Mattermost")
    return Outgoing(200, msgspec.json.encode({"ephemeral_text": said}), "application/json")


async def _act(desk: Desk, token: str, by: str, where: str) -> tuple[str, int]:
    """(what to tell the person, the HTTP status of it)."""
    if not TOKEN.fullmatch(token):
        raise Forged("no token")
    try:
        done = await desk.act_by_token(token, events.Acknowledged(by, f"by a button in {where}"))
    except Declined as refused:
        return f"Nothing was changed: {clean.line(refused, 200)}", 409
    return f"Acknowledged by {clean.line(done.incident.get('acknowledged_by') or 'you', 60)}.", 200
