"""A call that was answered: says what is left to say, and carries out the key that was pressed.

Who was called stands in the URL, which we made and Twilio's signature covers. A machine never acknowledges.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from escalator.channels.desk import Busy, Declined, Desk, Done, Outgoing, Story
from escalator.channels.twilio import codes, twiml, words
from escalator.core.events import Acknowledged, Answer, Escalated
from escalator.core.notification import Outcome, contact_id

VIA = "call"
READ = 20
"""Incidents of a digest that are looked at before the menu is said; Twilio waits 15 s."""
INBOUND = "This number belongs to Escalator. It calls you, and it takes texts."
STRANGER = "You are no longer in the policies, so nothing can be done by this call."
AGAIN = "That did not work, nothing was changed. Please press it again."


class Call(NamedTuple):
    """One request of a call."""

    sid: str
    incidents: tuple[int, ...]
    person: str
    url: str
    """Of the call itself: its keys are sent there too."""


async def answer(desk: Desk, query: str, url: str, form: Mapping[str, str]) -> Outgoing:
    """What Twilio is to say next."""
    call = _read(query, url, form.get("CallSid", ""))
    if call is None:
        return twiml.closing(INBOUND)
    if codes.is_machine(answered_by := form.get("AnsweredBy", "")):
        # At once, not when the call ends: the person's next contact is not to wait for it.
        outcome, detail = codes.call_end("in-progress", answered_by, "", tries(query))
        await desk.receipt(VIA, call.sid, outcome or Outcome.TEMPORARY, detail)
        return twiml.silence()
    if call.person not in desk.book.people:
        return twiml.closing(STRANGER)
    match form.get("Digits", ""):
        case "4":
            contact = contact_id(call.person, VIA)
            return await _acted(desk, call, "4", Acknowledged(call.person, contact=contact))
        case "6":
            return await _acted(desk, call, "6", Escalated(call.person))
        case "" | "9":
            return await _menu(desk, call)
        case _:
            return await _menu(desk, call, "That key does nothing.")


def tries(query: str) -> int:
    """The attempt that a call belongs to, as its URL says."""
    found = parse_qs(query).get("try", ["1"])[0]
    return int(found) if found.isascii() and found.isdigit() else 1


def _read(query: str, url: str, sid: str) -> Call | None:
    """None: no call of ours, or nothing that we wrote."""
    fields = parse_qs(query)
    numbers = fields.get("incident", [""])[0].split(",")
    if not all(number.isascii() and number.isdigit() for number in numbers):
        return None
    return Call(sid, tuple(map(int, numbers)), fields.get("person", [""])[0], url)


async def _menu(desk: Desk, call: Call, before: str = "") -> Outgoing:
    """What waits, and the keys; or that nothing does."""
    try:
        found = await asyncio.gather(*(desk.story(number) for number in call.incidents[:READ]))
    except Busy:
        numbers = ", ".join(map(str, call.incidents[:READ]))
        return twiml.menu(call.url, call.person, f"Incident {numbers}.", before)
    waiting = [story for story in found if story is not None and story.incident["status"] == "triggered"]
    if not waiting and len(call.incidents) <= READ:
        return twiml.closing(_over(found))
    # Of those beyond READ only the number is known.
    shown = [each.incident for each in waiting] + [{"id": number} for number in call.incidents[READ:]]
    return twiml.menu(call.url, call.person, twiml.told(shown, waiting[0].alerts if waiting else ()), before)


async def _acted(desk: Desk, call: Call, key: str, event: Answer) -> Outgoing:
    """Does it to all that the call told of; each once, however often the key is pressed or the request comes."""
    names = {number: f"twilio:{call.sid}:{key}:{number}" for number in call.incidents}
    results = await asyncio.gather(
        *(desk.act(number, event, once) for number, once in names.items()), return_exceptions=True
    )
    done = [each.incident for each in results if isinstance(each, Done)]
    if done:
        return twiml.closing(_said(key, done, call.person))
    declined = [each for each in results if isinstance(each, Declined)]
    if declined:
        return twiml.closing(f"Nothing was changed: {words.speakable(str(declined[0]), 200)}.")
    return await _menu(desk, call, AGAIN)


def _said(key: str, done: Sequence[Mapping[str, Any]], person: str) -> str:
    if key == "6":
        return f"Escalated: {_named(done)}"
    others = [each for each in done if each.get("acknowledged_by") not in (person, None)]
    if len(others) == len(done):
        return f"{words.speakable(others[0]['acknowledged_by'], 60)} has it already: {_named(done)}"
    return f"Thank you. Acknowledged by you: {_named(done)}"


def _over(found: Sequence[Story | None]) -> str:
    """Why nothing is left to do."""
    first = next((story.incident for story in found if story is not None), None)
    if first is None:
        return "This incident is not known any more. There is nothing to do."
    who = words.speakable(first.get("acknowledged_by") or "somebody", 60)
    what = "is over" if first["status"] == "resolved" else f"was acknowledged by {who}"
    return f"{_named([first])} It {what}. There is nothing to do."


def _named(incidents: Sequence[Mapping[str, Any]]) -> str:
    title = words.speakable(incidents[0].get("title") or "")
    more = f" and {len(incidents) - 1} more" if len(incidents) > 1 else ""
    return f"incident {words.numbers(incidents[:1]).replace('#', '')}, {title}{more}."
