"""The proof: for every class of alerts, every instant of the next 400 days and every single fault, a page reaches a
working person within what was promised; and what is declared to be covered has no gap.

Time is cut at every instant at which a walk could go another way: each break of the answers, less each offset at which
a walk asks. Within a piece nothing changes (or, where hours are waited for, later is sooner), so its first instant
stands for all of it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from escalator.core.book import Book
from escalator.core.instant import Instant, Span, spoken
from escalator.core.oncall import shifts
from escalator.core.policy import Guarantee, Window
from escalator.rehearsal.faults import Fault
from escalator.rehearsal.night import PLAINLY
from escalator.rehearsal.proof.classes import AlertClass, classes, zone_of
from escalator.rehearsal.proof.horizon import AHEAD, Horizon
from escalator.rehearsal.proof.reaching import Reached, Walks, begun, first_heard, suspects, turns_of
from escalator.rehearsal.telling import local, tell

MOST_LINES = 40
"""Of a counterexample that are shown."""


class Case(NamedTuple):
    """How one walk goes: what began when, under which fault, and how long until a person heard of it."""

    about: AlertClass
    at: Instant
    fault: Fault | None
    after: Span | None
    """None: never."""
    turns: tuple[tuple[tuple[str, int], int], ...] = ()
    """Round-robin turns taken before, by policy and level."""

    @property
    def badness(self) -> float:
        return float("inf") if self.after is None else self.after


class Verdict(NamedTuple):
    """What became of one promise for one class of alerts."""

    guarantee: Guarantee
    about: AlertClass
    calm: Case
    """The worst without any fault."""
    worst: Case

    @property
    def holds(self) -> bool:
        return self.worst.after is not None and self.worst.after <= self.guarantee.reach_human_within


class Gap(NamedTuple):
    """Nobody is on call though the schedule declares `coverage: always`."""

    schedule: str
    since: Instant
    until: Instant


class Proof(NamedTuple):
    """All verdicts, and the gaps in declared coverage."""

    verdicts: tuple[Verdict, ...]
    gaps: tuple[Gap, ...]
    silences: tuple[Window, ...]
    """Those of the policies that are not over: what they mute is no part of the proof."""
    since: Instant
    until: Instant
    walked: int
    """Nights that were walked."""
    looked: int
    """Instants and faults that were looked at."""

    @property
    def holds(self) -> bool:
        return not self.gaps and all(verdict.holds for verdict in self.verdicts)


Progress = Callable[[int, int, str], None]
"""(done, of how many, what)."""


def verify(book: Book, now: Instant, ahead: Span = AHEAD, progress: Progress = lambda done, total, what: None) -> Proof:
    """Every guarantee of the book, from now on."""
    horizon = Horizon(book, now, ahead)
    work = [(guarantee, about) for guarantee in book.guarantees for about in classes(book, guarantee.match)]
    verdicts, walked, looked = [], 0, 0
    for done, (guarantee, about) in enumerate(work):
        progress(done, len(work), str(about))
        search = Search(book, guarantee, about, horizon)
        verdicts.append(search.verdict())
        walked, looked = walked + search.walked, looked + search.looked
    progress(len(work), len(work), "gaps")
    silences = tuple(window for window in book.silences if window.silence.ends_at > now)
    return Proof(tuple(verdicts), tuple(_gaps(book, now, horizon.until)), silences, now, horizon.until, walked, looked)


class Search:
    """For the worst case of one promise and one class of alerts."""

    def __init__(self, book: Book, guarantee: Guarantee, about: AlertClass, horizon: Horizon) -> None:
        self._book, self._guarantee, self._about, self._horizon = book, guarantee, about, horizon
        self.walked = self.looked = 0

    def verdict(self) -> Verdict:
        if self._about.route.drop is not None:
            never = Case(self._about, self._horizon.since, None, None)
            return Verdict(self._guarantee, self._about, never, never)
        found = [self._cases(turns) for turns in turns_of(self._book, self._about)]
        calm = max((calm for calm, _ in found), key=lambda case: case.badness)
        return Verdict(self._guarantee, self._about, calm, max((worst for _, worst in found), key=lambda c: c.badness))

    def _cases(self, turns: dict[tuple[str, int], int]) -> tuple[Case, Case]:
        walks = Walks(self._book, self._about, self._horizon, turns)
        taken = tuple(turns.items())
        calm = worst = Case(self._about, self._horizon.since, None, 0, taken)
        for at, fault, reached in self._all(walks):
            case = Case(self._about, at, fault, reached.after, taken)
            self.looked += 1
            worst = case if case.badness > worst.badness else worst
            calm = case if fault is None and case.badness > calm.badness else calm
        self.walked += walks.walked
        return calm, worst

    def _all(self, walks: Walks) -> Iterator[tuple[Instant, Fault | None, Reached]]:
        """Each piece's first instant, with each fault that could matter there; until no walk asks at a new offset."""
        done: set[Instant] = set()
        while True:
            before = set(walks.offsets)
            fresh = set(self._starts(walks)) - done
            for at in sorted(fresh):
                yield from self._here(walks, at)
            done |= fresh
            if walks.offsets == before:
                return

    def _starts(self, walks: Walks) -> Iterator[Instant]:
        since, until = self._horizon.since, self._horizon.until
        yield since
        for offset in list(walks.offsets):
            for instant in walks.breaks:
                if since <= (at := instant - walks.wait - offset) < until:
                    yield at

    def _here(self, walks: Walks, at: Instant) -> Iterator[tuple[Instant, Fault | None, Reached]]:
        """Only what every message has in common that was heard first could have kept it from being heard."""
        calm = walks.reach(at, None)
        yield at, None, calm
        for fault in suspects(calm, self._guarantee.tolerate):
            yield at, fault, walks.reach(at, fault)


