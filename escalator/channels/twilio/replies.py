"""Carries out what a person texted, and says in one text what came of it.

A stranger is answered nothing. Every request acts once, whatever it asks: its name is used up with its first act, or
where it comes to nothing. So a text that is replayed another night acknowledges no other incident.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from escalator.channels.desk import Declined, Desk, Done
from escalator.channels.twilio import commands, words
from escalator.channels.twilio.commands import Command
from escalator.core.events import Acknowledged, Answer, Resolved
from escalator.core.notification import contact_id

VIA = "sms"
HELP = "1 or ACK: acknowledge. ACK 42 or ACK ALL: of several. RESOLVE 42: it is over. STOP: no more texts."
UNCLEAR = "That was no command, so nothing was done. Text 1, ACK 42, ACK ALL, RESOLVE 42 or HELP."
NOTHING = "Nothing waits for you: all that was texted to you is acknowledged or over."
ROUNDS = 12
"""The desk lists 50 at a time."""


class Said(Exception):
    """Ends an answer early with these words; None: with none."""

    def __init__(self, text: str | None) -> None:
        super().__init__(text or "")
        self.text = text


class Reply:
    """One text of one person. `once` names it."""

    def __init__(self, desk: Desk, person: str, number: str, once: str) -> None:
        self._desk = desk
        self._person = person
        self._number = number
        self._once = once

    async def answer(self, text: str, opt_out: str) -> str | None:
        """What they are answered; None: nothing. Raises Busy with nothing changed."""
        command = commands.parse(text)
        if opt_out in ("STOP", "START", "HELP"):
            command = Command("stop" if opt_out == "STOP" else "start" if opt_out == "START" else "help")
        if command is None:
            return UNCLEAR if commands.unclear(text) else None
        try:
            return await self._carried_out(command, bool(opt_out))
        except Said as said:
            return said.text
        except Declined as declined:
            return f"Nothing was changed: {declined}."

    async def _carried_out(self, command: Command, answered: bool) -> str | None:
        match command.verb:
            case "help":
                return None if answered else HELP
            case "stop" | "start":
                await self._use_up()
                await self._desk.opt(VIA, self._number, out=command.verb == "stop")
                return None  # Twilio confirms both by itself
            case "ack all":
                return await self._all()
            case "resolve":
                return await self._resolve(command.number or 0)
            case "ack":
                return await self._acknowledge(await self._meant(command.number))

    async def _meant(self, number: int | None) -> int:
        """The incident; raises Said where that is not clear, or nothing is left to do."""
        if number is not None:
            return await self._open(number)
        waiting = await self._waiting()
        if len(waiting) == 1:
            return int(waiting[0]["id"])
        await self._use_up()
        if waiting:
            raise Said(f"{_listed(waiting)} Text ACK {waiting[0]['id']} for one, ACK ALL for all.")
        # Told in another way (a call, a mail): then the text must say which.
        otherwise = await self._waiting(None)
        raise Said(f"{_listed(otherwise)} Text ACK {otherwise[0]['id']}." if otherwise else NOTHING)

    async def _waiting(self, via: str | None = VIA) -> list[Mapping[str, Any]]:
        heard = await self._desk.open_incidents(told=self._person, via=via)
        return [each for each in heard if each["status"] == "triggered"]

    async def _open(self, number: int) -> int:
        story = await self._desk.story(number)
        if story is None:
            await self._use_up()
            raise Said(f"There is no incident {number}.")
        if story.incident["status"] == "resolved":
            await self._use_up()
            raise Said(f"Thank you, but {words.short_title(story.incident)} is over already: nothing was changed.")
        return number

    async def _acknowledge(self, incident: int) -> str | None:
        done = await self._act(incident, Acknowledged(self._person, contact=self._contact), self._once)
        return _acknowledged(done.incident, self._person) if done.fresh else None

    async def _resolve(self, number: int) -> str | None:
        incident = await self._open(number)
        done = await self._act(incident, Resolved(self._person, contact=self._contact), self._once)
        if not done.fresh:
            return None
        if done.incident["status"] == "resolved":
            return f"Resolved: {words.short_title(done.incident)}"
        return f"Yours until its alerts end, some still fire: {words.short_title(done.incident)}"

    async def _all(self) -> str | None:
        """The first act uses up the request; the others follow it, each with a name of its own."""
        done: dict[int, Mapping[str, Any]] = {}
        first, trouble = True, ""
        for _ in range(ROUNDS):
            left = [int(each["id"]) for each in await self._waiting() if int(each["id"]) not in done]
            if not left:
                break
            if first:
                one = await self._act(left[0], Acknowledged(self._person, contact=self._contact), self._once)
                if not one.fresh:
                    return None
                done[left.pop(0)] = one.incident
                first = False
            results = await asyncio.gather(*map(self._follow, left), return_exceptions=True)
            done |= {id: each.incident for id, each in zip(left, results, strict=True) if isinstance(each, Done)}
            if not all(isinstance(each, Done) for each in results):
                trouble = " Some could not be: text ACK ALL again."
                break
        if first:
            await self._use_up()
            return NOTHING
        return f"Acknowledged: {words.numbers(done.values())}.{trouble}"

    async def _follow(self, incident: int) -> Done:
        event = Acknowledged(self._person, contact=self._contact)
        return await self._act(incident, event, f"{self._once}:{incident}")

    async def _act(self, incident: int, event: Answer, once: str) -> Done:
        return await self._desk.act(incident, event, once)

    async def _use_up(self) -> None:
        """Raises Said where this very text came before."""
        if not await self._desk.first(self._once):
            raise Said(None)

    @property
    def _contact(self) -> str:
        return contact_id(self._person, VIA)


async def answer(desk: Desk, sid: str, form: Mapping[str, str]) -> str | None:
    """What a text is answered; None: nothing. Raises Busy."""
    number = form.get("From", "")
    person = desk.whois(VIA, number) or desk.whois("call", number)
    if person is None:
        return None
    reply = Reply(desk, person, number, f"twilio:{sid}")
    return await reply.answer(form.get("Body", ""), form.get("OptOutType", ""))


def _listed(waiting: Sequence[Mapping[str, Any]]) -> str:
    shown = ", ".join(words.short_title(each, 24) for each in waiting[: words.TITLES_SHOWN])
    more = f" and {len(waiting) - words.TITLES_SHOWN} more" if len(waiting) > words.TITLES_SHOWN else ""
    return f"{len(waiting)} {'waits' if len(waiting) == 1 else 'wait'}: {shown}{more}."


def _acknowledged(incident: Mapping[str, Any], person: str) -> str:
    title, holder = words.short_title(incident), incident.get("acknowledged_by")
    if incident["status"] == "triggered":
        return f"Noted; others are still waited for: {title}"
    return f"Acknowledged: {title}" if holder == person else f"{holder} has it already; noted: {title}"
