"""What the tests walked, and what no test walked: routes, their branches by severity, levels, guards both ways, the end
of a pass.

Law: nothing of Python is traced. What was walked is read off the timelines, and where alerts go is asked of the book.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from escalator.core.alert import Labels, severity_of
from escalator.core.book import Book
from escalator.core.policy import Level, Policy, Route
from escalator.core.reports import policy_of
from escalator.language.trials.values import Case, Fire, Trial
from escalator.rehearsal.night import Night
from escalator.rehearsal.records import Line

KINDS = ("route", "branch", "level", "guard", "pass")
"""A way by which an alert or an incident can go."""
OVER = frozenset({"repeat", "exhausted", "handed over", "last resort"})
"""Lines that a pass leaves which came to its end."""
MOVED = frozenset({"opened", "raised", "rerouted", "revision", "reopened"})
"""Lines at which an incident may come to another policy."""


class Way(NamedTuple):
    """One thing that a test can walk."""

    kind: str
    of: str
    """The policy it belongs to; for routes and their branches, the route."""
    name: str
    where: str
    """`file:line:column`; empty for what stands in no file."""


class Coverage(NamedTuple):
    """All ways of a book, and those that were walked."""

    ways: tuple[Way, ...]
    walked: frozenset[Way]

    @property
    def percent(self) -> float:
        return 100.0 * len(self.walked) / len(self.ways) if self.ways else 100.0

    @property
    def missed(self) -> tuple[Way, ...]:
        return tuple(way for way in self.ways if way not in self.walked)

    def counted(self, keep: Callable[[Way], bool]) -> tuple[int, int]:
        """How many of these were walked, and how many there are."""
        some = [way for way in self.ways if keep(way)]
        return sum(way in self.walked for way in some), len(some)


def ways(book: Book) -> tuple[Way, ...]:
    """Everything that there is to walk, in the order of the book."""
    routes = [way for route in (*book.routes, book.catch_all_route) for way in _of_route(route)]
    return (*routes, *(way for policy in book.policies.values() for way in _of_policy(policy)))


def _of_route(route: Route) -> Iterator[Way]:
    yield Way("route", route.name, route.name, route.where)
    names = dict.fromkeys(route.policies.values())
    yield from (branch(route, name) for name in names if len(names) > 1)


def branch(route: Route, policy: str) -> Way:
    return Way("branch", route.name, f"{route.name} → {policy}", route.where)


def _of_policy(policy: Policy) -> Iterator[Way]:
    for number, level in enumerate(policy.levels, 1):
        yield level_way(policy, number)
        if guarded(level):
            yield from (guard(policy, number, held) for held in (True, False))
    yield passed(policy)


def level_way(policy: Policy, number: int) -> Way:
    return Way("level", policy.name, f"level {number}", policy.levels[number - 1].where)


def guarded(level: Level) -> bool:
    return bool(level.severities is not None or level.during or level.outside)


def guard(policy: Policy, number: int, held: bool) -> Way:
    words = "applies" if held else "does not apply"
    return Way("guard", policy.name, f"level {number}: `when` {words}", policy.levels[number - 1].where)


def passed(policy: Policy) -> Way:
    return Way("pass", policy.name, "the end of a pass", policy.where)


class Watch:
    """Looks on while tests are played."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.seen: set[Way] = set()
        self._night: Night | None = None
        self._lines = 0
        self._policies: dict[int, str] = {}

    def coverage(self) -> Coverage:
        every = ways(self.book)
        return Coverage(every, frozenset(self.seen & set(every)))

    def begins(self, trial: Trial) -> None:
        """Where its alerts go."""
        self._night, self._lines, self._policies = None, 0, {}
        for each in trial.events:
            if isinstance(each.what, Fire):
                for labels in each.what.alerts:
                    self.routed(labels)

    def tabled(self, case: Case) -> None:
        self.routed(case.labels)

    def routed(self, labels: Labels) -> None:
        filled = self.book.filled(labels)
        if self.book.heartbeat(filled) is not None:
            return
        route = self.book.route(filled)
        self.seen.add(Way("route", route.name, route.name, route.where))
        if route.drop is None:
            self.seen.add(branch(route, policy_of(route, self.book, severity_of(filled))))

    def look(self, night: Night) -> None:
        """What was written since."""
        lines: Sequence[Line] = night.lines[self._lines :]
        self._lines += len(lines)
        for line in lines:
            self._read(night, line)
        self._policies.update({id: incident.policy for id, incident in night.incidents.items()})

    def _read(self, night: Night, line: Line) -> None:
        event = line.entry.event
        if event in MOVED or line.incident not in self._policies:
            self._policies[line.incident] = night.incidents[line.incident].policy
        policy = self.book.policies.get(self._policies[line.incident])
        if policy is not None and event in OVER:
            self.seen.add(passed(policy))
        if event == "handed over":
            self._policies[line.incident] = self.book.catch_all
        number = line.entry.detail.get("level")
        if policy is not None and isinstance(number, int) and 0 < number <= len(policy.levels):
            self._leveled(policy, number, line)

    def _leveled(self, policy: Policy, number: int, line: Line) -> None:
        kept_out = line.entry.event == "skipped" and line.entry.reason.startswith(f"level {number} skipped")
        if line.entry.event == "paged":
            self.seen.add(level_way(policy, number))
        if line.entry.event in ("paged", "skipped") and guarded(policy.levels[number - 1]):
            self.seen.add(guard(policy, number, not kept_out))
