"""A recording, played through a policy: who would have been paged when, and who would have answered.

People answer as they did, or as a model says: so long after their first page of an incident. Nothing else is invented.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from escalator.core import events
from escalator.core.alert import Alert, Severity
from escalator.core.book import Book
from escalator.core.effects import Refused
from escalator.core.incident import Incident, Status
from escalator.core.instant import DAY, Instant, Span
from escalator.rehearsal.history.recording import Answer, Recording
from escalator.rehearsal.night import PLAINLY, Circumstances, Night
from escalator.rehearsal.records import Message

AFTERWARDS: Span = DAY
"""How long the night goes on after the last report."""


class Response(NamedTuple):
    """How people answer."""

    recorded: bool = True
    """As they did."""
    after: Span | None = None
    """Else, so long after their first page of an incident; None: nobody answers."""


class Passage(NamedTuple):
    """One incident of the replay."""

    id: int
    title: str
    severity: Severity
    high: bool
    policy: str
    opened_at: Instant
    keys: frozenset[int]
    """Of its alerts."""
    pages: tuple[Message, ...]
    """To people, those that were heard."""
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    resolved_at: Instant | None

    @property
    def first_page(self) -> Instant | None:
        return self.pages[0].at if self.pages else None


class Replayed(NamedTuple):
    """What a policy made of a recording."""

    passages: tuple[Passage, ...]
    dropped: frozenset[int]
    """Keys of alerts that opened nothing."""


Progress = Callable[[int, int], None]


def replay(
    book: Book,
    recording: Recording,
    response: Response = Response(),  # noqa: B008  frozen
    around: Circumstances = PLAINLY,
    progress: Progress = lambda done, total: None,
) -> Replayed:
    """Through one book, from the first report to a day after the last."""
    player = Player(book, recording, response, around)
    for done, delivery in enumerate(recording.deliveries):
        progress(done, len(recording.deliveries))
        # As something told, so that it comes before what is due at the same instant.
        player.night.at(delivery.at, partial(player.hear, delivery.alerts))
        player.night.until(delivery.at)
    progress(len(recording.deliveries), len(recording.deliveries))
    player.night.until(recording.until + AFTERWARDS)
    return Replayed(tuple(player.passages()), player.dropped())


class Player:
    """One replay in the making."""

    def __init__(self, book: Book, recording: Recording, response: Response, around: Circumstances) -> None:
        self.night = Night(book, recording.since, around)
        self._response = response
        self._heard: set[int] = set()
        self._of: dict[int, set[int]] = {}
        self._acknowledged: dict[int, tuple[Instant, str]] = {}
        if response.recorded:
            for answer in recording.answers:
                self.night.at(answer.at, partial(self._answer, answer))
        elif response.after is not None:
            self.night.on_message = self._hears

    def hear(self, alerts: tuple[Alert, ...]) -> None:
        self.night.hear(alerts)
        for key, id in self.night.incidents_of(alerts).items():
            self._of.setdefault(id, set()).add(key)
        self._heard.update(alert.key for alert in alerts if alert.firing)

    def dropped(self) -> frozenset[int]:
        return frozenset(self._heard.difference(*self._of.values()))

    def _hears(self, message: Message) -> None:
        if message.page and message.person and message.heard and self._response.after is not None:
            person, id = message.person, message.incident
            self.night.at(message.at + self._response.after, partial(self._acknowledge, id, person))

    def _answer(self, answer: Answer) -> None:
        """As it was: whoever acknowledged it then does now, if it is open."""
        for id in [id for id, keys in self._of.items() if keys & answer.keys]:
            self._acknowledge(id, answer.by)

    def _acknowledge(self, id: int, person: str) -> None:
        if self.night.incidents[id].status is not Status.TRIGGERED:
            return
        try:
            self.night.act(id, events.Acknowledged(person))
        except Refused:
            return
        # With `ack_mode: all` it is acknowledged by the last of them.
        if self.night.incidents[id].status is not Status.TRIGGERED:
            self._acknowledged.setdefault(id, (self.night.now, person))

    def passages(self) -> Iterator[Passage]:
        pages: dict[int, list[Message]] = {}
        for message in self.night.messages:
            if message.page and message.person and message.heard:
                pages.setdefault(message.incident, []).append(message)
        for id, incident in self.night.incidents.items():
            yield self._passage(incident, tuple(pages.get(id, ())))

    def _passage(self, incident: Incident, pages: tuple[Message, ...]) -> Passage:
        at, by = self._acknowledged.get(incident.id, (None, None))
        return Passage(
            incident.id, incident.title, incident.severity, incident.high, incident.policy, incident.opened_at,
            frozenset(self._of.get(incident.id, ())), pages, at, by, incident.resolved_at,
        )  # fmt: skip
