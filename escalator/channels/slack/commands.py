"""`/escalator …`: who is on call, what is open, acknowledge, page a colleague, take a shift. Answers are ephemeral."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from escalator.channels import clean
from escalator.channels.desk import Busy, Declined, Desk
from escalator.channels.slack.blocks import escaped
from escalator.channels.slack.people import UNLINKED, UNSURE_TEXT, People, Unsure
from escalator.core.events import Acknowledged
from escalator.core.instant import DAY, HOUR, MINUTE, Instant, to_datetime

SHOWN = 15
HELP = (
    "`/escalator oncall` who is on call · `list` what is open · `ack 42` (or `ack` for the only one) acknowledge · "
    "`page @person text` page a colleague · `take SCHEDULE [2h]` take a shift now, for so long or to its end · "
    "`override SCHEDULE [for 2h] [@person]` the same, or give it"
)
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
SPAN = re.compile(r"([0-9]{1,3})([mhd])")
BUSY = "The database cannot take it now. Try again in a few seconds."
UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}
LONGEST = 30 * DAY


class Asked:
    """One command of one person."""

    def __init__(self, desk: Desk, people: People, person: str, once: str) -> None:
        self.desk = desk
        self.people = people
        self.person = person
        self.once = once

    async def somebody(self, word: str) -> str:
        """`@alice`, `<@U123>` or `alice` as a person of the policies; raises Declined."""
        found = MENTION.fullmatch(word)
        try:
            name = await self.people.person(found[1], self.desk) if found else word.lstrip("@")
        except Unsure:
            raise Declined("Slack did not say who that is") from None
        if name is None or name not in self.desk.book.people:
            raise Declined(f"the policies know no {clean.line(word, 60)}")
        return name


async def answer(payload: Mapping[str, Any], desk: Desk, people: People) -> dict[str, Any]:
    """The ephemeral answer to a slash command."""
    user = str(payload.get("user_id", ""))
    try:
        person = await people.person(user, desk)
    except Unsure:
        return _said(UNSURE_TEXT)
    if person is None:
        return _said(UNLINKED.format(id=clean.line(user, 20)))
    verb, _, rest = str(payload.get("text", "")).strip().partition(" ")
    command = VERBS.get(verb.lower())
    if command is None:
        return _said(HELP)
    try:
        return _said(await command(Asked(desk, people, person, f"slack:{payload.get('trigger_id')}"), rest.split()))
    except Declined as declined:
        return _said(f"Nothing was changed: {escaped(str(declined))}.")
    except Busy:
        return _said(BUSY)


async def _oncall(asked: Asked, words: list[str]) -> str:
    found = [each for each in asked.desk.on_call() if not words or each.schedule == words[0]]
    lines = []
    for each in found[:SHOWN]:
        until = f" until {to_datetime(each.until):%a %H:%M} UTC" if each.until else ""
        then = f", then {each.next_person}" if each.next_person else ""
        lines.append(f"*{escaped(each.schedule)}*: {escaped(each.person or 'nobody')}{until}{escaped(then)}")
    return "\n".join(lines) or "There is no such schedule."


async def _list(asked: Asked, words: list[str]) -> str:
    found = await asked.desk.open_incidents()
    lines = [_open_line(each) for each in found[:SHOWN]]
    more = f"\nand {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return "\n".join(lines) + more if lines else "Nothing is open."


def _open_line(incident: Mapping[str, Any]) -> str:
    severity, title = (escaped(clean.line(incident[name], most)) for name, most in (("severity", 20), ("title", 80)))
    holder = f" ({escaped(incident['acknowledged_by'])})" if incident.get("acknowledged_by") else ""
    return f"#{incident['id']} {incident['status']}, {severity}: <{incident['url']}|{title}>{holder}"


async def _ack(asked: Asked, words: list[str]) -> str:
    number = words[0].lstrip("#") if words else ""
    if not number:
        waiting = [each for each in await asked.desk.open_incidents() if each["status"] == "triggered"]
        if len(waiting) != 1:
            listed = ", ".join(f"#{each['id']}" for each in waiting[:SHOWN])
            return f"Which one? {listed}" if waiting else "Nothing waits for an acknowledgement."
        number = str(waiting[0]["id"])
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return HELP
    done = await asked.desk.act(int(number), Acknowledged(asked.person), asked.once)
    return f"#{number} is acknowledged by {escaped(str(done.incident.get('acknowledged_by')))}."


async def _page(asked: Asked, words: list[str]) -> str:
    if not words:
        return HELP
    name = await asked.somebody(words[0])
    if not await asked.desk.first(asked.once):
        return "That was carried out already."
    await asked.desk.page(name, asked.person, clean.line(" ".join(words[1:]), 300))
    return f"{escaped(name)} is being paged."


async def _override(asked: Asked, words: list[str]) -> str:
    if not words:
        return HELP
    rest = [word for word in words[1:] if word.lower() != "for"]
    spans = [found for word in rest if (found := SPAN.fullmatch(word))]
    people = [word for word in rest if word.startswith(("@", "<@"))]
    if len(spans) + len(people) != len(rest) or len(spans) > 1 or len(people) > 1:
        return HELP
    name = await asked.somebody(people[0]) if people else asked.person
    until = _until(asked.desk, words[0], spans)
    if not await asked.desk.first(asked.once):
        return "That was carried out already."
    await asked.desk.override(words[0], name, until, asked.person)
    return f"{escaped(name)} is on call for {escaped(words[0])} until {to_datetime(until):%a %H:%M} UTC."


async def _take(asked: Asked, words: list[str]) -> str:
    """An override for whoever asks; a shift is not taken for somebody else."""
    return await _override(asked, words) if len(words) <= 3 and not any("@" in word for word in words[1:]) else HELP


def _until(desk: Desk, schedule: str, spans: list[re.Match[str]]) -> Instant:
    """As long as was said, at most 30 days; else to the end of the shift. Raises Declined."""
    if spans:
        span = int(spans[0][1]) * UNITS[spans[0][2]]
        if not 0 < span <= LONGEST:
            raise Declined("an override lasts between one minute and 30 days")
        return desk.now() + span
    shift = next((each for each in desk.on_call() if each.schedule == schedule), None)
    if shift is None:
        names = ", ".join(each.schedule for each in desk.on_call())
        raise Declined(f"there is no schedule {clean.line(schedule, 60)}: {clean.line(names, 300) or 'none at all'}")
    if shift.until is None:
        raise Declined("this shift has no end: say for how long, as in 2h")
    return shift.until


VERBS: dict[str, Callable[[Asked, list[str]], Awaitable[str]]] = {
    "oncall": _oncall,
    "list": _list,
    "ack": _ack,
    "page": _page,
    "override": _override,
    "take": _take,
}


def _said(text: str) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": clean.cut(text, 2900)}
