"""The incidents of a rehearsal and the rules that move them: what the service keeps in SQL, kept in memory.

Law: time does not go on here, and nothing is sent; `now` comes with every question. Every decision is `core`'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from types import MappingProxyType
from typing import NamedTuple

from escalator.core import events, waiting
from escalator.core.alert import Alert, Labels, Silence
from escalator.core.book import Book
from escalator.core.deadlines import next_deadline
from escalator.core.draft import STALE_MARGIN
from escalator.core.effects import Cancel, CloseAlerts, Facts, Notify, TakeTurn
from escalator.core.episodes import Episode
from escalator.core.escalation import step
from escalator.core.events import Event
from escalator.core.grouping import Tally, belongs, events_of
from escalator.core.incident import Incident
from escalator.core.instant import HOUR, MINUTE, Instant, Span
from escalator.core.judging import Judge
from escalator.core.mutes import covered, mutes_of
from escalator.core.oncall import Override
from escalator.rehearsal.alerts import Alerts
from escalator.rehearsal.outbox import Outbox
from escalator.rehearsal.records import Line

REFRESH: Span = 4 * HOUR + 5 * MINUTE
"""Alertmanager's defaults: repeat_interval and group_interval."""


class Circumstances(NamedTuple):
    """What the policies do not say."""

    overrides: tuple[Override, ...] = ()
    """Made by hand, beside those in the policies."""
    silences: tuple[Silence, ...] = ()
    unusable: frozenset[str] = frozenset()
    """Contacts that are known not to work: secret unset, no device."""
    unverified: frozenset[str] = frozenset()
    """Contacts that are kept back because their person has proved another."""
    turns: Mapping[tuple[str, int], int] = MappingProxyType({})
    """Round-robin turns taken before, by policy and level."""


