"""A press on a button, a choice from a menu, a modal sent off: each becomes one act of one person, or nothing.

Each request is named by what Slack names it by, so that one that comes twice acts once. Law: what Slack is asked
after an act (a whisper, a form) is an errand, so that Slack is answered as soon as the act is committed.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from escalator.channels import clean
from escalator.channels.base import NotSent
from escalator.channels.desk import Busy, Declined, Desk
from escalator.channels.slack import modals
from escalator.channels.slack.api import Api, SlackRefused
from escalator.channels.slack.blocks import escaped
from escalator.channels.slack.carried import belonging
from escalator.channels.slack.errands import Errands
from escalator.channels.slack.people import UNLINKED, UNSURE_TEXT, People, Unsure
from escalator.core.events import Acknowledged, Answer, Escalated, Resolved, Snoozed, Unacknowledged
from escalator.core.instant import HOUR, MINUTE

SPAN = re.compile(r"([0-9]{1,3})([mh])")
BUSY = "Nothing was changed: the database cannot take it now. Press again in a few seconds."
ELSEWHERE = "Nothing was done: this button belongs to an incident that is not here."
UNKNOWN = "Nothing was done: this button is of another version of Escalator."

SIMPLE: dict[str, tuple[Callable[[str], Answer], str]] = {
    "acknowledge": (Acknowledged, ""),
    "unacknowledge": (Unacknowledged, ""),
    "resolve": (Resolved, ""),
    "escalate": (Escalated, "Escalated: the next level is paged now."),
}
"""By action: the event, and what only whoever pressed is told (the message itself shows the rest)."""
OPENS = frozenset(("reassign", "note", "silence"))


class Room(NamedTuple):
    """What answering needs, whoever answers."""

    desk: Desk
    people: People
    api: Api
    errands: Errands


class Press(NamedTuple):
    """One press of one person."""

    name: str
    carries: str
    """The button's value, or the chosen option's."""
    person: str
    once: str
    trigger: str
    """Slack's leave to open a form, for 3 seconds."""


async def answer(payload: Mapping[str, Any], room: Room) -> dict[str, Any] | None:
    """What Slack is answered. Raises Busy for nothing: whoever pressed is told instead."""
    user = str((payload.get("user") or {}).get("id", ""))
    kind = payload.get("type")
    if kind not in ("view_submission", "block_actions"):
        return None
    person, stranger = None, UNLINKED.format(id=clean.line(user, 20))
    try:
        person = await room.people.person(user, room.desk)
    except Unsure:
        stranger = UNSURE_TEXT
    if kind == "view_submission":
        return await modals.submitted(payload, room.desk, person, stranger)
    for action in payload.get("actions", ())[:1]:
        if "url" in action:
            continue  # a link: the browser went there
        if person is None:
            _whisper(payload, user, stranger, room)
            continue
        press = _read(payload, action, person)
        said = await _act(press, room, lambda text: _whisper(payload, user, text, room))
        _whisper(payload, user, said, room)
    return None


def _read(payload: Mapping[str, Any], action: Mapping[str, Any], person: str) -> Press:
    name = str(action.get("action_id", ""))
    chosen = action.get("selected_option") or action
    once = f"slack:{name}:{action.get('action_ts')}:{person}"
    return Press(name, str(chosen.get("value", "")), person, once, str(payload.get("trigger_id", "")))


async def _act(press: Press, room: Room, whisper: Callable[[str], None]) -> str:
    """What only whoever pressed is told; empty where the message itself will show it."""
    try:
        if press.name == "acknowledge_all":
            return await _all(press, room.desk)
        if press.name == "snooze":
            return await _snooze(press, room.desk)
        if press.name not in OPENS and press.name not in SIMPLE:
            return UNKNOWN
        story = await belonging(press.carries, room.desk)
        if story is None:
            return ELSEWHERE
        if press.name in OPENS:
            view = modals.view(press.name, story, room.desk)
            room.errands.run(_open(press.trigger, view, room.api, whisper))
            return ""
        event, said = SIMPLE[press.name]
        done = await room.desk.act(int(story.incident["id"]), event(press.person), press.once)
        return said or _already(done.incident, press)
    except Declined as declined:
        return f"Nothing was changed: {declined}."
    except Busy:
        return BUSY


def _already(incident: Mapping[str, Any], press: Press) -> str:
    holder = incident.get("acknowledged_by")
    if press.name == "acknowledge" and holder not in (None, press.person):
        return f"{holder} has it already; your press is noted."
    return ""


async def _all(press: Press, desk: Desk) -> str:
    done, declined = 0, ""
    for carries in press.carries.split(" "):
        story = await belonging(carries, desk)
        if story is None:
            continue
        number = int(story.incident["id"])
        try:
            await desk.act(number, Acknowledged(press.person), f"{press.once}:{number}")
            done += 1
        except Declined as refused:
            declined = str(refused)
    if done:
        return f"Acknowledged: {done} incidents."
    return f"Nothing was changed: {declined or 'none of them is here'}."


async def _snooze(press: Press, desk: Desk) -> str:
    carries, _, span = press.carries.partition("|")
    story, found = await belonging(carries, desk), SPAN.fullmatch(span)
    if story is None or found is None:
        return ELSEWHERE
    until = desk.now() + int(found[1]) * (MINUTE if found[2] == "m" else HOUR)
    await desk.act(int(story.incident["id"]), Snoozed(press.person, until), press.once)
    return ""


async def _open(trigger: str, view: dict[str, Any], api: Api, whisper: Callable[[str], None]) -> None:
    try:
        await api.call("views.open", trigger_id=trigger, view=view)
    except (SlackRefused, NotSent) as trouble:
        whisper(f"Slack did not open the form ({clean.line(trouble, 60)}): press again.")


def _whisper(payload: Mapping[str, Any], user: str, said: str, room: Room) -> None:
    """Only to whoever pressed."""
    container = payload.get("container") or {}
    channel = (payload.get("channel") or {}).get("id") or container.get("channel_id")
    if said and channel and user:
        room.errands.run(_tell(room.api, channel=channel, user=user, text=escaped(clean.cut(said, 1000))))


async def _tell(api: Api, **fields: str) -> None:
    try:
        await api.call("chat.postEphemeral", **fields)
    except (SlackRefused, NotSent):
        return  # that it cannot be told changes nothing that was done
