"""PagerDuty's webhooks (version 3): what a person does there is done here, and is not told back.

PagerDuty drops what it is answered 4xx to, and disables a webhook after three drops: only what proves nothing is 401,
and whatever we have no use for is 202.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from escalator.channels import clean
from escalator.channels.base import stamp
from escalator.channels.desk import Declined, Desk, Forged, Incoming, Outgoing
from escalator.channels.pagerduty.events import incident_of
from escalator.core.events import Acknowledged, Answer, Resolved, Unacknowledged
from escalator.core.notification import channel_id

TAKEN = Outgoing(202)
EVENTS = frozenset(("incident.acknowledged", "incident.unacknowledged", "incident.resolved"))


async def receive(request: Incoming, desk: Desk, secrets: Sequence[str]) -> Outgoing:
    """Raises Forged, Busy."""
    prove(request, secrets)
    event = json.loads(request.body).get("event") or {}
    if event.get("event_type") not in EVENTS:
        return TAKEN
    agent = event.get("agent") or {}
    if agent.get("type") not in ("user_reference", "user"):
        return TAKEN  # the echo of what we sent, or PagerDuty by itself: no person decided anything
    found = incident_of((event.get("data") or {}).get("incident_key"))
    story = await desk.story(found[0]) if found else None
    if found is None or story is None or stamp(story.incident) != found[1]:
        return TAKEN
    name = request.headers.get("x-webhook-id") or event.get("id") or hashlib.sha256(request.body).hexdigest()
    try:
        done = _act(str(event["event_type"]), _person(agent, desk), _contact(desk))
        await desk.act(found[0], done, f"pagerduty:{clean.line(name, 100)}")
    except Declined:
        return TAKEN  # it is so already, or over
    return TAKEN


def prove(request: Incoming, secrets: Sequence[str]) -> None:
    """Any of the signatures by any of the secrets, over the raw body; raises Forged."""
    if not secrets:
        raise Forged("ESCALATOR_PAGERDUTY_WEBHOOK_SECRET is not set")
    given = [part.strip() for part in request.headers.get("x-pagerduty-signature", "").split(",")]
    wanted = [f"v1={hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()}" for secret in secrets]
    if not any(hmac.compare_digest(each.encode(), right.encode()) for each in given for right in wanted):
        raise Forged("the signature is of something else")


def _act(kind: str, by: str, contact: str) -> Answer:
    if kind == "incident.resolved":
        return Resolved(by, "in PagerDuty", contact)
    if kind == "incident.unacknowledged":
        return Unacknowledged(by, "in PagerDuty")
    return Acknowledged(by, "in PagerDuty", contact)


def _person(agent: Mapping[str, Any], desk: Desk) -> str:
    """Somebody of the policies by name or address; else as PagerDuty names them."""
    name = clean.line(agent.get("summary") or agent.get("id") or "somebody", 80)
    known = next((person for person in desk.book.people if person.casefold() == name.casefold()), None)
    return known or desk.whois("email", name) or f"{name} (PagerDuty)"


def _contact(desk: Desk) -> str:
    """The channel that is not told back: the only one there is. Where there are several, all are told; that is safe."""
    names = [channel.name for channel in desk.book.channels.values() if channel.via == "pagerduty"]
    return channel_id(names[0]) if len(names) == 1 else ""
