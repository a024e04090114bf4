"""Checks of meaning about routes: what never matches, what matches more than it says, what keeps a critical alert from
people.
"""

from collections.abc import Iterable, Iterator

from escalator.core.alert import SEVERITIES, Severity
from escalator.core.book import Book
from escalator.core.policy import Policy, Route
from escalator.language.diagnostics import Mark, Note
from escalator.language.implication import Conditions, conditions_of, named, takes_missing
from escalator.language.scope import Scope

MOST_COMPARED = 300_000
"""Pairs of routes, or of routes and alerts; past that, mistakes go unseen rather than the check unfinished."""

ELSEWHERE = "send critical to a policy of its own, as in `policy: {critical: NAME, default: NAME}`"


def mark_of(where: str) -> Mark:
    file, line, column = where.rsplit(":", 2)
    return Mark(file, int(line), int(column), int(column) + 1)


def place(scope: Scope, where: str, key: str) -> Mark:
    """Where a key's value stands, else where its owner does."""
    return scope.marks.get((where, key)) or mark_of(where)


def sound(scope: Scope, book: Book) -> list[Route]:
    """The routes that were read without an error."""
    return [route for route in book.routes if route.where not in scope.doubtful]


def shadowed(scope: Scope, book: Book) -> None:
    """E230, E231: a route that can never match. One of a group counts only if that is so wherever it is delegated."""
    free: set[str] = set()
    stuck: dict[str, tuple[Route, Route | str]] = {}
    earlier = _Earlier()
    for route in sound(scope, book):
        conditions = conditions_of(route.match)
        reason = conditions.impossible or earlier.taking(conditions)
        if reason is None:
            free.add(route.where)
        else:
            stuck.setdefault(route.where, (route, reason))
        earlier.add(route, conditions)
    for where, (route, reason) in stuck.items():
        if where not in free:
            _never(scope, route, reason)


def _never(scope: Scope, route: Route, reason: Route | str) -> None:
    if isinstance(reason, str):
        mark = place(scope, route.where, "match")
        scope.error("E231", mark, f"no value of `{reason}` satisfies these conditions", "remove one of them")
        return
    number = reason.name.removeprefix("routes[").removesuffix("]")
    which = f"route {int(number) + 1} above" if number.isdecimal() else f"`{reason.name}`"
    message = f"this route can never match: {which} already takes every alert it describes"
    note = Note(mark_of(reason.where), "takes them first")
    scope.error("E230", mark_of(route.where), message, "move the narrower route up", (note,))


class _Earlier:
    """Routes so far, findable by one listed value, so that 5,000 routes do not mean 25 million comparisons."""

    def __init__(self) -> None:
        self.by_value: dict[tuple[str, str], list[Route]] = {}
        self.open: list[Route] = []
        self.compared = 0

    def add(self, route: Route, conditions: Conditions) -> None:
        keys = [[(label, value) for value in values] for label, values in conditions.finite.items()]
        if not keys:
            self.open.append(route)
            return
        for key in min(keys, key=lambda some: sum(len(self.by_value.get(key, ())) for key in some)):
            self.by_value.setdefault(key, []).append(route)

    def taking(self, conditions: Conditions) -> Route | None:
        """An earlier route that takes everything that these conditions describe."""
        for route in self._candidates(conditions):
            self.compared += 1
            if self.compared > MOST_COMPARED:
                return None
            if conditions.imply_all(route.match):
                return route
        return None

    def _candidates(self, conditions: Conditions) -> Iterator[Route]:
        yield from self.open
        for label, values in conditions.finite.items():
            yield from self.by_value.get((label, values[0]), ())


def takes_alerts_without_label(scope: Scope, book: Book) -> None:
    """W251: `{not: prod}` also takes the alerts that have no such label."""
    seen = set()
    for route in sound(scope, book):
        for label, own in conditions_of(route.match).by_label.items():
            loose = [each for each in own if each.operator not in ("=", "in")]
            if not loose or not all(map(takes_missing, own)) or (route.where, label) in seen:
                continue
            seen.add((route.where, label))
            mark = place(scope, route.where, "match")
            cure = f"list the values that are meant, `{label}: [a, b]`, or exclude the missing one as well"
            scope.warn("W251", mark, f"this also takes alerts that have no label `{label}`", cure)


