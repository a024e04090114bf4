"""Checks of meaning about what is declared and does nothing: names that nobody uses, alerts without their runbook."""

from collections.abc import Iterator

from escalator.core.alert import SEVERITIES, Severity
from escalator.core.book import Book
from escalator.core.oncall import Layer
from escalator.language.scope import SECTION, SPOKEN, Scope

CURE = {
    "policy": "send a route to it, or remove it",
    "schedule": "notify it from a level, or remove it",
    "person": "put them on a schedule, a team or a level, or remove them",
    "team": "notify it from a level, or remove it",
    "channel": "notify it from a level, or remove it",
    "hours": "name them in `during`, `outside`, `hold_until` or `quiet_hours`, or remove them",
}
"""By kind of name; what is asked of each."""


def unused(scope: Scope, book: Book) -> None:
    """W211: a name that no other part of the files mentions."""
    mentioned = set(mentions(book))
    for kind, cure in CURE.items():
        for name, declared in scope.declared.get(SECTION[kind], {}).items():
            if (kind, name) not in mentioned:
                scope.warn("W211", declared.name.mark, f"nothing uses the {SPOKEN.get(kind, kind)} `{name}`", cure)


def mentions(book: Book) -> Iterator[tuple[str, str]]:
    """(kind, name) of everything that is used."""
    yield "policy", book.catch_all
    yield from (("policy", name) for route in book.routes for name in route.policies.values())
    yield from (("policy", beat.policy) for beat in book.heartbeats)
    yield from (("person", name) for team in book.teams.values() for name in team)
    for override in book.overrides:
        yield "person", override.person
    for window in book.silences:
        yield "hours", window.during or ""
    for person in book.people.values():
        yield "hours", person.quiet or ""
    yield from _by_policies(book)
    yield from _by_schedules(book)


def _by_policies(book: Book) -> Iterator[tuple[str, str]]:
    for policy in book.policies.values():
        yield "hours", policy.hold_until or ""
        for level in policy.levels:
            yield "hours", level.during or ""
            yield "hours", level.outside or ""
            for target in level.targets:
                yield "schedule" if target.kind == "next_on_call" else target.kind, target.name


def _by_schedules(book: Book) -> Iterator[tuple[str, str]]:
    for schedule in book.schedules.values():
        for layer in schedule.layers:
            if isinstance(layer, Layer) and layer.during is not None:
                yield "hours", layer.during.name
            yield from (("person", name) for name in layer.people)


def runbooks(scope: Scope, book: Book) -> None:
    """W234: a catalogued alert that may wake somebody, and tells them nothing to do. An `info` need not."""
    for name, alert in book.alerts.items():
        severity = SEVERITIES.get(alert.labels.get("severity", ""), Severity.CRITICAL)
        if severity > Severity.INFO and "runbook_url" not in alert.annotations:
            mark = scope.declared["alerts"][name].name.mark
            scope.warn("W234", mark, f"`{name}` has no runbook", "add `runbook: URL`: it stands on every notification")
