"""Checks of meaning about who is paged and by what: the same person all the way up, one provider behind every method,
methods that wake nobody, steps that come when others were already told.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from escalator.core.alert import Severity
from escalator.core.book import Book
from escalator.core.instant import spoken
from escalator.core.notification import Reach, reaches
from escalator.core.oncall import Person
from escalator.core.policy import Level, Policy, Target
from escalator.core.providers import provider_of
from escalator.language.checks_routes import mark_of, place
from escalator.language.diagnostics import Mark, Note
from escalator.language.nodes import Items, Node, Scalar, Table
from escalator.language.paths import arrivals, everybody, urgencies, whom
from escalator.language.scope import Scope

WAKING = frozenset({"push", "sms", "call", "webhook", "apprise"})
"""Methods that can wake somebody; a letter or a chat message lies until morning."""


class Path(NamedTuple):
    """A policy that incidents of this urgency can come to."""

    policy: Policy
    urgency: str


def paths(scope: Scope, book: Book) -> list[Path]:
    found: Mapping[str, frozenset[Severity]] = arrivals(scope, book)
    return [
        Path(book.policies[name], urgency)
        for name, severities in found.items()
        for urgency in sorted(urgencies(book, book.policies[name], severities))
    ]


def same_person_throughout(scope: Scope, book: Book) -> None:
    """W257: a second level that can only page whom the first paged already."""
    for policy in book.policies.values():
        rungs = [(level, _voices(book, level)) for level in policy.levels]
        rungs = [(level, voices) for level, voices in rungs if voices]
        if policy.where in scope.doubtful or len(rungs) < 2 or len(set().union(*(each for _, each in rungs))) != 1:
            continue
        (voice,) = rungs[0][1]
        who = f"`{voice.name}`" if voice.kind == "person" else f"whoever `{voice.name}` has on call"
        message = f"every level of `{policy.name}` pages {who}: climbing reaches nobody else"
        cure = "name somebody else on a later level"
        if voice.kind == "schedule":
            cure += f", such as `{{next_on_call: {voice.name}}}`"
        first = Note(mark_of(rungs[0][0].where), "paged here already")
        scope.warn("W257", place(scope, rungs[1][0].where, "notify"), message, cure, (first,))


def _voices(book: Book, level: Level) -> set[Target]:
    """The people of a level; a schedule or its next person stands for itself where it can be several people."""
    found: set[Target] = set()
    for target in level.targets:
        names = whom(book, target)
        if target.kind in ("schedule", "next_on_call") and len(names) > 1:
            found.add(target)
        else:
            found |= {Target("person", name) for name in names}
    return found


def ways_and_steps(scope: Scope, book: Book) -> None:
    """W274, W275, W276: by what, and when, those are told whom a policy can page."""
    found = paths(scope, book)
    _ways_that_fail_together(scope, book, found)
    _steps_that_come_too_late(scope, book, found)


def _ways_that_fail_together(scope: Scope, book: Book, found: list[Path]) -> None:
    """W274 and W275: somebody who is paged at night by several ways of one provider, or by none that wakes."""
    on_path = {
        name
        for policy, urgency in found
        if urgency == "high"
        for level in policy.levels
        for name in everybody(book, level)
    }
    for name in book.people:
        if name in on_path:
            _ways(scope, book, book.people[name])


def _ways(scope: Scope, book: Book, person: Person) -> None:
    found = _reached(book, person, "high")
    mark = scope.declared["people"][person.name].name.mark
    vias = [reach.contact.via for reach in found]
    told = " and ".join(f"`{via}`" for via in vias)
    if found and WAKING.isdisjoint(vias):
        message = f"a page of high urgency reaches `{person.name}` by {told} alone, which wakes nobody"
        scope.warn("W275", mark, message, "add `push: browser`, or `sms` or `call` as a secret")
    providers = {provider_of(reach.contact.via, reach.contact.address) for reach in found}
    if len(found) > 1 and len(providers) == 1:
        message = f"{told} of `{person.name}` fail together: {providers.pop()} carries them all"
        scope.warn("W274", mark, message, "add a way by somebody else, such as `push: browser`")


def _reached(book: Book, person: Person, urgency: str) -> tuple[Reach, ...]:
    return reaches(person, urgency, book.rules, frozenset())


def _steps_that_come_too_late(scope: Scope, book: Book, found: list[Path]) -> None:
    """W276: a step of the notification rules that is due when its level was given up.

    One complaint for each step, at the first level that it misses. After the last of several levels there is nobody
    new to be told, and the last of a low policy waits for ever.
    """
    told: set[Mark] = set()
    for policy, urgency in found:
        for number, level in enumerate(policy.levels, 1):
            if number == len(policy.levels) and (urgency == "low" or number > 1):
                continue
            for person, reach in _late(book, level, urgency):
                mark = _step_mark(scope, person, urgency, reach.step) or place(scope, level.where, "escalate_after")
                if mark not in told:
                    told.add(mark)
                    _too_late(scope, mark, policy, number, reach)


def _late(book: Book, level: Level, urgency: str) -> Iterator[tuple[Person, Reach]]:
    wait = level.escalate_after * level.attempts
    for name in everybody(book, level):
        person = book.people[name]
        for reach in _reached(book, person, urgency):
            if reach.after > wait:
                yield person, reach


def _too_late(scope: Scope, mark: Mark, policy: Policy, number: int, reach: Reach) -> None:
    level = policy.levels[number - 1]
    wait = level.escalate_after * level.attempts
    message = (
        f"`{reach.contact.via}` comes {spoken(reach.after)} after the page, and level {number} of `{policy.name}` "
        f"is over after {spoken(wait)}"
    )
    note = Note(mark_of(level.where), "waits no longer")
    scope.warn("W276", mark, message, f"an earlier step, or `escalate_after` above {spoken(reach.after)}", (note,))


def _step_mark(scope: Scope, person: Person, urgency: str, step: int) -> Mark | None:
    """Where the `after` of a step stands: in the person's own rules, else the organisation's; None for the default."""
    own = _under(scope.declared["people"][person.name].node, "notification_rules")
    everyone = scope.once["notification_rules"].node if "notification_rules" in scope.once else None
    steps = _under(own, urgency) if person.rules.get(urgency) else _under(everyone, urgency)
    if not isinstance(steps, Items) or step >= len(steps.items):
        return None
    after = _under(steps.items[step], "after")
    return after.mark if isinstance(after, Scalar) else None


def _under(node: Node | None, key: str) -> Node | None:
    entries = node.entries if isinstance(node, Table) else []
    return next((value for name, value in entries if name.value == key), None)
