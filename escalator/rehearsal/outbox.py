"""Messages of a rehearsal: what waits, what goes out now and together with what, what follows a failure.

The rules are `core.notification`'s and `core.digests`'; this keeps the rows that the service keeps in SQL.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from escalator.core.digests import CAPS, held_until
from escalator.core.effects import Bundle, Cancel, Kind, Notify, Told
from escalator.core.instant import Instant
from escalator.core.notification import Next, Outcome
from escalator.rehearsal.faults import Answer
from escalator.rehearsal.records import Message

UNMERGED = frozenset({"pagerduty", "webhook"})
"""Ways out whose receivers want one message an incident; a test holds this to the channels."""


HEARD = ("sending", "sent", "pending")
"""States of a message that was tried in which somebody may have had it."""


class Stood(NamedTuple):
    """A message of an incident that is open already, as the service's outbox has it."""

    said: Notify
    state: str
    attempts: int = 0


MAY_BE_HEARD = {"sending": "sent", "delivered": "sent", "unknown": "sent"}
"""What a rehearsal makes of states that only a provider's word ends: the message went out."""


class Row:
    """One message to one contact, and where it stands."""

    __slots__ = ("attempts", "bundle", "id", "incident", "not_before", "said", "state")

    def __init__(self, id: int, incident: int, said: Notify) -> None:
        self.id, self.incident, self.said = id, incident, said
        self.not_before, self.bundle = said.not_before, said.bundle
        self.state = "pending"
        self.attempts = 0

    @property
    def page(self) -> tuple[int, int, int, int]:
        """Which page it is part of, of whomever."""
        return self.incident, self.said.round, self.said.level, self.said.attempt

    def recorded(self, said: Answer, others: Sequence[int], carrier: bool, now: Instant) -> Message:
        """This try, as it is remembered; `others`: further incidents in the same message."""
        to = self.said
        return Message(
            now, self.incident, to.kind, to.contact, to.via, to.person, to.target, to.round, to.level, to.attempt,
            to.reason, said.outcome, said.heard, self.attempts, tuple(others) if carrier else (), carrier,
        )  # fmt: skip


class Failure(NamedTuple):
    """A page by which a person was not reached."""

    row: Row
    everyone: bool
    """Whether nobody else is left whom it paged."""


