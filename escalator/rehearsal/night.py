"""A night in virtual time: alerts come in, the rules run, messages go out, people answer. Nothing sleeps.

Law: what an instant brings happens in this order: what the story says (as told), then passed deadlines, then messages.
Every decision is `core`'s; this keeps in memory what the service keeps in SQL, and moves the clock.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from types import MappingProxyType
from typing import NamedTuple

from escalator.core import events, waiting
from escalator.core.alert import Alert, Labels, Silence, fingerprint_of
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
from escalator.core.notification import after_attempt
from escalator.core.oncall import Override
from escalator.rehearsal.alerts import Alerts
from escalator.rehearsal.faults import Fault, answer
from escalator.rehearsal.outbox import Outbox, Row
from escalator.rehearsal.records import Line, Message

REFRESH: Span = 4 * HOUR + 5 * MINUTE
"""Alertmanager's defaults: repeat_interval and group_interval."""
SOURCE = "alertmanager"

Action = Callable[[], object]


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


PLAINLY = Circumstances()


class Night:
    """One rehearsal. After each verb everything that follows from it at that instant has happened."""

    def __init__(
        self, book: Book, now: Instant, circumstances: Circumstances = PLAINLY, faults: Iterable[Fault] = ()
    ) -> None:
        self.book, self.now, self.circumstances = book, now, circumstances
        self.faults: set[Fault] = set(faults)
        self.incidents: dict[int, Incident] = {}
        self.messages: list[Message] = []
        self.lines: list[Line] = []
        self.repeats = True
        """Whether senders repeat what fires, as they should."""
        self.on_message: Callable[[Message], object] | None = None
        """Told of each message: where people who answer are plugged in."""
        self.heard: dict[str, Instant] = {}
        """When each heartbeat was heard last."""
        self._alerts = Alerts()
        self._groups: dict[int, int] = {}
        self._turns = dict(circumstances.turns)
        self._opened: dict[str, list[Instant]] = {}
        self._outbox = Outbox()
        self._agenda: list[tuple[Instant, int, Action]] = []
        self._deadlines: list[tuple[Instant, int]] = []
        self._told = 0
        self._numbers = 0
        self._opened_so_far = 0
        self._mutes = mutes_of(self.book, self.circumstances.silences)

    # --- what the story says ----------------------------------------------------------------------------------------

    def at(self, instant: Instant, action: Action) -> None:
        """Something that happens later, before what else is due then."""
        self._told += 1
        heappush(self._agenda, (instant, self._told, action))

    def fire(self, labels: Labels, annotations: Labels | None = None) -> None:
        self.hear([Alert(SOURCE, fingerprint_of(labels), labels, annotations or {}, True, self.now, None)])

    def resolve(self, labels: Labels) -> None:
        over = Alert(SOURCE, fingerprint_of(labels), labels, {}, False, self.now, self.now)
        self.hear([over._replace(starts_at=self._alerts.started(over) or self.now)])

    def hear(self, alerts: Sequence[Alert]) -> None:
        """One delivery of a sender's."""
        judge = Judge(self.book, self._mutes, self, self.incidents, lambda alert: 0, self.now)
        judge.known = self._alerts.known(alert.key for alert in alerts)
        judge.by_group = {key: id for key, id in self._groups.items() if self._belongs(id)}
        tallies = judge.hear([(alert, alert.key) for alert in alerts])
        self._alerts.keep(judge.known[key] for key in judge.dirty)
        self._alerts.name({body.key: body.alert.labels for body in judge.bodies})
        self.heard.update(dict.fromkeys(judge.beats, self.now))
        for id, tally in tallies.items():
            self._count(judge, id, tally)
        self._settle()

    def act(self, id: int, event: Event) -> None:
        """What a person does; raises Refused, KeyError where there is no such incident."""
        self._advance(id, event)
        self._settle()

    def adopt(self, incident: Incident, alerts: Mapping[Episode, Labels] = MappingProxyType({})) -> None:
        """An incident that is open already, and its alerts; what is due of it follows with `until`."""
        self._opened_so_far = max(self._opened_so_far, incident.id)
        self._keep(incident)
        self._alerts.keep(alerts)
        self._alerts.name({episode.key: labels for episode, labels in alerts.items()})

    def change(self, book: Book) -> None:
        """A new revision is admitted: every open incident moves to it."""
        self.book = book
        self._mutes = mutes_of(self.book, self.circumstances.silences)
        for id in [id for id, each in self.incidents.items() if each.open and each.revision != book.revision]:
            lost = book.policy_named(self.incidents[id].policy) is None
            self._advance(id, events.PolicyChanged(book.revision, self._route(id) if lost else None))
        self._settle()

    def surround(self, circumstances: Circumstances) -> None:
        """Overrides, silences and contacts as they are from now on."""
        self.circumstances = circumstances
        self._mutes = mutes_of(self.book, self.circumstances.silences)
        self._cover()
        self._settle()

    # --- time -------------------------------------------------------------------------------------------------------

    def until(self, end: Instant) -> None:
        """Time goes on to the end, that instant included, from one thing that is due to the next."""
        while (at := self.next_at()) is not None and at <= end:
            self.go_on()
        self.now = max(self.now, end)

    def go_on(self) -> None:
        """To the next instant at which anything happens, if there is one, and through it."""
        self.now = max(self.now, self.next_at() or self.now)
        while self._agenda and self._agenda[0][0] <= self.now:
            heappop(self._agenda)[2]()
        self._cover()
        self._settle()

    def next_at(self) -> Instant | None:
        """When anything happens next."""
        begins = (mute.begins_after(self.now) for mute in self._mutes) if self._mutes else ()
        agenda = self._agenda[0][0] if self._agenda else None
        found = (agenda, self._next_deadline(), self._outbox.next_at(), *begins)
        return min((at for at in found if at is not None), default=None)

    def _next_deadline(self) -> Instant | None:
        while self._deadlines:
            at, id = self._deadlines[0]
            if self.incidents[id].due_at == at:
                return at
            heappop(self._deadlines)
        return None

    def _settle(self) -> None:
        """Until nothing is due now."""
        while True:
            due = self._next_deadline()
            if due is not None and due <= self.now:
                self._run_due(heappop(self._deadlines)[1])
            elif (rows := self._outbox.take(self.now)) is not None:
                self._send(rows)
            else:
                return

    # --- the rules, asked -------------------------------------------------------------------------------------------

    def episode(self) -> int:
        self._numbers += 1
        return self._numbers

    def incident(self, group: int) -> int | None:
        self._opened_so_far += 1
        return self._opened_so_far

    def _belongs(self, id: int) -> bool:
        return id in self.incidents and belongs(self.incidents[id], self.book, self.now)

    def _count(self, judge: Judge, id: int, tally: Tally) -> None:
        opening = judge.opening(id, tally.worst)
        if opening is not None:
            self.incidents[id] = opening
        if id in self.incidents:
            for event in events_of(self.incidents[id], tally, self.now + self._refresh + STALE_MARGIN):
                self._advance(id, event)

    def _advance(self, id: int, event: Event) -> None:
        before = self.incidents[id]
        after, effects, entries = step(before, event, self.book, self._facts(before, event), self.now)
        self._keep(after)
        self.lines += [Line(self.now, id, entry) for entry in entries]
        for effect in effects:
            if isinstance(effect, Notify):
                self._outbox.put(id, effect)
            elif isinstance(effect, Cancel):
                self._outbox.cancel(id, effect)
            elif isinstance(effect, TakeTurn):
                self._turns[effect.policy, effect.level] = self._turns.get((effect.policy, effect.level), 0) + 1
            elif isinstance(effect, CloseAlerts):
                self._alerts.close(id, self.now)

    def _keep(self, incident: Incident) -> None:
        self.incidents[incident.id] = incident
        if incident.open or self._groups.get(incident.key) in (None, incident.id):
            self._groups[incident.key] = incident.id
        if incident.due_at is not None:
            heappush(self._deadlines, (incident.due_at, incident.id))

    def _facts(self, incident: Incident, event: Event) -> Facts:
        around = self.circumstances
        return Facts(
            overrides=(*self.book.overrides, *around.overrides), unusable=around.unusable,
            unverified=around.unverified, turns=self._turns, told=self._outbox.told(incident.id),
            surge=self._surge(incident) if isinstance(event, events.Fired) else 0, refresh=self._refresh,
        )  # fmt: skip

    @property
    def _refresh(self) -> Span:
        return max(self.book.refresh.values(), default=REFRESH)

    def _surge(self, incident: Incident) -> int:
        policy = self.book.policy_named(incident.policy)
        if policy is None or policy.storm is None:
            return 0
        opened = self._opened.setdefault(policy.name, [])
        opened.append(self.now)
        return sum(at > self.now - policy.storm.within for at in opened[-policy.storm.over - 1 :])

    def _run_due(self, id: int) -> None:
        while name := next_deadline(self.incidents[id], self.now):
            self._advance(id, self._passed(id, name))
            if name == "hold_at":
                self._cover()

    def _passed(self, id: int, name: str) -> Event:
        if name in events.PLAIN:
            return events.PLAIN[name]
        if name == "unmute_at":
            cover = covered(self._mutes, self._firing(id), self.now)
            return events.Silenced(*cover) if cover else events.SilenceDue()
        if name == "stale_at" and self.repeats:
            self._alerts.seen(id, self.now)
        known = self._alerts.of(id)
        if name == "hold_at":
            found = waiting.hold_over(known, self.now)
        else:
            healthy = self.repeats or waiting.healthy(self.book, self.heard, self.now)
            found = waiting.refresh_due(known, self._refresh, healthy, self.now)
        self._alerts.keep(found.changed)
        return found.event

    def _firing(self, id: int) -> list[Labels]:
        return [self.book.filled(labels) for labels in self._alerts.firing(id)]

    def _route(self, id: int) -> str:
        return self.book.route(next(iter(self._firing(id)), {})).name

    # --- silences ---------------------------------------------------------------------------------------------------

    def _cover(self) -> None:
        """Applies the silences as they are now."""
        if not self._mutes and not any(each.silenced for each in self.incidents.values()):
            return
        for id, incident in list(self.incidents.items()):
            cover = covered(self._mutes, self._firing(id), self.now) if incident.open else None
            if cover and (not incident.silenced or incident.unmute_at != cover[0]):
                self._advance(id, events.Silenced(*cover))
            elif incident.silenced and not cover:
                self._advance(id, events.SilenceDue())

    # --- messages ---------------------------------------------------------------------------------------------------

    def _send(self, rows: Sequence[Row]) -> None:
        first = rows[0]
        said = answer(self.faults, first.said)
        for row in rows:
            row.attempts += 1
        follows = [after_attempt(said.outcome, row.attempts, None, 0.5, self.now) for row in rows]
        for row in rows:
            self._note(row.recorded(said, [each.incident for each in rows if each is not row], row is first, self.now))
        for row, everyone in self._outbox.tried(rows, follows, said.outcome, self.now):
            person = row.said.person or ""
            lost = events.Unreachable(row.said.round, row.said.level, row.said.attempt, person, everyone)
            self._advance(row.incident, lost)

    def _note(self, message: Message) -> None:
        self.messages.append(message)
        if self.on_message is not None:
            self.on_message(message)
