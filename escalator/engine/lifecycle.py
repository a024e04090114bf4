"""advance(): the one door through which an incident changes.

A Unit is the working set of one transaction: incidents as they are becoming, and everything that leaves them. The new
state, its outbox rows and its timeline are written together, or not at all. Nothing here decides; `core` does.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from escalator.core import events
from escalator.core.book import Book
from escalator.core.deadlines import next_deadline
from escalator.core.effects import (
    Cancel,
    CloseAlerts,
    Effect,
    Entry,
    Facts,
    Kind,
    Notify,
    Refused,
    ReopenAlerts,
    TakeTurn,
    Told,
)
from escalator.core.escalation import step
from escalator.core.events import Event
from escalator.core.incident import Incident
from escalator.core.instant import Instant
from escalator.engine.deadlines import event_for
from escalator.engine.wakes import Wake, shared
from escalator.engine.world import View, World
from escalator.store import alerts, incidents, outbox, timeline, windows
from escalator.store.db import Database

TELLING = (
    events.SourceResolved, events.Resolved, events.StaleDue, events.DigestDue,
    events.Acknowledged, events.Unacknowledged, events.Snoozed, events.Reopened,
)  # fmt: skip
"""Events after which those who were told are told more: they need to know who that is."""


class NotFound(Exception):
    """There is no such incident."""


class UsedUp(NotFound):
    """The right to act was used before."""


class Once(NamedTuple):
    """A right that one act uses up, in the same transaction; a refused act gives it back."""

    take: Callable[[Connection], bool]
    give_back: Callable[[Connection], None]


class Unit:
    """One transaction's working set."""

    def __init__(self, connection: Connection, world: View, now: Instant) -> None:
        self.connection = connection
        self.world = world
        self.now = now
        self.incidents: dict[int, Incident] = {}
        self._read: dict[int, int] = {}
        self._messages: list[tuple[int, Notify]] = []
        self._lines: list[tuple[int, Entry]] = []
        self._cancelled: dict[bool, set[int]] = {True: set(), False: set()}
        self._turns: Counter[tuple[str, int]] = Counter()
        self._taken: dict[tuple[str, int], int] | None = None
        self._told: dict[int, tuple[Told, ...]] = {}
        self._first_pages: list[int] = []
        self._first_acks: list[int] = []
        self._lateness: list[int] = []
        self._opened: Counter[str] = Counter()
        """By policy, incidents opened within its storm's span; of those asked for."""

    def meet(self, found: Iterable[Incident]) -> None:
        """Incidents read and locked in this transaction."""
        for incident in found:
            self.incidents[incident.id] = incident
            self._read[incident.id] = incident.version

    def open(self, incident: Incident) -> None:
        """A new one; its first event follows."""
        self.incidents[incident.id] = incident

    def expect_telling(self, ids: Iterable[int]) -> None:
        """Reads at once who was told of these, instead of one by one."""
        wanted = [id for id in ids if id not in self._told and id in self._read]
        if wanted:
            self._told.update(outbox.told(self.connection, wanted))

    def advance(self, id: int, event: Event) -> Incident:
        """The one door. Raises Refused and leaves everything as it was where the state forbids the event."""
        before = self.incidents[id]
        book = self.world.book_of(self.connection, before.revision)
        if isinstance(event, events.PolicyChanged):
            book = self.world.book
        after, effects, entries = step(before, event, book, self._facts(before, event, book), self.now)
        self.incidents[id] = after
        self._lines.extend((id, entry) for entry in entries)
        for effect in effects:
            self._take(id, effect)
        self._measure(before, after)
        return after

    def run_levels(self, id: int) -> None:
        """Its level's deadline alone: the rules of the others read alerts, which an intake has yet to write."""
        while (due := self.incidents[id].level_at) is not None and due <= self.now:
            self._lateness.append(self.now - due)
            self.advance(id, events.LevelDue())

    def run_due(self, id: int) -> Incident:
        """Every deadline that has passed, in order."""
        while name := next_deadline(self.incidents[id], self.now):
            self._lateness.append(self.now - getattr(self.incidents[id], name))
            if name == "hold_at" and not self.incidents[id].open:
                self._pass_on_held(id)
            event = event_for(name, self.incidents[id], self.connection, self.world, self.now)
            self.advance(id, event)
            if isinstance(event, events.HoldDue):
                # What fires again may be silenced, or be the one alert that is not.
                self.cover(id)
        return self.incidents[id]

    def _pass_on_held(self, id: int) -> None:
        """What a resolved incident still holds goes to the one that its group opened since: both cannot be open."""
        key = self.incidents[id].key
        heir = incidents.by_keys(self.connection, [key], self.now + 1).get(key)
        if heir is None:
            return
        if heir.id not in self.incidents:
            self.meet([heir])
        moved = alerts.pass_on_held(self.connection, id, heir.id)
        if moved and self.incidents[heir.id].open:
            self.advance(heir.id, events.Held(moved, self.now))
            self.run_due(heir.id)

    def cover(self, id: int) -> None:
        """Applies the silences as they are now."""
        incident = self.incidents[id]
        cover = self.world.covered(alerts.labels_of(self.connection, id), self.now) if incident.open else None
        if cover and (not incident.silenced or incident.unmute_at != cover[0]):
            self.advance(id, events.Silenced(*cover))
        elif incident.silenced and not cover:
            self.advance(id, events.SilenceDue())

    def flush(self) -> Wake:
        """Writes everything; to be followed by the commit."""
        connection, now = self.connection, self.now
        fresh = [incident for id, incident in self.incidents.items() if id not in self._read]
        known = self._read.items()
        changed = [(self.incidents[id], version) for id, version in known if self.incidents[id].version != version]
        incidents.insert(connection, fresh)
        incidents.update(connection, changed)
        for everything, ids in self._cancelled.items():
            outbox.cancel(connection, sorted(ids & self._read.keys()), everything=everything)
        outbox.insert(connection, self._messages, now)
        timeline.append(connection, self._lines, now)
        windows.take_turns(connection, self._turns)
        due = [at for incident in (*fresh, *(c for c, _ in changed)) if (at := incident.due_at) is not None]
        vias = frozenset(message.via for _, message in self._messages)
        return Wake(
            min(due, default=None), vias, len(fresh), tuple(self._first_pages), tuple(self._first_acks),
            tuple(self._lateness),
        )  # fmt: skip

    def _facts(self, incident: Incident, event: Event, book: Book) -> Facts:
        if isinstance(event, TELLING):
            self.expect_telling([incident.id])
        closed, heir = self._undone(incident) if isinstance(event, events.Reopened) else (0, 0)
        return Facts(
            overrides=self.world.overrides, unusable=self.world.unusable, unverified=self.world.kept_back,
            turns=self._turns_taken(book), told=self._told.get(incident.id, ()),
            surge=self._surge(incident, book) if isinstance(event, events.Fired) else 0,
            refresh=self.world.refresh_every, closed=closed, heir=heir,
        )  # fmt: skip

    def _undone(self, incident: Incident) -> tuple[int, int]:
        """How many alerts were closed with it; and which incident of its group is open, here or in the database."""
        if incident.resolved_at is None:
            return 0, 0
        mine = [i.id for i in self.incidents.values() if i.key == incident.key and i.open and i.id != incident.id]
        heir = mine[0] if mine else incidents.open_of(self.connection, incident.key)
        return alerts.closed_at(self.connection, incident.id, incident.resolved_at), heir or 0

    def _surge(self, incident: Incident, book: Book) -> int:
        """How many incidents its policy opened of late; asked once a transaction, then counted."""
        policy = book.policy_named(incident.policy)
        if policy is None or policy.storm is None:
            return 0
        if policy.name not in self._opened:
            since, most = self.now - policy.storm.within, policy.storm.over + 1
            self._opened[policy.name] = incidents.opened_since(self.connection, policy.name, since, most)
        self._opened[policy.name] += 1
        return self._opened[policy.name]

    def _turns_taken(self, book: Book) -> dict[tuple[str, int], int]:
        if not book.round_robin:
            return {}
        if self._taken is None:
            self._taken = windows.turns(self.connection)
        return {key: self._taken.get(key, 0) + self._turns[key] for key in {*self._taken, *self._turns}}

    def _take(self, id: int, effect: Effect) -> None:
        if isinstance(effect, Notify):
            self._messages.append((id, effect))
        elif isinstance(effect, TakeTurn):
            self._turns[effect.policy, effect.level] += 1
        elif isinstance(effect, CloseAlerts):
            alerts.close_all(self.connection, id, self.now)
        elif isinstance(effect, ReopenAlerts):
            alerts.reopen_all(self.connection, id, effect.closed_at)
        else:
            self._cancel(id, effect)

    def _cancel(self, id: int, what: Cancel) -> None:
        """What this transaction itself was about to send is dropped; what is in the outbox is cancelled there."""

        def stays(number: int, message: Notify) -> bool:
            other = what.person is not None and message.person != what.person
            return number != id or other or (message.kind is not Kind.PAGE and not what.everything)

        self._messages = [pair for pair in self._messages if stays(*pair)]
        if what.person is None:
            self._cancelled[what.everything].add(id)
        elif id in self._read:
            outbox.cancel_person(self.connection, id, what.person)

    def _measure(self, before: Incident, after: Incident) -> None:
        if after.told and not before.told:
            self._first_pages.append(self.now - after.opened_at)
        if after.acknowledged_at is not None and before.acknowledged_at is None:
            self._first_acks.append(self.now - after.opened_at)