class Outbox:
    """Every message of one rehearsal."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._of: dict[int, list[Row]] = {}
        self._once: set[tuple[int, int, int, int, int, str, Kind]] = set()
        self._due: list[tuple[Instant, int]] = []
        self._under_way: deque[list[Row]] = deque()
        self._sent: dict[str, list[tuple[int, Instant]]] = {}

    def put(self, incident: int, said: Notify) -> None:
        """One that is there already is not doubled; an update that nobody had yet gives way to a newer one."""
        key = (incident, said.round, said.level, said.attempt, said.step, said.contact, said.kind)
        if said.kind is Kind.UPDATE:
            self._replace(incident, said.contact)
        if key not in self._once:
            self._once.add(key)
            row = Row(len(self.rows), incident, said)
            self.rows.append(row)
            self._of.setdefault(incident, []).append(row)
            self._queue(row)

    def adopt(self, incident: int, messages: Iterable[Stood], sent: Mapping[str, Iterable[Instant]]) -> None:
        """What was made before the rehearsal began. `sent`: when capped contacts had their last messages."""
        for each in messages:
            self.put(incident, each.said)
            row = self.rows[-1]
            row.state, row.attempts = MAY_BE_HEARD.get(each.state, each.state), each.attempts
        for contact, instants in sent.items():
            had = self._sent.setdefault(contact, [])
            had += [(-number, at) for number, at in enumerate(instants, 1)]

    def _replace(self, incident: int, contact: str) -> None:
        for row in self._waiting(incident):
            if row.said.kind is Kind.UPDATE and row.said.contact == contact and not row.attempts:
                row.state = "cancelled"

    def _queue(self, row: Row) -> None:
        heappush(self._due, (row.not_before, row.id))

    def _waiting(self, incident: int) -> Iterator[Row]:
        return (row for row in self._of.get(incident, ()) if row.state == "pending")

    def cancel(self, incident: int, what: Cancel) -> None:
        """Pages not sent yet, to everybody or to one; or everything."""
        for row in self._waiting(incident):
            page = row.said.kind is Kind.PAGE
            if (page or what.everything) and (what.person is None or row.said.person == what.person):
                row.state = "cancelled"

    def told(self, incident: int) -> tuple[Told, ...]:
        """Who has heard, or may have."""
        found: dict[str, Told] = {}
        for row in self._of.get(incident, ()):
            if row.attempts and row.state in HEARD:
                said = row.said
                found.setdefault(said.contact, Told(said.contact, said.via, said.person, said.target))
        return tuple(found.values())

    def next_at(self) -> Instant | None:
        """When the next message is due."""
        while self._due:
            at, id = self._due[0]
            if self.rows[id].state == "pending" and self.rows[id].not_before == at:
                return at
            heappop(self._due)
        return None

    def take(self, now: Instant) -> list[Row] | None:
        """What goes out next as one message, the row that carries it first; None: nothing is due."""
        if not self._under_way:
            self._claim(now)
        return self._under_way.popleft() if self._under_way else None

    def _claim(self, now: Instant) -> None:
        """Each way out takes all that it has due before anything goes out, as the lanes do: what is due together goes
        out together, and what is held back makes another way due.
        """
        due: dict[str, list[Row]] = {}
        self._drain(due, now)
        while due:
            self._gather(sorted(due.pop(min(due)), key=lambda row: row.id), now)
            self._drain(due, now)
        self._under_way = deque(sorted(self._under_way, key=lambda rows: (rows[0].said.priority, rows[0].id)))

    def _drain(self, due: dict[str, list[Row]], now: Instant) -> None:
        while (at := self.next_at()) is not None and at <= now:
            row = self.rows[heappop(self._due)[1]]
            row.state = "sending"
            row.attempts += 1
            due.setdefault(row.said.via, []).append(row)

    def _gather(self, waiting: list[Row], now: Instant) -> None:
        """Every row of one way out ends in one message, or waits because its contact has had enough."""
        while waiting:
            row = waiting.pop(0)
            free = self._free(row, waiting, now) if row.said.via in CAPS else None
            if free is not None:
                self._postpone(row, free, now)
                continue
            merges = row.bundle >= Bundle.STORM and row.said.via not in UNMERGED
            others = [each for each in waiting if _fits(each, row)] if merges else []
            self._under_way.append([row, *others])
            waiting = [each for each in waiting if each not in others] if others else waiting

    def _free(self, row: Row, waiting: Sequence[Row], now: Instant) -> Instant | None:
        flying = [(each.id, now) for rows in self._under_way for each in rows if each.said.contact == row.said.contact]
        had = [*self._sent.get(row.said.contact, ()), *flying]
        return held_until(row.said.via, row.bundle, row.id, had, {row.id, *(each.id for each in waiting)}, now)

    def _postpone(self, row: Row, free: Instant, now: Instant) -> None:
        row.state, row.not_before, row.bundle = "pending", free, Bundle.STORM
        row.attempts -= 1
        self._queue(row)
        self.fall_back(row, now)

    def tried(self, rows: Sequence[Row], after: Iterable[Next], outcome: Outcome, now: Instant) -> list[Failure]:
        """Writes down one try; returns the people whom it leaves unreached."""
        if outcome is Outcome.SENT:
            self._sent.setdefault(rows[0].said.contact, []).append((rows[0].id, now))
        lost: list[Failure] = []
        for row, follows in zip(rows, after, strict=True):
            row.state = follows.state
            if follows.retry_at is not None:
                row.not_before = follows.retry_at
                self._queue(row)
            if follows.fall_back and row.said.kind is Kind.PAGE and row.said.person:
                self.fall_back(row, now)
                lost += self._lost(row)
        return lost

    def fall_back(self, row: Row, now: Instant) -> None:
        """The person's next contact of the same page starts now; what follows that one is its own affair."""
        if row.said.kind is not Kind.PAGE or not row.said.person:
            return
        later = [other for other in self._page(row) if other.said.person == row.said.person]
        later = sorted((other for other in later if other.said.step > row.said.step), key=lambda other: other.said.step)
        for other in later[:1]:
            if other.state == "pending" and not other.attempts and other.not_before > now:
                other.not_before = now
                self._queue(other)

    def _lost(self, row: Row) -> list[Failure]:
        left = {other.said.person for other in self._page(row) if other.said.person and other.state != "failed"}
        return [] if row.said.person in left else [Failure(row, not left)]

    def _page(self, row: Row) -> list[Row]:
        """All messages of the same page, to whomever."""
        return [other for other in self._of[row.incident] if other.page == row.page and other.said.kind is Kind.PAGE]


def _fits(row: Row, leader: Row) -> bool:
    same = row.said.contact == leader.said.contact and row.said.kind is leader.said.kind
    return same and row.bundle >= Bundle.STORM