class Incidents:
    """All of one rehearsal. Gives the judge its numbers."""

    def __init__(self, book: Book, circumstances: Circumstances) -> None:
        self.book = book
        self._books = {book.revision: book}
        """By revision; one that is reopened walks the revision under which it was resolved."""
        self.all: dict[int, Incident] = {}
        self.alerts = Alerts()
        self.outbox = Outbox()
        self.lines: list[Line] = []
        self.repeats = True
        """Whether senders repeat what fires, as they should."""
        self.heard: dict[str, Instant] = {}
        """When each heartbeat was heard last."""
        self._groups: dict[int, int] = {}
        self._turns = dict(circumstances.turns)
        self._opened: dict[str, list[Instant]] = {}
        self._deadlines: list[tuple[Instant, int]] = []
        self._numbers = 0
        self._last = 0
        self.surround(circumstances)

    def surround(self, circumstances: Circumstances) -> None:
        self.circumstances = circumstances
        self.mutes = mutes_of(self.book, circumstances.silences)

    # --- numbers ----------------------------------------------------------------------------------------------------

    def episode(self) -> int:
        self._numbers += 1
        return self._numbers

    def incident(self, group: int) -> int | None:
        self._last += 1
        return self._last

    # --- what sources say -------------------------------------------------------------------------------------------

    def hear(self, alerts: Sequence[Alert], now: Instant) -> None:
        """One delivery of a sender's."""
        judge = Judge(self.book, self.mutes, self, self.all, lambda alert: 0, now)
        judge.known = self.alerts.known(alert.key for alert in alerts)
        groups = {judge.home(alert, alert.key).key for alert in alerts if alert.firing}
        judge.by_group = {key: self._groups[key] for key in groups if self._belongs(key, now)}
        tallies = judge.hear([(alert, alert.key) for alert in alerts])
        self.alerts.keep(judge.known[key] for key in judge.dirty)
        self.alerts.name({body.key: body.alert.labels for body in judge.bodies})
        self.heard.update(dict.fromkeys(judge.beats, now))
        for id, tally in tallies.items():
            self._count(judge, id, tally, now)

    def _belongs(self, group: int, now: Instant) -> bool:
        return group in self._groups and belongs(self.all[self._groups[group]], self.book, now)

    def _count(self, judge: Judge, id: int, tally: Tally, now: Instant) -> None:
        opening = judge.opening(id, tally.worst)
        if opening is not None:
            self.all[id] = opening
        if id in self.all:
            for event in events_of(self.all[id], tally, now + self._refresh + STALE_MARGIN):
                self.advance(id, event, now)

    def adopt(self, incident: Incident, alerts: Mapping[Episode, Labels]) -> None:
        """An incident that is open already, and its alerts; its messages are the outbox's to adopt."""
        self._last = max(self._last, incident.id)
        self._keep(incident)
        self.alerts.keep(alerts)
        self.alerts.name({episode.key: labels for episode, labels in alerts.items()})

    # --- the rules, asked -------------------------------------------------------------------------------------------

    def advance(self, id: int, event: Event, now: Instant) -> None:
        """One event reaches one incident; raises Refused, KeyError where there is no such incident."""
        before = self.all[id]
        book = self.book if isinstance(event, events.PolicyChanged) else self._walked(before.revision)
        after, effects, entries = step(before, event, book, self._facts(before, event, book, now), now)
        self._keep(after)
        self.lines += [Line(now, id, entry) for entry in entries]
        for effect in effects:
            if isinstance(effect, Notify):
                self.outbox.put(id, effect)
            elif isinstance(effect, Cancel):
                self.outbox.cancel(id, effect)
            elif isinstance(effect, TakeTurn):
                self._turns[effect.policy, effect.level] = self._turns.get((effect.policy, effect.level), 0) + 1
            elif isinstance(effect, CloseAlerts):
                self.alerts.close(id, now)

    def _walked(self, revision: int) -> Book:
        """The Book whose levels an incident of that revision walks; people and schedules are always the live ones."""
        live, found = self.book, self._books.get(revision)
        if found is None or found is live:
            return live
        return replace(
            found, people=live.people, schedules=live.schedules, rules=live.rules, channels=live.channels
        )  # fmt: skip

    def _keep(self, incident: Incident) -> None:
        self.all[incident.id] = incident
        if incident.open or self._groups.get(incident.key) in (None, incident.id):
            self._groups[incident.key] = incident.id
        if incident.due_at is not None:
            heappush(self._deadlines, (incident.due_at, incident.id))

    def _facts(self, incident: Incident, event: Event, book: Book, now: Instant) -> Facts:
        around = self.circumstances
        return Facts(
            overrides=(*self.book.overrides, *around.overrides), unusable=around.unusable,
            unverified=around.unverified, turns=self._turns, told=self.outbox.told(incident.id),
            surge=self._surge(incident, book, now) if isinstance(event, events.Fired) else 0, refresh=self._refresh,
        )  # fmt: skip

    @property
    def _refresh(self) -> Span:
        return max(self.book.refresh.values(), default=REFRESH)

    def _surge(self, incident: Incident, book: Book, now: Instant) -> int:
        policy = book.policy_named(incident.policy)
        if policy is None or policy.storm is None:
            return 0
        opened = self._opened.setdefault(policy.name, [])
        opened.append(now)
        return sum(at > now - policy.storm.within for at in opened[-policy.storm.over - 1 :])

    def change(self, book: Book, now: Instant) -> None:
        """A new revision is admitted: every open incident moves to it."""
        self.book = self._books[book.revision] = book
        self.surround(self.circumstances)
        for id in [id for id, each in self.all.items() if each.open and each.revision != book.revision]:
            lost = book.policy_named(self.all[id].policy) is None
            route = book.route(next(iter(self._firing(id)), {})).name if lost else None
            self.advance(id, events.PolicyChanged(book.revision, route), now)

    # --- deadlines --------------------------------------------------------------------------------------------------

    def next_deadline(self) -> Instant | None:
        while self._deadlines:
            at, id = self._deadlines[0]
            if self.all[id].due_at == at:
                return at
            heappop(self._deadlines)
        return None

    def run_due(self, now: Instant) -> bool:
        """Every passed deadline of the incident that waits longest; False: none has passed."""
        at = self.next_deadline()
        if at is None or at > now:
            return False
        id = heappop(self._deadlines)[1]
        while name := next_deadline(self.all[id], now):
            self.advance(id, self._passed(id, name, now), now)
            if name == "hold_at":
                self.cover(now)
        return True

    def _passed(self, id: int, name: str, now: Instant) -> Event:
        if name in events.PLAIN:
            return events.PLAIN[name]
        if name == "unmute_at":
            cover = covered(self.mutes, self._firing(id), now)
            return events.Silenced(*cover) if cover else events.SilenceDue()
        if name == "stale_at" and self.repeats:
            self.alerts.seen(id, now)
        known = self.alerts.of(id)
        if name == "hold_at":
            found = waiting.hold_over(known, now)
        else:
            healthy = self.repeats or waiting.healthy(self.book, self.heard, now)
            found = waiting.refresh_due(known, self._refresh, healthy, now)
        self.alerts.keep(found.changed)
        return found.event

    def _firing(self, id: int) -> list[Labels]:
        return [self.book.filled(labels) for labels in self.alerts.firing(id)]

    def cover(self, now: Instant) -> None:
        """Applies the silences as they are now."""
        if not self.mutes and not any(each.silenced for each in self.all.values()):
            return
        for id, incident in list(self.all.items()):
            cover = covered(self.mutes, self._firing(id), now) if incident.open else None
            if cover and (not incident.silenced or incident.unmute_at != cover[0]):
                self.advance(id, events.Silenced(*cover), now)
            elif incident.silenced and not cover:
                self.advance(id, events.SilenceDue(), now)
