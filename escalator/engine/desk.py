"""The desk at which answers arrive, whatever channel they came by: who this is, what is open, and to act.

What `channels.desk` promises. It reads from the store and acts through the lifecycle like every door; it knows no
vendor, and nothing here believes what a request says of itself.
"""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from escalator.channels.desk import Busy, Declined, Device, Done, OnCall, Story
from escalator.core.alert import Matcher
from escalator.core.book import Book
from escalator.core.effects import Refused
from escalator.core.events import Answer
from escalator.core.instant import DAY, Instant
from escalator.core.notification import Outcome, contact_id
from escalator.core.oncall import on_call, rotation, shifts
from escalator.engine.claims import Claims
from escalator.engine.intake import Intake
from escalator.engine.letters import ALERTS_SHOWN, Sender, catalogued
from escalator.engine.lifecycle import Lifecycle, NotFound, Once, UsedUp
from escalator.engine.links import Links
from escalator.engine.outcomes import Later
from escalator.engine.windows import Windows
from escalator.engine.world import World
from escalator.store import answered, contacts, following, listing, outbox, particulars
from escalator.store.db import Database, Unavailable

MOST = 50
LONGEST_SILENCE = 30 * DAY
HORIZON = 30 * DAY
PHONES = frozenset(("sms", "call"))


