"""The ladder of an alert that nobody answers: who is told after how long. And when one ladder is worse than another.

Law: who it is does not make a ladder worse, only how many people are told by when, and how many ways lead to them.
"""

from collections.abc import Iterable
from typing import NamedTuple

from escalator.core.alert import Labels
from escalator.core.book import Book
from escalator.core.instant import HOUR, MINUTE, Instant, Span
from escalator.core.providers import PROVIDERS
from escalator.rehearsal.night import PLAINLY, Circumstances, Night
from escalator.rehearsal.proof.classes import AlertClass, class_of
from escalator.rehearsal.proof.horizon import Horizon
from escalator.rehearsal.proof.reaching import climbed
from escalator.rehearsal.records import Message

WATCHED: Span = 4 * HOUR
"""How long a ladder is looked at, unless a second pass begins before."""


class Rung(NamedTuple):
    """What goes out at one instant."""

    after: Span
    people: tuple[tuple[str, tuple[str, ...]], ...]
    """Each with the ways by which they are paged."""
    channels: tuple[str, ...]


class Ladder(NamedTuple):
    """All that goes out for one alert, in order."""

    route: str
    policy: str
    high: bool
    drop: bool
    rungs: tuple[Rung, ...]

    @property
    def first(self) -> Span | None:
        """Until a person is paged; None: nobody is."""
        return next((rung.after for rung in self.rungs if rung.people), None)

    def told(self) -> list[tuple[Span, int, int]]:
        """(after, how many people were paged by then, by how many providers), at each rung that pages people."""
        people: set[str] = set()
        providers: set[str] = set()
        found = []
        for rung in self.rungs:
            people.update(name for name, _ in rung.people)
            providers.update(PROVIDERS[via] for _, vias in rung.people for via in vias)
            if rung.people:
                found.append((rung.after, len(people), len(providers)))
        return found


def climb(book: Book, labels: Labels, at: Instant, around: Circumstances = PLAINLY) -> Ladder:
    """The first pass, and the beginning of the second, when such an alert fires at that instant."""
    about = class_of(book, labels)
    night = Night(book, at, around)
    night.fire(labels)
    while (following := night.next_at()) is not None and following - at <= WATCHED and _first_pass(night):
        night.go_on()
    return Ladder(about.route.name, about.policy, about.high, about.route.drop is not None, _rungs(night, at))


def _first_pass(night: Night) -> bool:
    return all(not incident.passes and not incident.desperate for incident in night.incidents.values())


def _rungs(night: Night, at: Instant) -> tuple[Rung, ...]:
    found: dict[Span, list[Message]] = {}
    for message in night.messages:
        if message.page:
            found.setdefault(message.at - at, []).append(message)
    return tuple(_rung(after, messages) for after, messages in found.items())


def _rung(after: Span, messages: Iterable[Message]) -> Rung:
    people: dict[str, list[str]] = {}
    channels: list[str] = []
    for message in messages:
        if message.person:
            people.setdefault(message.person, []).append(message.via)
        else:
            channels.append(message.channel or message.contact)
    return Rung(after, tuple((name, tuple(vias)) for name, vias in people.items()), tuple(channels))


def worse(old: Ladder, new: Ladder) -> str:
    """In which way the new ladder is later or weaker; empty where it is not."""
    if new.drop and not old.drop:
        return "it is dropped now"
    if old.first is not None and (new.first is None or new.first > old.first):
        return "the first page to a person comes later" if new.first is not None else "no person is paged any more"
    for after, people, providers in old.told():
        now_people, now_providers = _by(new, after)
        if now_people < people:
            return "fewer people are paged in the same time"
        if now_providers < providers:
            return "people are paged by fewer providers in the same time"
    return "urgency fell" if old.high and not new.high else ""


def _by(ladder: Ladder, after: Span) -> tuple[int, int]:
    reached = [(people, providers) for at, people, providers in ladder.told() if at <= after]
    return reached[-1] if reached else (0, 0)


class Ladders:
    """Ladders of one book, climbed once for all instants at which the answers are the same."""

    def __init__(self, book: Book, horizon: Horizon, around: Circumstances = PLAINLY) -> None:
        self._book, self._horizon, self._around = book, horizon, around
        self._known: dict[tuple[object, ...], Ladder] = {}

    def climb(self, labels: Labels, at: Instant) -> Ladder:
        about = class_of(self._book, labels)
        key = (about.route.name, about.severity, *self._answers(about, at))
        if key not in self._known or not self._steady(about):
            self._known[key] = climb(self._book, labels, at, self._around)
        return self._known[key]

    def _answers(self, about: AlertClass, at: Instant) -> list[tuple[Span, int]]:
        """What the levels would be told, and after how long that changes, as long as the ladder is looked at."""
        answers = self._horizon.of(climbed(self._book, about), about.high)
        changes = [(when - at, number) for when, number in answers.between(at, at + self._length(about))]
        return [(0, answers.at(at)), *changes]

    def _length(self, about: AlertClass) -> Span:
        """No ladder of the class is longer: all its waits, and those of `catch_all`."""
        levels = [level for policy in climbed(self._book, about) for level in policy.levels]
        waits = sum(level.escalate_after * level.attempts for level in levels)
        return min(WATCHED, about.route.timing.group_wait + waits + MINUTE)

    def _steady(self, about: AlertClass) -> bool:
        """Whether hours that are waited for could make two instants with the same answers differ."""
        policies = climbed(self._book, about)
        return about.high and not any(policy.hold_until for policy in policies)