def may_be_critical(book: Book, conditions: Conditions) -> bool:
    """Whether an incident of these conditions can be critical, the catalogue taken as complete."""
    stated = conditions.by_label.get("severity")
    if stated:
        # A severity that nobody knows stands for all of them.
        return any(conditions.allows("severity", value) for value in ("critical", "", "some other severity"))
    names = conditions.finite.get("alertname")
    if names is None:
        return True
    known = [book.alerts[name].labels.get("severity", "") if name in book.alerts else "" for name in names]
    return any(SEVERITIES.get(severity, Severity.CRITICAL) == Severity.CRITICAL for severity in known)


def policy_for_critical(scope: Scope, book: Book, route: Route) -> Policy | None:
    policy = book.policies.get(route.policies.get(Severity.CRITICAL, ""))
    return None if policy is None or policy.where in scope.doubtful else policy


def critical_kept_from_people(scope: Scope, book: Book) -> None:
    """W250 and W256: a critical alert that is dropped, held, or told to channels only."""
    for route in sound(scope, book):
        conditions = conditions_of(route.match)
        if not may_be_critical(book, conditions):
            continue
        cure = "add `severity: [info, warning, error]` to its `match`"
        if route.drop is not None:
            scope.warn("W250", place(scope, route.where, "drop"), "this drops critical alerts too", cure)
        policy = policy_for_critical(scope, book, route)
        if policy is not None:
            mark = place(scope, route.where, "policy")
            _critical_waits(scope, policy, mark)
            _critical_wakes_nobody(scope, policy, mark)
    known = book.policies.get(book.catch_all)
    if known is not None and known.where not in scope.doubtful:
        _critical_waits(scope, known, scope.marks.get(("", "catch_all"), mark_of(known.where)))


def _critical_waits(scope: Scope, policy: Policy, mark: Mark) -> None:
    if policy.hold_until is not None:
        message = f"a critical alert that comes here waits until `{policy.hold_until}` open"
        scope.warn("W250", mark, message, ELSEWHERE, (Note(mark_of(policy.where), "holds it"),))


def _critical_wakes_nobody(scope: Scope, policy: Policy, mark: Mark) -> None:
    if policy.levels and all(level.channels_only for level in policy.levels):
        message = f"a critical alert that comes here reaches channels only, never a person: policy `{policy.name}`"
        scope.warn("W256", mark, message, ELSEWHERE, (Note(mark_of(policy.where), "names no person"),))


def split_by_severity(scope: Scope, book: Book) -> None:
    """W241: two routes that differ in severity alone; an incident of the one cannot worsen into the other."""
    first: dict[frozenset[object], Route] = {}
    for route in sound(scope, book):
        rest = frozenset(each for each in route.match if each.label != "severity")
        if len(rest) == len(route.match) or route.drop is not None:
            continue
        other = first.setdefault(rest, route)
        if other is not route and other.where != route.where:
            cure = "one route, and `policy: {critical: NAME, default: NAME}`"
            message = "this route differs in severity alone: a warning that turns critical becomes a second incident"
            scope.warn("W241", mark_of(route.where), message, cure, (Note(mark_of(other.where), "the earlier one"),))


def unknown_severities(scope: Scope, book: Book) -> None:
    """W260: `severity: page` is critical to us."""
    for route in sound(scope, book):
        for matcher in route.match:
            strange = [value for value in named(matcher) if value and value not in SEVERITIES]
            if matcher.label == "severity" and strange:
                message = f"severity `{strange[0]}` counts as critical"
                scope.warn("W260", place(scope, route.where, "match"), message, scope.meant(strange[0], SEVERITIES))


def catalogue(scope: Scope, book: Book) -> None:
    """W231 and W232: routes and catalogued alerts that do not meet; labels that the catalogue lacks may be anything."""
    if not book.alerts or scope.doubtful or len(book.alerts) * len(book.routes) > MOST_COMPARED:
        return
    known = [(name, {**each.labels, "alertname": name}) for name, each in book.alerts.items()]
    routes = [(route, conditions_of(route.match)) for route in book.routes]
    met: set[str] = set()
    used: set[str] = set()
    for name, labels in known:
        for route, conditions in routes:
            if conditions.may_meet(labels):
                met.add(name)
                used.add(route.where)
    for route, _conditions in routes:
        if route.where not in used:
            used.add(route.where)
            cure = "add the alert to `alerts:`, or correct the name"
            scope.warn("W231", mark_of(route.where), "no alert of the catalogue can match this route", cure)
    _unrouted(scope, (name for name, _labels in known if name not in met))


def _unrouted(scope: Scope, names: Iterable[str]) -> None:
    for name in names:
        mark = scope.declared["alerts"][name].name.mark
        scope.warn("W232", mark, f"no route takes `{name}`: it goes to `catch_all`", "add it to a route's `match`")
