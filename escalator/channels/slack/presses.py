"""A press on a button, a choice from a menu, a modal sent off: each becomes one act of one person, or nothing.

Each request is named by what Slack names it by, so that one that comes twice acts once.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from escalator.channels import clean
from escalator.channels.base import NotSent, stamp
from escalator.channels.desk import Busy, Declined, Desk, Story
from escalator.channels.slack import modals
from escalator.channels.slack.api import Api, SlackRefused
from escalator.channels.slack.people import UNLINKED, People
from escalator.core.events import Acknowledged, Answer, Escalated, Resolved, Snoozed, Unacknowledged
from escalator.core.instant import HOUR, MINUTE

SPAN = re.compile(r"([0-9]{1,3})([mh])")
VALUE = re.compile(r"([0-9]{1,18})\.([0-9]{1,20})")
BUSY = "Nothing was changed: the database cannot take it now. Press again in a few seconds."
ELSEWHERE = "Nothing was done: this button belongs to an incident that is not here."

SIMPLE: dict[str, tuple[Callable[[str], Answer], str]] = {
    "acknowledge": (Acknowledged, ""),
    "unacknowledge": (Unacknowledged, ""),
    "resolve": (Resolved, ""),
    "escalate": (Escalated, "Escalated: the next level is paged now."),
}
"""By action: the event, and what only whoever pressed is told (the message itself shows the rest)."""
OPENS = frozenset(("reassign", "note", "silence"))


async def answer(payload: Mapping[str, Any], desk: Desk, people: People, api: Api) -> dict[str, Any] | None:
    """What Slack is answered. Raises Busy for nothing: whoever pressed is told instead."""
    user = str((payload.get("user") or {}).get("id", ""))
    person = await people.person(user, desk)
    if payload.get("type") == "view_submission":
        return await modals.submitted(payload, desk, person, UNLINKED.format(id=clean.line(user, 20)))
    if payload.get("type") != "block_actions":
        return None
    for action in payload.get("actions", ())[:1]:
        if "url" in action:
            continue  # a link: the browser went there
        said = (
            UNLINKED.format(id=clean.line(user, 20))
            if person is None
            else await _act(payload, action, desk, person, api)
        )
        if said:
            await _tell(payload, user, said, api)
    return None


async def _act(payload: Mapping[str, Any], action: Mapping[str, Any], desk: Desk, person: str, api: Api) -> str:
    """What only whoever pressed is told; empty where the message itself will show it."""
    name = str(action.get("action_id", ""))
    once = f"slack:{name}:{action.get('action_ts')}:{person}"
    try:
        if name == "acknowledge_all":
            return await _all(str(action.get("value", "")), desk, person, once)
        if name == "snooze":
            chosen = str((action.get("selected_option") or {}).get("value", ""))
            carries, _, span = chosen.partition("|")
            return await _snooze(carries, span, desk, person, once)
        story = await belonging(str(action.get("value", "")), desk)
        if story is None:
            return ELSEWHERE
        if name in OPENS:
            return await _open(name, payload, story, desk, api)
        if name in SIMPLE:
            event, said = SIMPLE[name]
            done = await desk.act(int(story.incident["id"]), event(person), once)
            return said or _already(done.incident, person, name)
    except Declined as declined:
        return f"Nothing was changed: {declined}."
    except Busy:
        return BUSY
    return ""


def _already(incident: Mapping[str, Any], person: str, name: str) -> str:
    holder = incident.get("acknowledged_by")
    if name == "acknowledge" and holder not in (None, person):
        return f"{holder} has it already; your press is noted."
    return ""


async def _all(values: str, desk: Desk, person: str, once: str) -> str:
    done, declined = 0, ""
    for carries in values.split(" "):
        story = await belonging(carries, desk)
        if story is None:
            continue
        try:
            await desk.act(int(story.incident["id"]), Acknowledged(person), f"{once}:{story.incident['id']}")
            done += 1
        except Declined as refused:
            declined = str(refused)
    if done:
        return f"Acknowledged: {done} incidents."
    return f"Nothing was changed: {declined or 'none of them is here'}."


async def _snooze(carries: str, span: str, desk: Desk, person: str, once: str) -> str:
    story, found = await belonging(carries, desk), SPAN.fullmatch(span)
    if story is None or found is None:
        return ELSEWHERE
    until = desk.now() + int(found[1]) * (MINUTE if found[2] == "m" else HOUR)
    await desk.act(int(story.incident["id"]), Snoozed(person, until), once)
    return ""


async def _open(name: str, payload: Mapping[str, Any], story: Story, desk: Desk, api: Api) -> str:
    try:
        await api.call("views.open", trigger_id=payload.get("trigger_id"), view=modals.view(name, story, desk))
    except (SlackRefused, NotSent) as trouble:
        return f"Slack did not open the form ({clean.line(trouble, 60)}): press again."
    return ""


async def belonging(carries: str, desk: Desk) -> Story | None:
    """The incident that a button carries; None where it is not here, or is another one with the same number."""
    found = VALUE.fullmatch(carries)
    story = await desk.story(int(found[1])) if found else None
    return story if story is not None and found is not None and stamp(story.incident) == found[2] else None


async def _tell(payload: Mapping[str, Any], user: str, said: str, api: Api) -> None:
    """Only to whoever pressed. That it cannot be told changes nothing that was done."""
    channel = (payload.get("channel") or payload.get("container") or {}).get("id") or (
        payload.get("container") or {}
    ).get("channel_id")
    attempt: Awaitable[Any] = api.call("chat.postEphemeral", channel=channel, user=user, text=said)
    try:
        await attempt
    except (SlackRefused, NotSent):
        return
