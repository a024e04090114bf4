"""When the answers change on which a walk through the levels depends: handoffs, hours, overrides, clock changes.

Between two such instants who is on call, who comes next and which hours are open stay as they are, so whatever begins
there goes the same way. What is read is worked out once for each schedule and shared by all policies.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from escalator.core.book import Book
from escalator.core.hours import Hours, edges, is_open
from escalator.core.instant import DAY, Instant, Span
from escalator.core.oncall import Schedule, boundaries, on_call, rotation
from escalator.core.policy import Policy

AHEAD: Span = 400 * DAY
"""A year and its clock changes, and a month more."""
AFTERWARDS: Span = 3 * DAY
"""How long a walk may last that begins at the end of it."""


class Answers(NamedTuple):
    """Instants, sorted, and the answer from each on, as a small number; equal answers are equal numbers."""

    instants: Sequence[Instant]
    numbers: Sequence[int]

    def at(self, instant: Instant) -> int:
        return self.numbers[bisect_right(self.instants, instant) - 1]

    def between(self, since: Instant, until: Instant) -> list[tuple[Instant, int]]:
        """Where the answer changes after `since`, up to `until`."""
        first, last = bisect_right(self.instants, since), bisect_right(self.instants, until)
        return list(zip(self.instants[first:last], self.numbers[first:last], strict=True))


class Horizon:
    """From `since` for so long; the answers of one book."""

    def __init__(self, book: Book, since: Instant, ahead: Span = AHEAD) -> None:
        self.book, self.since, self.until = book, since, since + ahead
        self._last = self.until + AFTERWARDS
        self._known: dict[tuple[tuple[str, ...], bool], Answers] = {}
        self._schedules: dict[str, Answers] = {}
        self._hours: dict[str, Answers] = {}

    def of(self, policies: Sequence[Policy], urgent: bool) -> Answers:
        """All that the levels of these policies ask at an instant, together."""
        key = tuple(policy.name for policy in policies), urgent
        if key not in self._known:
            self._known[key] = self._together(policies, urgent)
        return self._known[key]

    def _together(self, policies: Sequence[Policy], urgent: bool) -> Answers:
        schedules, hours = asked(self.book, policies, urgent)
        parts = [self._schedule(name) for name in schedules] + [self._open(name) for name in hours]
        instants = sorted({self.since, *(instant for part in parts for instant in part.instants)})
        return _numbered(instants, [tuple(part.at(instant) for part in parts) for instant in instants])

    def _schedule(self, name: str) -> Answers:
        if name not in self._schedules:
            self._schedules[name] = self._turns(self.book.schedules[name])
        return self._schedules[name]

    def _turns(self, schedule: Schedule) -> Answers:
        overrides = [each for each in self.book.overrides if each.schedule == schedule.name]
        instants = sorted({self.since, *boundaries(schedule, overrides, self.since, self._last)})
        said = [(on_call(schedule, overrides, at), rotation(schedule, overrides, at)) for at in instants]
        return _numbered(instants, said)

    def _open(self, name: str) -> Answers:
        if name not in self._hours:
            self._hours[name] = self._edges(self.book.hours[name])
        return self._hours[name]

    def _edges(self, hours: Hours) -> Answers:
        found = {at for at in edges(hours, self.since, self._last) if self.since <= at < self._last}
        instants = sorted({self.since, *found})
        return _numbered(instants, [is_open(hours, at) for at in instants])


def asked(book: Book, policies: Sequence[Policy], urgent: bool) -> tuple[list[str], list[str]]:
    """The schedules and the hours that the levels of these policies ask; quiet hours only where they delay."""
    levels = [level for policy in policies for level in policy.levels]
    hours = {policy.hold_until for policy in policies}
    hours |= {name for level in levels for name in (level.during, level.outside)}
    if not urgent:
        hours |= {book.people[name].quiet for name in named(book, policies)}
    schedules = dict.fromkeys(
        target.name for level in levels for target in level.targets if target.kind in ("schedule", "next_on_call")
    )
    return [name for name in schedules if name in book.schedules], sorted(book.hours.keys() & hours)


def named(book: Book, policies: Iterable[Policy]) -> set[str]:
    """Everybody whom the levels of these policies may mean."""
    found: set[str] = set()
    for target in (target for policy in policies for level in policy.levels for target in level.targets):
        if target.kind == "person":
            found.add(target.name)
        elif target.kind == "team":
            found.update(book.teams.get(target.name, ()))
        elif target.name in book.schedules:
            found.update(name for layer in book.schedules[target.name].layers for name in layer.people)
            found.update(each.person for each in book.overrides if each.schedule == target.name)
    return found & book.people.keys()


def _numbered(instants: Sequence[Instant], said: Sequence[Hashable]) -> Answers:
    """Without instants at which nothing changes."""
    numbers: dict[Hashable, int] = {}
    kept: list[tuple[Instant, int]] = []
    for instant, answer in zip(instants, said, strict=True):
        number = numbers.setdefault(answer, len(numbers))
        if not kept or kept[-1][1] != number:
            kept.append((instant, number))
    return Answers([instant for instant, _ in kept], [number for _, number in kept])
