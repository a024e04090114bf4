"""What Twilio is told to say and to ask, as TwiML of the SDK's builder, which escapes. Pure.

A menu is said three times and then the line is given up: it needs no memory between two requests.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from twilio.twiml.messaging_response import MessagingResponse  # type: ignore[import-untyped]
from twilio.twiml.voice_response import Gather, VoiceResponse  # type: ignore[import-untyped]

from escalator.channels.base import Message
from escalator.channels.desk import Outgoing
from escalator.channels.twilio import words

KIND = "text/xml; charset=utf-8"
TIMES = 3
"""How often a menu is said to somebody who presses nothing."""
PATIENCE = 6
"""Seconds after each saying in which a key may be pressed."""
MOST = 200
"""Incidents of one call: their numbers stand in its URL."""
GOODBYE = "Goodbye."


def subject_of(message: Message) -> dict[str, str]:
    """What a call is about, for its URL: Twilio's signature covers it."""
    about = [message.incident, *message.also][:MOST]
    numbers = ",".join(str(each.get("id", "")) for each in about)
    return {"incident": numbers, "person": message.person or "", "row": str(message.id), "try": str(message.tries)}


def reply(said: str | None) -> Outgoing:
    """The answer to a text; None: no answer."""
    response = MessagingResponse()
    if said is not None:
        response.message(words.answer(said))
    return _xml(response)


def menu(url: str, person: str, said: str, before: str = "") -> Outgoing:
    """Asks for a key. `before`: what came of the last one."""
    response = VoiceResponse()
    for turn in range(TIMES):
        first = f"{before} Hello {words.speakable(person, 40)}, this is Escalator.".strip() if turn == 0 else ""
        gather = Gather(input="dtmf", num_digits=1, timeout=PATIENCE, action=url, method="POST")
        gather.say(f"{first} {said} {words.KEYS}".strip())
        response.append(gather)
    response.say("No key was pressed. " + GOODBYE)
    response.hangup()
    return _xml(response)


def closing(said: str) -> Outgoing:
    """Says one thing and hangs up."""
    response = VoiceResponse()
    response.say(f"{said} {GOODBYE}")
    response.hangup()
    return _xml(response)


def silence() -> Outgoing:
    """For a machine: nobody hears it, so nothing is said."""
    response = VoiceResponse()
    response.hangup()
    return _xml(response)


def code(digits: str) -> str:
    """The call that proves a phone, whole: nothing is fetched."""
    response = VoiceResponse()
    slowly = ", ".join(character for character in digits if character.isalnum())
    for _ in range(TIMES):
        response.say(f"Your Escalator code is: {slowly}.")
        response.pause(length=2)
    response.say(GOODBYE)
    return str(response)


def announcement(message: Message) -> str:
    """The call where Twilio cannot reach us: no key is of use."""
    response = VoiceResponse()
    said = told((message.incident, *message.also), message.alerts)
    for _ in range(TIMES):
        response.say(f"This is Escalator. {said} This call takes no keys: open Escalator to acknowledge.")
        response.pause(length=2)
    return str(response)


def told(incidents: Sequence[Mapping[str, Any]], alerts: Iterable[Mapping[str, Any]]) -> str:
    """What happened: the worst in words, the others by number."""
    worst, *others = incidents
    said = words.spoken(worst, alerts)
    if not others:
        return said
    return f"{len(incidents)} incidents. The worst: {said} The others: {words.numbers(others).replace('#', '')}."


def _xml(response: Any) -> Outgoing:
    return Outgoing(200, str(response).encode(), KIND)