class Lifecycle:
    """What people do to incidents, each in the next commit."""

    def __init__(self, database: Database, world: World, wake: Callable[[Wake], None]) -> None:
        self._database = database
        self._world = world
        self._wake = wake

    async def act(self, incident_id: int, event: Event, once: Once | None = None) -> Incident:
        """Raises NotFound (also where `once` was used up), Refused where the state forbids it, and Unavailable when
        nothing was committed.
        """
        incident, wake = await self._database.write(self._work, (incident_id, event, once))
        self._wake(wake)
        return incident

    async def run_due(self, incident_id: int) -> None:
        """Every passed deadline of one incident; nothing when another replica was faster."""
        self._wake(await self._database.write(self._due, incident_id))

    def _work(
        self, connection: Connection, items: Sequence[tuple[int, Event, Once | None]]
    ) -> Sequence[tuple[Incident, Wake] | Exception]:
        unit = Unit(connection, self._world.view, self._database.now())
        unit.meet(incidents.load(connection, {id for id, *_ in items}).values())
        done = [self._answer(unit, *item) for item in items]
        wakes = iter(shared(unit.flush(), len(items)))
        return [each if isinstance(each, Exception) else (each, next(wakes)) for each in done]

    def _answer(self, unit: Unit, id: int, event: Event, once: Once | None) -> Incident | Exception:
        if id not in unit.incidents:
            return NotFound(f"there is no incident {id}")
        if once is not None and not once.take(unit.connection):
            return UsedUp("this was used before")
        try:
            unit.advance(id, event)
        except Refused as refused:
            if once is not None:
                once.give_back(unit.connection)
            return refused
        if isinstance(event, events.Reopened):
            # The alerts that fire again by it may be silenced by now.
            unit.cover(id)
        return unit.run_due(id)

    def _due(self, connection: Connection, ids: Sequence[int]) -> Sequence[Wake]:
        unit = Unit(connection, self._world.view, self._database.now())
        unit.meet(incidents.load(connection, set(ids)).values())
        for id in list(unit.incidents):
            unit.run_due(id)
        return shared(unit.flush(), len(ids))
