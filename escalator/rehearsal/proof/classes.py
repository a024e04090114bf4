"""Which alerts a promise speaks of: for each route and severity one example, or the proof that there is none.

An example is searched among the values that the book's own conditions tell apart; the catalogue, where there is one, is
taken as complete. What the search cannot settle counts as possible: a promise must not rest on a search that gave up.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from escalator.core.alert import SEVERITIES, Labels, Matcher, Severity, holds, severity_of
from escalator.core.book import Book
from escalator.core.policy import Route
from escalator.core.reports import policy_of, urgent
from escalator.rehearsal.proof.samples import PATTERNS, samples

UNPLANNED = "SomethingNew"
"""The name of an alert that nobody planned for."""
OTHER = "another-value"
"""A value that no condition names."""
MOST = 50_000
"""Labels tried for one route and severity."""


Matchers = Sequence[Matcher]


class AlertClass(NamedTuple):
    """Alerts that the rules treat alike."""

    route: Route
    severity: Severity
    policy: str
    high: bool
    labels: Labels | None
    """An example; None where none was found and none was excluded."""

    def __str__(self) -> str:
        where = f"{self.route.name} → dropped" if self.route.drop else f"{self.route.name} → policy {self.policy}"
        return f"{self.severity.name.lower()} alerts by {where}"


def classes(book: Book, match: Sequence[Matcher] = ()) -> list[AlertClass]:
    """Those of which some alert satisfies `match`, in the order of routes, the worst severity first."""
    world = World(book, match)
    found = []
    for place, route in enumerate((*book.routes, book.catch_all_route)):
        for severity in sorted(Severity, reverse=True):
            example, settled = world.example(place, severity)
            if example is not None or not settled:
                found.append(_class(book, route, severity, example))
    return found


def _class(book: Book, route: Route, severity: Severity, labels: Labels | None) -> AlertClass:
    policy = policy_of(route, book, severity)
    return AlertClass(route, severity, policy, urgent(route.name, policy, book, severity), labels)


def class_of(book: Book, labels: Labels) -> AlertClass:
    """The class of one alert."""
    filled = book.filled(labels)
    return _class(book, book.route(filled), severity_of(filled), labels)


def zone_of(book: Book, policy: str) -> str:
    """The zone in which those whom a policy pages count their hours."""
    found = book.policy_named(policy)
    targets = (target for level in found.levels for target in level.targets) if found else ()
    return next((book.schedules[target.name].timezone for target in targets if target.name in book.schedules), "UTC")


class World:
    """The alerts that may come, as far as this book tells them apart."""

    def __init__(self, book: Book, match: Sequence[Matcher]) -> None:
        self.book, self.match = book, tuple(match)

    @cached_property
    def values(self) -> Mapping[str, tuple[str, ...]]:
        """By label, every value that some condition can tell from the others; a missing one first."""
        found: dict[str, dict[str, None]] = {"severity": dict.fromkeys((*SEVERITIES, "", OTHER))}
        for matcher in (*self.match, *(each for route in self.book.routes for each in route.match)):
            found.setdefault(matcher.label, {"": None, OTHER: None}).update(dict.fromkeys(samples(matcher)))
        names = dict.fromkeys((UNPLANNED, *self.book.alerts))
        if not self.book.alerts:
            names |= found.get("alertname", {})
        return {label: tuple(values) for label, values in (found | {"alertname": names}).items()}

    def example(self, place: int, severity: Severity) -> tuple[Labels | None, bool]:
        """Labels of that severity that this route takes (the last place: none does); and whether that is settled."""
        routes = self.book.routes
        own = (*self.match, *(routes[place].match if place < len(routes) else ()))
        earlier = [route.match for route in routes[:place]]
        found = next(_Search(self, own, earlier, severity).labels(), None)
        return found, found is not None or self._impossible(own, earlier, severity)

    def _impossible(self, own: Matchers, earlier: Sequence[Matchers], severity: Severity) -> bool:
        """Whether there is no example whatever the patterns may match: the values cannot exhaust those."""
        plain = [route for route in earlier if not any(each.operator in PATTERNS for each in route)]
        search = _Search(self, [each for each in own if each.operator not in PATTERNS], plain, severity)
        return next(search.labels(), None) is None and search.tried <= MOST


class _Search:
    """Depth first, label by label; what no longer can become an example is left at once."""

    def __init__(self, world: World, own: Matchers, earlier: Sequence[Matchers], severity: Severity) -> None:
        self.world, self.severity = world, severity
        self.earlier = [_by_label(route) for route in earlier]
        self.tests = _by_label(own)
        named = dict.fromkeys((*self.tests, *(label for route in self.earlier for label in route), "severity"))
        self.order = ["alertname", *(label for label in named if label != "alertname")]
        self.tried = 0

    def labels(self) -> Iterator[Labels]:
        yield from self._from(0, {}, self.earlier)

    def _from(self, depth: int, labels: dict[str, str], earlier: list[dict[str, list[Matcher]]]) -> Iterator[Labels]:
        """`earlier`: the routes before it that take everything chosen so far, without the labels looked at."""
        if self.tried > MOST or any(not route for route in earlier):
            return
        if depth == len(self.order):
            if not earlier and severity_of(self.world.book.filled(labels)) is self.severity:
                yield {label: value for label, value in labels.items() if value}
            return
        label = self.order[depth]
        for value in self._values(label, labels):
            self.tried += 1
            if self._allowed(label, value):
                left = [_without(route, label) for route in earlier if _holds(route.get(label, ()), value)]
                yield from self._from(depth + 1, labels | {label: value}, left)

    def _values(self, label: str, labels: Mapping[str, str]) -> Sequence[str]:
        """What the catalogue says of the alert is so."""
        known = self.world.book.alerts.get(labels.get("alertname", ""))
        if known is not None and label in known.labels:
            return (known.labels[label],)
        return self.world.values[label]

    def _allowed(self, label: str, value: str) -> bool:
        return _holds(self.tests.get(label, ()), value)


def _by_label(matchers: Sequence[Matcher]) -> dict[str, list[Matcher]]:
    found: dict[str, list[Matcher]] = {}
    for matcher in matchers:
        found.setdefault(matcher.label, []).append(matcher)
    return found


def _without(route: dict[str, list[Matcher]], label: str) -> dict[str, list[Matcher]]:
    return {other: matchers for other, matchers in route.items() if other != label}


def _holds(matchers: Sequence[Matcher], value: str) -> bool:
    return all(holds(matcher, value) for matcher in matchers)
