"""How this service stands: what a rehearsal on somebody's machine begins with. Reads, and changes nothing."""

from sqlalchemy import Connection

from escalator.core.digests import CAPS
from escalator.core.effects import Kind, Notify, Told
from escalator.core.incident import Incident
from escalator.core.instant import Instant
from escalator.core.notification import channel_id, contact_id
from escalator.engine.world import View, World
from escalator.rehearsal.night import Circumstances
from escalator.rehearsal.outbox import Stood
from escalator.rehearsal.standing import Alone, Open, Standing
from escalator.store import alerts, foreseen, incidents, outbox, revisions, windows
from escalator.store.db import Database

MOST = 1000
"""Open incidents that are told of, the newest."""


class Standings:
    """One per process."""

    def __init__(self, database: Database, world: World) -> None:
        self._database = database
        self._world = world

    async def read(self) -> Standing:
        """As of now; raises Unavailable."""
        view, now = self._world.view, self._database.now()
        return await self._database.read(lambda connection: _standing(connection, view, now))

    async def alone(self, incident_id: int) -> Alone | None:
        """One incident as of now; None where it is not open. Raises Unavailable."""
        view, now = self._world.view, self._database.now()
        return await self._database.read(lambda connection: _alone(connection, view, incident_id, now))

    async def around(self) -> Circumstances:
        """What the policies do not say, as of now; raises Unavailable."""
        view = self._world.view
        return await self._database.read(lambda connection: _around(connection, view))

    async def home(self, group: int, resolved_since: Instant) -> Alone | None:
        """The incident of a group as of now: the open one, else the newest resolved since then; raises Unavailable."""
        view, now = self._world.view, self._database.now()

        def found(connection: Connection) -> Alone | None:
            incident = incidents.of_group(connection, group, resolved_since)
            return None if incident is None else _stood(connection, view, incident, now)

        return await self._database.read(found)


def _standing(connection: Connection, view: View, now: int) -> Standing:
    live = revisions.load(connection, view.book.revision)
    found = incidents.newest_open(connection, MOST)
    named = alerts.named_of(connection, [each.id for each in found])
    return Standing(
        now,
        view.book.revision,
        live.sources if live else {},
        tuple(Open(each, named.get(each.id, {})) for each in found),
        incidents.count_open(connection) - len(found),
        _around(connection, view),
    )


def _around(connection: Connection, view: View) -> Circumstances:
    made = view.made
    return Circumstances(made.overrides, made.silences, view.unusable, view.kept_back, windows.turns(connection))


def _alone(connection: Connection, view: View, incident_id: int, now: int) -> Alone | None:
    incident = incidents.peek(connection, incident_id)
    return _stood(connection, view, incident, now) if incident is not None and incident.open else None


def _stood(connection: Connection, view: View, incident: Incident, now: int) -> Alone:
    incident_id = incident.id
    episodes = alerts.named_of(connection, [incident_id]).get(incident_id, {})
    messages = [Stood(*made) for made in foreseen.messages(connection, incident_id, incident.round)]
    known = {each.said.contact for each in messages}
    heard = [told for told in outbox.told(connection, [incident_id])[incident_id] if told.contact not in known]
    return Alone(
        now,
        Open(incident, episodes),
        (*(_heard(told, now) for told in heard), *messages),
        foreseen.sent(connection, _capped(view), now),
        _around(connection, view),
    )


def _heard(told: Told, now: int) -> Stood:
    """Somebody who heard of it in an earlier round: they are told how it goes on."""
    said = Notify(Kind.PAGE, told.contact, told.via, told.person, told.target, 0, 0, 0, 0, 0, now)
    return Stood(said, "sent", 1)


def _capped(view: View) -> list[str]:
    """Every contact that bears only so many messages."""
    people = [
        contact_id(person.name, each.via)
        for person in view.book.people.values()
        for each in person.contacts
        if each.via in CAPS
    ]
    return people + [channel_id(each.name) for each in view.book.channels.values() if each.via in CAPS]
