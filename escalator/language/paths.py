"""Where an incident can go, by the files alone: to which policies, at which severity, and whom they can page.

Everything here is what may be, the catalogue taken as complete. Checks of meaning ask; nothing here complains.
"""

from collections.abc import Iterator, Mapping

from escalator.core.alert import Severity
from escalator.core.book import Book
from escalator.core.policy import Level, Policy, Route, Target
from escalator.language.checks_routes import may_be_critical, sound
from escalator.language.implication import Conditions, conditions_of
from escalator.language.scope import Scope

URGENT = frozenset({Severity.ERROR, Severity.CRITICAL})
"""Severities whose incidents are of high urgency where the policy says nothing else."""


def arrivals(scope: Scope, book: Book) -> Mapping[str, frozenset[Severity]]:
    """By policy that anything can come to: the severities of what can. A missing heartbeat is critical."""
    found: dict[str, set[Severity]] = {book.catch_all: set(Severity)}
    for route in sound(scope, book):
        for severity, name in _sent(book, route):
            found.setdefault(name, set()).add(severity)
    for beat in book.heartbeats:
        found.setdefault(beat.policy, set()).add(Severity.CRITICAL)
    return {
        name: frozenset(severities)
        for name, severities in found.items()
        if name in book.policies and book.policies[name].where not in scope.doubtful
    }


def _sent(book: Book, route: Route) -> Iterator[tuple[Severity, str]]:
    conditions = conditions_of(route.match)
    for severity, name in route.policies.items():
        if comes(book, conditions, severity):
            yield severity, name


def comes(book: Book, conditions: Conditions, severity: Severity) -> bool:
    """Whether an alert of this severity can satisfy the conditions."""
    if severity is Severity.CRITICAL:
        return may_be_critical(book, conditions)
    word = severity.name.lower()
    if not conditions.allows("severity", word):
        return False
    names = conditions.finite.get("alertname")
    return names is None or any(
        name not in book.alerts or book.alerts[name].labels.get("severity", word) == word for name in names
    )


def urgencies(book: Book, policy: Policy, severities: frozenset[Severity]) -> set[str]:
    """The urgencies that its incidents can have: what comes by `catch_all` is of high urgency whatever it says."""
    if policy.name == book.catch_all:
        return {"high"}
    return {policy.urgency or ("high" if severity in URGENT else "low") for severity in severities}


def whom(book: Book, target: Target) -> tuple[str, ...]:
    """Everybody whom a target can mean at one time or another."""
    if target.kind == "person":
        return (target.name,) if target.name in book.people else ()
    if target.kind == "team":
        return book.teams.get(target.name, ())
    schedule = book.schedules.get(target.name)
    if target.kind == "channel" or schedule is None:
        return ()
    names = [name for layer in schedule.layers for name in layer.people]
    names += [each.person for each in book.overrides if each.schedule == schedule.name]
    return tuple(dict.fromkeys(names))


def everybody(book: Book, level: Level) -> tuple[str, ...]:
    """Everybody whom a level can page."""
    return tuple(dict.fromkeys(name for target in level.targets for name in whom(book, target)))