def _gaps(book: Book, since: Instant, until: Instant) -> Iterator[Gap]:
    for schedule in book.schedules.values():
        if schedule.always:
            for start, end, person in shifts(schedule, book.overrides, since, until):
                if person is None:
                    yield Gap(schedule.name, start, end)


def broken(book: Book, now: Instant) -> list[str]:
    """What of the book's promises does not hold, in words; empty where all do."""
    proof = verify(book, now)
    return [said(verdict) for verdict in proof.verdicts if not verdict.holds] + spoken_gaps(book, proof.gaps)


def said(verdict: Verdict) -> str:
    """One verdict in one line."""
    worst = verdict.worst
    within = spoken(verdict.guarantee.reach_human_within)
    when = "never" if worst.after is None else f"after {spoken(worst.after)}"
    how = f"with {worst.fault}" if worst.fault else "with everything working"
    return f"{verdict.about}: promised within {within}, a person is reached {when} {how}"


def spoken_gaps(book: Book, gaps: Sequence[Gap]) -> list[str]:
    """By schedule: how many, and the first in its own time."""
    found: dict[str, list[Gap]] = {}
    for gap in gaps:
        found.setdefault(gap.schedule, []).append(gap)
    return [_spoken_gaps(book, name, each) for name, each in found.items()]


def _spoken_gaps(book: Book, name: str, gaps: Sequence[Gap]) -> str:
    zone, first = book.schedules[name].timezone, gaps[0]
    number = "a gap" if len(gaps) == 1 else f"{len(gaps)} gaps"
    when = f"from {local(first.since, zone)} for {spoken(first.until - first.since)} ({zone})"
    return f"schedule {name} declares `coverage: always` and has {number}, the first {when}"


def counterexample(book: Book, verdict: Verdict) -> list[str]:
    """The worst case of a verdict as a timeline that a person can follow."""
    case, about = verdict.worst, verdict.about
    zone = zone_of(book, about.policy)
    if about.route.drop is not None:
        return [f"{about.route.where}: this route drops them: {about.route.drop}"]
    head = f"{local(case.at, zone)} ({zone}), {case.fault or 'everything works'}; {_example(about)}"
    night = begun(book, about, case.at, case.fault, PLAINLY._replace(turns=dict(case.turns)))
    first_heard(night, case.at)
    told = tell(night, case.at, zone)
    return [head, *(told if len(told) <= MOST_LINES else [*told[:MOST_LINES], f"… and {len(told) - MOST_LINES} more"])]


def _example(about: AlertClass) -> str:
    if about.labels is None:
        return "no example was found, and none was excluded: its patterns decide"
    return f"for example {', '.join(f'{name}={value}' for name, value in about.labels.items())} fires"