class Desk:
    """One per process."""

    def __init__(
        self,
        database: Database,
        world: World,
        sender: Sender,
        *,
        lifecycle: Lifecycle,
        links: Links,
        claims: Claims,
        windows: Windows,
        intake: Intake,
    ) -> None:
        self._database = database
        self._world = world
        self._sender = sender
        self._lifecycle = lifecycle
        self._links = links
        self._claims = claims
        self._windows = windows
        self._intake = intake

    @property
    def book(self) -> Book:
        return self._world.book

    def now(self) -> Instant:
        return self._database.now()

    # --- who, and what there is -------------------------------------------------------------------------------------

    def whois(self, via: str, *names: str) -> str | None:
        """A person by an address of this way out, else by the e-mail address."""
        wanted = {_plain(via, name) for name in names if name} - {""}
        for kind in (via, "email"):
            for person in self.book.people.values():
                for contact in person.contacts:
                    address = self._sender.resolve(contact.address) if contact.via == kind else None
                    if address and _plain(kind, address) in wanted:
                        return person.name
        return None

    async def story(self, incident: int) -> Story | None:
        view = self._world.view

        def query(connection: Connection) -> Story | None:
            shown = listing.incident(connection, incident, self._sender.url)
            if shown is None:
                return None
            worst = particulars.worst_alerts(connection, [incident], ALERTS_SHOWN)[incident]
            return Story(shown, tuple(catalogued(view, alert) for alert in worst))

        found: Story | None = await self._read(query)
        return found

    async def open_incidents(self, *, told: str | None = None, via: str | None = None) -> list[Mapping[str, Any]]:
        def query(connection: Connection) -> list[Mapping[str, Any]]:
            ids = following.told_of(connection, told, via, MOST)
            shown = listing.shown(connection, ids, self._sender.url)
            return [shown[id] for id in ids if id in shown]

        found: list[Mapping[str, Any]] = await self._read(query)
        return found

    async def told(self, incident: int, via: str) -> tuple[str, ...]:
        found = await self._read(lambda connection: outbox.told(connection, [incident])[incident])
        return tuple(each.contact for each in found if each.via == via)

    def on_call(self) -> list[OnCall]:
        now, overrides = self.now(), self._world.overrides
        found = []
        for schedule in self.book.schedules.values():
            person = on_call(schedule, overrides, now)
            order = [name for name in rotation(schedule, overrides, now) if name != person]
            change = next((end for _, end, _ in shifts(schedule, overrides, now, now + HORIZON)), None)
            until = change if change is not None and change < now + HORIZON else None
            found.append(OnCall(schedule.name, person, order[0] if order else None, until))
        return found

    # --- acting -----------------------------------------------------------------------------------------------------

    async def act(self, incident: int, event: Answer, *once: str) -> Done:
        """Raises Declined, Busy."""
        now = self.now()

        def take(connection: Connection) -> bool:
            fresh = [answered.take(connection, each, now) for each in once]  # each is used up, whatever the others
            return all(fresh)

        def give_back(connection: Connection) -> None:
            for each in once:
                answered.give_back(connection, each)

        right = Once(take, give_back)
        fresh = True
        try:
            await self._lifecycle.act(incident, event, right)
        except UsedUp:
            fresh = False
        except (NotFound, Refused) as refused:
            raise Declined(str(refused)) from None
        except Unavailable as error:
            raise Busy(str(error)) from None
        return await self._done(incident, fresh)

    async def act_by_token(self, token: str, event: Answer) -> Done:
        """Raises Declined, Busy."""
        try:
            incident = await self._links.act(token, event)
        except (NotFound, Refused) as refused:
            raise Declined(str(refused)) from None
        except Unavailable as error:
            raise Busy(str(error)) from None
        return await self._done(incident.id, True)

    async def _done(self, incident: int, fresh: bool) -> Done:
        story = await self._read(lambda c: listing.incident(c, incident, self._sender.url))
        if story is None:
            raise Declined(f"there is no incident {incident}")
        return Done(story, fresh)

    async def first(self, once: str) -> bool:
        now = self.now()
        fresh: bool = await self._write(lambda c: answered.take(c, once, now))
        return fresh

    async def receipt(self, via: str, receipt: str, outcome: Outcome, detail: str) -> bool:
        try:
            return await self._claims.conclude(Later(via, receipt, outcome, detail))
        except Unavailable as error:
            raise Busy(str(error)) from None

    async def silence(self, matchers: tuple[Matcher, ...], ends_at: Instant, by: str, reason: str) -> str:
        now = self.now()
        if not matchers:
            raise Declined("a silence needs at least one label")
        if not now < ends_at <= now + LONGEST_SILENCE:
            raise Declined("a silence ends in the future, at most 30 days from now")
        try:
            return (await self._windows.silence(matchers, now, ends_at, by, reason)).id
        except Unavailable as error:
            raise Busy(str(error)) from None

    async def override(self, schedule: str, person: str, ends_at: Instant, by: str) -> str:
        if schedule not in self.book.schedules:
            raise Declined(f"there is no schedule {schedule}: {', '.join(self.book.schedules) or 'none at all'}")
        if person not in self.book.people:
            raise Declined(f"the policies know no {person}")
        now = self.now()
        if ends_at <= now:
            raise Declined("an override ends in the future")
        try:
            return (await self._windows.override(schedule, person, now, ends_at, by, "from a chat")).id
        except Unavailable as error:
            raise Busy(str(error)) from None

    async def page(self, person: str, by: str, text: str) -> None:
        if person not in self.book.people:
            raise Declined(f"the policies know no {person}")
        labels = {"escalator_page": person, "severity": "critical"}
        try:
            await self._intake.complain(f"Page from {by}", text or f"{by} asks for you", labels)
        except Unavailable as error:
            raise Busy(str(error)) from None

    # --- contacts ---------------------------------------------------------------------------------------------------

    async def opt(self, via: str, address: str, *, out: bool) -> None:
        person = self.whois(via, address)
        if person is None:
            return
        written = next(c.address for c in self.book.people[person].contacts if c.via == via)
        mark = contacts.hashed(self._sender.resolve(written) or "")
        at = self.now() if out else None
        await self._write(lambda c: contacts.opt(c, contact_id(person, via), mark, at))
        await self._windows.look()

    async def devices(self, person: str) -> list[Device]:
        return [Device(*each) for each in await self._read(lambda c: contacts.devices(c, person))]

    async def forget_device(self, id: str) -> None:
        await self._write(lambda c: contacts.forget(c, id))
        await self._windows.look()

    async def kept(self, name: str, fresh: str) -> str:
        value: str = await self._write(lambda c: answered.kept(c, name, fresh))
        return value

    async def _read(self, query: Any) -> Any:
        try:
            return await self._database.read(query)
        except Unavailable as error:
            raise Busy(str(error)) from None

    async def _write(self, act: Any) -> Any:
        try:
            return await self._database.write(_each, act)
        except Unavailable as error:
            raise Busy(str(error)) from None


def _each(connection: Connection, acts: Any) -> list[Any]:
    return [act(connection) for act in acts]


def _plain(via: str, name: str) -> str:
    """An address as it is compared."""
    return re.sub(r"[^0-9]", "", name) if via in PHONES else name.strip().casefold()
