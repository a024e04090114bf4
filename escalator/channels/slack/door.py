"""What people press, fill in and type in Slack, whichever way it came: signed HTTP or Socket Mode.

Law: a payload reaches `presses` and `commands` only after its signature was checked, or over our own connection.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from slack_sdk.signature import SignatureVerifier

from escalator.channels.desk import Desk, Forged, Incoming, Outgoing
from escalator.channels.slack import commands, presses
from escalator.channels.slack.api import Api
from escalator.channels.slack.errands import Errands
from escalator.channels.slack.people import People
from escalator.channels.slack.presses import Room

JSON = "application/json"


class Door:
    """One app's."""

    def __init__(self, signing_secret: str | None, api: Api) -> None:
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None
        self._api = api
        self._people = People(api)
        self.errands = Errands()

    async def close(self) -> None:
        await self.errands.close()

    async def receive(self, request: Incoming, desk: Desk) -> Outgoing:
        """Raises Forged, Busy."""
        self._prove(request)
        if request.headers.get("content-type", "").startswith(JSON):
            return _challenge(request.body)
        form = parse_qs(request.body.decode(), keep_blank_values=True)
        payload = json.loads(form["payload"][0]) if "payload" in form else {k: v[0] for k, v in form.items()}
        answer = await self.answer("interactive" if "payload" in form else "slash_commands", payload, desk)
        return Outgoing(200, json.dumps(answer).encode() if answer else b"", JSON)

    async def answer(self, kind: str, payload: Mapping[str, Any], desk: Desk) -> dict[str, Any] | None:
        """What Slack is answered; None: nothing but that it was heard. Raises Busy."""
        if kind == "slash_commands":
            return await commands.answer(payload, desk, self._people)
        if kind == "interactive":
            return await presses.answer(payload, Room(desk, self._people, self._api, self.errands))
        return None

    def _prove(self, request: Incoming) -> None:
        """Slack's signature over the raw body, no older than five minutes; raises Forged."""
        if self._verifier is None:
            raise Forged("ESCALATOR_SLACK_SIGNING_SECRET is not set")
        try:
            proved = self._verifier.is_valid_request(request.body, dict(request.headers))
        except Exception as error:  # noqa: BLE001  the SDK raises on garbage: what it stumbles over proves nothing
            raise Forged(f"unreadable signature: {type(error).__name__}") from None
        if not proved:
            raise Forged("the signature is of something else, or too old")


def _challenge(body: bytes) -> Outgoing:
    """Slack asks once whether the URL is ours; other events are not subscribed to."""
    found = json.loads(body)
    if isinstance(found, dict) and found.get("type") == "url_verification":
        return Outgoing(200, str(found.get("challenge", ""))[:1000].encode())
    return Outgoing(200)
