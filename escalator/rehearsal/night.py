"""A night in virtual time: alerts come in, the rules run, messages go out, people answer. Nothing sleeps.

Law: what an instant brings happens in this order: what the story says (as told), then passed deadlines, then messages.
Here the clock is moved and messages meet their faults; what incidents do is `incidents`'.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from types import MappingProxyType

from escalator.core import events
from escalator.core.alert import Alert, Labels, fingerprint_of
from escalator.core.book import Book
from escalator.core.effects import Kind
from escalator.core.episodes import Episode
from escalator.core.events import Event
from escalator.core.incident import Incident, Status
from escalator.core.instant import Instant
from escalator.core.notification import Next, Outcome, after_attempt
from escalator.rehearsal.faults import Fault, answer
from escalator.rehearsal.incidents import Circumstances, Incidents
from escalator.rehearsal.outbox import Row, Stood
from escalator.rehearsal.records import Line, Message

__all__ = ["PLAINLY", "Circumstances", "Night"]

SOURCE = "alertmanager"
PLAINLY = Circumstances()
Action = Callable[[], object]


class Night:
    """One rehearsal. After each verb everything that follows from it at that instant has happened."""

    def __init__(
        self, book: Book, now: Instant, circumstances: Circumstances = PLAINLY, faults: Iterable[Fault] = ()
    ) -> None:
        self.now = now
        self.faults: set[Fault] = set(faults)
        self.messages: list[Message] = []
        self.tries_again = True
        """Whether what failed for now is tried again; a fault that lasts need not be shown a hundred times."""
        self.on_message: Callable[[Message], object] | None = None
        """Told of each message: where people who answer are plugged in."""
        self._kept = Incidents(book, circumstances)
        self._agenda: list[tuple[Instant, int, Action]] = []
        self._told = 0

    @property
    def book(self) -> Book:
        return self._kept.book

    @property
    def circumstances(self) -> Circumstances:
        return self._kept.circumstances

    @property
    def incidents(self) -> Mapping[int, Incident]:
        return self._kept.all

    @property
    def lines(self) -> Sequence[Line]:
        """All timelines, in the order in which they were written."""
        return self._kept.lines

    def open_alerts(self, id: int) -> dict[Episode, Labels]:
        """The alerts of an incident that are not resolved: what `adopt` takes."""
        return self._kept.alerts.open(id)

    @property
    def messages_wait(self) -> bool:
        """Whether any message is still to go out."""
        return self._kept.outbox.next_at() is not None

    def incidents_of(self, alerts: Iterable[Alert]) -> dict[int, int]:
        """By the keys of these alerts, the incidents that they are part of; without those that are of none."""
        known = self._kept.alerts.known(alert.key for alert in alerts)
        return {key: each.incident_id for key, each in known.items() if each.incident_id}

    # --- what the story says ----------------------------------------------------------------------------------------

    def at(self, instant: Instant, action: Action) -> None:
        """Something that happens later, before what else is due then."""
        self._told += 1
        heappush(self._agenda, (instant, self._told, action))

    def fire(self, labels: Labels, annotations: Labels | None = None) -> None:
        self.hear([Alert(SOURCE, fingerprint_of(labels), labels, annotations or {}, True, self.now, None)])

    def resolve(self, labels: Labels) -> None:
        over = Alert(SOURCE, fingerprint_of(labels), labels, {}, False, self.now, self.now)
        self.hear([over._replace(starts_at=self._kept.alerts.started(over) or self.now)])

    def hear(self, alerts: Sequence[Alert]) -> None:
        """One delivery of a sender's."""
        self._kept.hear(alerts, self.now)
        self._settle()

    def source_dies(self) -> None:
        """From now on nothing is repeated: what fires will count as unconfirmed."""
        self._kept.repeats = False

    def act(self, id: int, event: Event) -> None:
        """What a person does; raises Refused, KeyError where there is no such incident."""
        self._kept.advance(id, event, self.now)
        self._settle()

    def adopt(
        self,
        incident: Incident,
        alerts: Mapping[Episode, Labels] = MappingProxyType({}),
        messages: Iterable[Stood] = (),
        sent: Mapping[str, Iterable[Instant]] = MappingProxyType({}),
    ) -> None:
        """An incident that is open already, its alerts and its messages, and when contacts that have caps had theirs;
        what is due of it follows with `until`.
        """
        self._kept.adopt(incident, alerts)
        self._kept.outbox.adopt(incident.id, messages, sent)

    def change(self, book: Book) -> None:
        """A new revision is admitted: every open incident moves to it."""
        self._kept.change(book, self.now)
        self._settle()

    def surround(self, circumstances: Circumstances) -> None:
        """Overrides, silences and contacts as they are from now on."""
        self._kept.surround(circumstances)
        self._kept.cover(self.now)
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
        self._kept.cover(self.now)
        self._settle()

    def next_at(self) -> Instant | None:
        """When anything happens next."""
        begins = [mute.begins_after(self.now) for mute in self._kept.mutes]
        agenda = self._agenda[0][0] if self._agenda else None
        found = (agenda, self._kept.next_deadline(), self._kept.outbox.next_at(), *begins)
        return min((at for at in found if at is not None), default=None)

    def _settle(self) -> None:
        """Until nothing is due now."""
        while True:
            if self._kept.run_due(self.now):
                continue
            rows = self._kept.outbox.take(self.now)
            if rows is None:
                return
            self._send(rows)

    # --- messages ---------------------------------------------------------------------------------------------------

    def _send(self, rows: Sequence[Row]) -> None:
        first = rows[0]
        said = answer(self.faults, first.said)
        follows = [self._next(row, said.outcome) for row in rows]
        for row in rows:
            self._note(row.recorded(said, [each.incident for each in rows if each is not row], row is first, self.now))
        for row, everyone in self._kept.outbox.tried(rows, follows, said.outcome, self.now):
            person = row.said.person or ""
            lost = events.Unreachable(row.said.round, row.said.level, row.said.attempt, person, everyone)
            self._kept.advance(row.incident, lost, self.now)

    def _next(self, row: Row, outcome: Outcome) -> Next:
        """What follows a try; a page that nobody needs any more is not retried."""
        after = after_attempt(outcome, row.attempts, None, 0.5, self.now)
        incident = self._kept.all[row.incident]
        wanting = incident.status is Status.TRIGGERED and not incident.muted
        if after.state == "pending" and row.said.kind is Kind.PAGE and not wanting:
            return Next("cancelled", None, fall_back=False)
        return after if self.tries_again else after._replace(retry_at=None)

    def _note(self, message: Message) -> None:
        self.messages.append(message)
        if self.on_message is not None:
            self.on_message(message)
