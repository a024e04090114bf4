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

TAKEN = Outgoing(202)
EVENTS = frozenset(("incident.acknowledged", "incident.unacknowledged", "incident.resolved"))
USERS = ("user_reference", "user")


async def receive(request: Incoming, desk: Desk, secrets: Sequence[str]) -> Outgoing:
    """Raises Forged, Busy."""
    prove(request, secrets)
    event = _event(request.body)
    kind, agent = str(event.get("event_type")), _table(event.get("agent"))
    if kind not in EVENTS or agent.get("type") not in USERS:
        return TAKEN  # not for us; the echo of what we sent; or PagerDuty by itself: no person decided anything
    found = incident_of(_table(event.get("data")).get("incident_key"))
    story = await desk.story(found[0]) if found else None
    if found is None or story is None or stamp(story.incident) != found[1]:
        return TAKEN
    names = _names(request)
    try:
        answer = _answer(kind, _person(agent, desk), await _contact(desk, found[0]))
        await desk.act(found[0], answer, *names)
    except Declined:
        # It is so already, or over. Once it is otherwise, nobody may replay this.
        for name in names:
            await desk.first(name)
    return TAKEN


def prove(request: Incoming, secrets: Sequence[str]) -> None:
    """Any of the signatures by any of the secrets, over the raw body; raises Forged."""
    if not secrets:
        raise Forged("ESCALATOR_PAGERDUTY_WEBHOOK_SECRET is not set")
    given = [part.strip() for part in request.headers.get("x-pagerduty-signature", "").split(",")]
    wanted = [f"v1={hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()}" for secret in secrets]
    if not any(hmac.compare_digest(each.encode(), right.encode()) for each in given for right in wanted):
        raise Forged("the signature is of something else")


def _event(body: bytes) -> Mapping[str, Any]:
    """Signed, so never refused: what cannot be read is an event of no kind."""
    try:
        return _table(_table(json.loads(body)).get("event"))
    except (ValueError, RecursionError):
        return {}


def _table(given: object) -> Mapping[str, Any]:
    return given if isinstance(given, dict) else {}


def _names(request: Incoming) -> tuple[str, ...]:
    """What names this delivery: what is signed, and its id, which is the same at each attempt but is not signed."""
    own = f"pagerduty:{hashlib.sha256(request.body).hexdigest()}"
    given = request.headers.get("x-webhook-id")
    return (own, f"pagerduty:{clean.line(given, 100)}") if given else (own,)


def _answer(kind: str, by: str, contact: str) -> Answer:
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


async def _contact(desk: Desk, incident: int) -> str:
    """The channel that is not told back: the only one that heard of it. Where several did, a webhook does not say
    which of them it comes from, so all are told; PagerDuty drops what it knows already.
    """
    told = await desk.told(incident, "pagerduty")
    return told[0] if len(told) == 1 else ""
