"""How long until a page reaches a working person, for one class of alerts under one fault, whenever it begins.

A walk is a `Night` from the first alert to the first message that somebody hears, or to the end of the first pass. Its
course depends on nothing but the answers at the instants at which it asks (`horizon`), so walks that meet the same
answers are walked once: they stand in a tree whose branches are answers. Only the first pass counts, which is careful.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice, product
from typing import NamedTuple

from escalator.core.book import Book
from escalator.core.events import Fired
from escalator.core.incident import Incident
from escalator.core.instant import DAY, Instant, Span
from escalator.core.oncall import Step
from escalator.core.policy import Policy
from escalator.core.providers import PROVIDERS
from escalator.core.reports import opened
from escalator.rehearsal.faults import Fault, Mode
from escalator.rehearsal.night import PLAINLY, Circumstances, Night
from escalator.rehearsal.proof.classes import AlertClass
from escalator.rehearsal.proof.horizon import Answers, Horizon, named
from escalator.rehearsal.records import Message

LONGEST: Span = 2 * DAY
"""After the first page was due: one that comes later comes never."""
MOST_TURNS = 400
"""Combinations of round-robin turns that are looked at."""


class Reached(NamedTuple):
    """Where a walk ended."""

    after: Span | None
    """From the first alert to the first message that is heard; None: the pass was over before."""
    by: tuple[Message, ...] = ()
    """All that were heard at that instant."""


@dataclass(slots=True)
class Branch:
    """A walk asked at `offset` from its first page; how it goes on, by what it was told there."""

    offset: Span
    ways: dict[int, "Branch | Reached"] = field(default_factory=dict)


class Walks:
    """All walks of one class of alerts, for one state of the round-robin turns."""

    def __init__(self, book: Book, about: AlertClass, horizon: Horizon, turns: Mapping[tuple[str, int], int]) -> None:
        policies = climbed(book, about)
        self._book, self._about = book, about
        self._around = PLAINLY._replace(turns=turns)
        self._answers: Answers = horizon.of(policies, about.high)
        self._roots: dict[Fault | None, Branch | Reached] = {}
        self.offsets: set[Span] = {0}
        """From the first page on, every instant at which some walk asked and that moves with its beginning."""
        quiet = not about.high and any(book.people[name].quiet for name in named(book, policies))
        self._steady = not quiet and not policies[0].hold_until
        """Whether the time from an alert to a page depends on the answers alone: no hours are waited for."""
        self._later = sorted({0, *(step.after for step in _steps(book))}) if quiet else [0]
        self.walked = 0
        self.wait = self._first(horizon.since) - horizon.since
        """From an alert to the first page, where no hours are waited for."""

    @property
    def breaks(self) -> list[Instant]:
        return list(self._answers.instants)

    def reach(self, at: Instant, fault: Fault | None) -> Reached:
        """For alerts that begin at that instant."""
        if not self._steady:
            return self._look(at, fault)
        branch = self._roots.get(fault)
        while branch is not None and not isinstance(branch, Reached):
            branch = branch.ways.get(self._answers.at(at + self.wait + branch.offset))
        return branch if branch is not None else self._remember(at, fault)

    def _remember(self, at: Instant, fault: Fault | None) -> Reached:
        asked, reached = self._walk(at, fault)
        self.offsets.update(asked)
        following: Branch | Reached = reached
        for offset in reversed(asked):
            answer = self._answers.at(at + self.wait + offset)
            following = Branch(offset, {answer: following})
        self._roots[fault] = _joined(self._roots.get(fault), following)
        return reached

    def _look(self, at: Instant, fault: Fault | None) -> Reached:
        """Where hours are waited for, some instants stay where they are: a second walk, begun a moment later, tells."""
        asked, reached = self._walk(at, fault)
        again, _ = self._walk(at + 1, fault)
        moving = [offset for offset in asked if offset in again]
        self.offsets.update(offset + later for offset in moving for later in self._later)
        return reached

    def _walk(self, at: Instant, fault: Fault | None) -> tuple[list[Span], Reached]:
        """The offsets at which it asked, from the first page of a walk that waits for nothing; and where it ended."""
        self.walked += 1
        night = begun(self._book, self._about, at, fault, self._around)
        reached = first_heard(night, at)
        asked = [line.at for line in night.lines if line.entry.event in ASKS]
        return list(dict.fromkeys(each - at - self.wait for each in asked)), reached

    def _first(self, at: Instant) -> Instant:
        policies = {name: replace(policy, hold_until=None) for name, policy in self._book.policies.items()}
        night = begun(replace(self._book, policies=policies), self._about, at, None, self._around)
        asked = (line.at for line in night.lines if line.entry.event in ASKS)
        return next(asked, night.incidents[1].level_at or at)


def climbed(book: Book, about: AlertClass) -> list[Policy]:
    """The policies whose levels the class may climb, its own first."""
    return [policy for name in (about.policy, book.catch_all) if (policy := book.policy_named(name))]


ASKS = frozenset({"paged", "skipped", "unreachable", "repeat", "handed over", "last resort"})
"""Lines of the timeline that a walk leaves where it asked who is on call and what is open."""


def _joined(into: Branch | Reached | None, new: Branch | Reached) -> Branch | Reached:
    if isinstance(into, Branch) and isinstance(new, Branch):
        for answer, way in new.ways.items():
            into.ways[answer] = _joined(into.ways.get(answer), way)
        return into
    return new


def begun(book: Book, about: AlertClass, at: Instant, fault: Fault | None, around: Circumstances = PLAINLY) -> Night:
    """A night in which one alert of the class has just fired."""
    night = Night(book, at, around, [fault] if fault else [])
    night.tries_again = False
    incident = opened(1, 1, about.route, about.severity, str(about), {}, book, at)
    night.adopt(incident)
    night.act(1, Fired(1))
    return night


def first_heard(night: Night, at: Instant) -> Reached:
    """Lets time go on until a page reaches a person, or the first pass is over."""
    seen = 0
    begins = night.incidents[1].level_at or at
    while True:
        for message in islice(night.messages, seen, None):
            if message.page and message.person and message.heard:
                return Reached(message.at - at, tuple(_heard_at(night, message.at)))
        seen = len(night.messages)
        following = night.next_at()
        if _over(night.incidents[1]) or following is None or following - begins > LONGEST:
            return Reached(None)
        night.go_on()


def _heard_at(night: Night, at: Instant) -> Iterable[Message]:
    return (each for each in night.messages if each.at == at and each.page and each.person and each.heard)


def _over(incident: Incident) -> bool:
    return incident.passes > 0 or incident.desperate


def suspects(reached: Reached, tolerate: Iterable[str]) -> list[Fault]:
    """The single faults that could keep a walk from ending there: what every message has in common that was heard."""
    kinds = set(tolerate)
    people = {message.person for message in reached.by if message.person}
    providers = {PROVIDERS[message.via] for message in reached.by}
    found: list[Fault] = []
    if "person" in kinds and len(people) == 1:
        found += [Fault("person", next(iter(people)), mode) for mode in (Mode.SILENT, Mode.REJECTING)]
    if "provider" in kinds and len(providers) == 1:
        found += [Fault("provider", next(iter(providers)), mode) for mode in Mode]
    return found


def turns_of(book: Book, about: AlertClass) -> list[dict[tuple[str, int], int]]:
    """Every state of the turns that levels take which this class may climb; at most `MOST_TURNS`."""
    policies = climbed(book, about)
    levels = {
        (policy.name, number): _pool(book, policy, number)
        for policy in policies
        for number, level in enumerate(policy.levels, 1)
        if level.round_robin
    }
    states = product(*(range(size) for size in levels.values()))
    return [dict(zip(levels, state, strict=True)) for state in islice(states, MOST_TURNS)]


def _pool(book: Book, policy: Policy, number: int) -> int:
    """How many take turns on a level, at most."""
    targets = policy.levels[number - 1].targets
    return max(1, sum(len(book.teams.get(target.name, ())) if target.kind == "team" else 1 for target in targets))


def _steps(book: Book) -> list[Step]:
    rules = [*book.rules.values(), *(steps for person in book.people.values() for steps in person.rules.values())]
    return [step for steps in rules for step in steps]
