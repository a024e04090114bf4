"""Checks of meaning about people, policies and windows, and the list of all checks: each one function, each code one
paragraph in `codes`.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise

from escalator.core.book import Book
from escalator.core.instant import DAY, MINUTE, Instant, rfc3339, spoken
from escalator.core.oncall import Imported, Override, Step
from escalator.core.policy import Level, Policy
from escalator.language import checks_coverage as coverage
from escalator.language import checks_people as people
from escalator.language import checks_routes as routes
from escalator.language import checks_unused as names
from escalator.language.checks_routes import mark_of, place
from escalator.language.diagnostics import Note
from escalator.language.implication import conditions_of
from escalator.language.scope import Scope

PATIENCE = 15 * MINUTE
"""How long a critical incident may wait for the next level before it is worth a question."""
SOON = 14 * DAY
"""How long before a calendar ends somebody should know."""


def catch_all_reaches_a_human(scope: Scope, book: Book) -> None:
    """E202: an alert that nobody planned for must reach a person."""
    policy = book.policies.get(book.catch_all)
    if policy is None or policy.where in scope.doubtful or any(reaches(book, level) for level in policy.levels):
        return
    mark = scope.marks["", "catch_all"]
    note = Note(mark_of(policy.where), "notifies channels only")
    cure = "add a level that notifies a person, a team or a schedule"
    scope.error("E202", mark, f"`catch_all` reaches no human: policy `{policy.name}` names no person", cure, (note,))


def reaches(book: Book, level: Level) -> bool:
    """Whether the level names people at all."""
    return any(target.kind != "channel" for target in level.targets)


def patience_with_critical(scope: Scope, book: Book) -> None:
    """W255: what lets a critical incident lie."""
    for policy in _for_critical(scope, book):
        if isinstance(policy.repeat, int):
            message = "a critical incident of this policy stops climbing after its last pass, and goes to `catch_all`"
            scope.warn(
                "W255", place(scope, policy.where, "repeat"), message, "write `repeat: until_acked`, or leave it out"
            )
        if policy.ack_timeout is None:
            message = "an acknowledgement that never lapses lets a critical incident be forgotten"
            scope.warn(
                "W255", place(scope, policy.where, "ack_timeout"), message, "write a time, such as `ack_timeout: 4h`"
            )
        for level in policy.levels[:-1]:
            wait = level.escalate_after * level.attempts
            if wait > PATIENCE:
                message = f"a critical incident waits {spoken(wait)} here before anybody else is told"
                cure = f"{spoken(PATIENCE)} at most, or another policy for critical"
                scope.warn("W255", place(scope, level.where, "escalate_after"), message, cure)


def _for_critical(scope: Scope, book: Book) -> list[Policy]:
    """The policies that a critical incident can come to, each once."""
    names = [book.catch_all]
    names += [
        policy.name
        for route in routes.sound(scope, book)
        if (policy := routes.policy_for_critical(scope, book, route)) is not None
        and routes.may_be_critical(book, conditions_of(route.match))
    ]
    found = [book.policies[name] for name in dict.fromkeys(names) if name in book.policies]
    return [policy for policy in found if policy.where not in scope.doubtful]


def people_without_a_way(scope: Scope, book: Book) -> None:
    """W270: somebody whose rules name no contact that they have."""
    for person in book.people.values():
        declared = scope.declared["people"][person.name].name.mark
        has = {contact.via for contact in person.contacts}
        if not has and "contacts" in _keys(scope, person.name):
            scope.warn(
                "W270",
                declared,
                f"`{person.name}` has no contacts and cannot be reached",
                "add one: `contacts: {push: browser}`",
            )
            continue
        rules: Mapping[str, tuple[Step, ...]] = {**book.rules, **person.rules}
        for urgency, steps in rules.items():
            if has and steps and has.isdisjoint(step.via for step in steps):
                vias = ", ".join(f"`{step.via}`" for step in steps)
                message = (
                    f"the {urgency}-urgency rules reach `{person.name}` by {vias} only, and none of these is a contact"
                )
                scope.warn("W270", declared, message, "add the contact, or give the person `notification_rules`")


def _keys(scope: Scope, person: str) -> set[str]:
    node = scope.declared["people"][person].node
    return {key.value for key, _value in getattr(node, "entries", ())}


def nights_under_a_days_limit(scope: Scope, book: Book) -> None:
    """W290: `days: mon-fri` with `22:00` to `06:00` ends on Saturday morning and leaves Monday's out."""
    for hours in book.hours.values():
        if len(hours.days) < 7 and hours.ends < hours.starts:
            where = str(scope.declared["hours"][hours.name].name.mark)
            message = "these hours cross midnight: a window belongs to the day on which it starts"
            cure = "check that the morning after the last day is meant, and the one before the first is not"
            scope.warn("W290", place(scope, where, "days"), message, cure)


def overrides_that_overlap(scope: Scope, book: Book) -> None:
    """W272: two people stand in for one schedule at once; the newest start wins."""
    by_schedule: dict[str, list[Override]] = {}
    for each in sorted(book.overrides, key=lambda one: one.starts_at):
        by_schedule.setdefault(each.schedule, []).append(each)
    for name, found in by_schedule.items():
        for first, second in pairwise(found):
            if second.starts_at < first.ends_at:
                message = (
                    f"`{first.person}` and `{second.person}` both stand in for `{name}` at {rfc3339(second.starts_at)}"
                )
                scope.warn(
                    "W272",
                    scope.marks["overrides", repr(second)],
                    message,
                    "the later start wins: end the first one earlier",
                )


def windows_that_are_over(scope: Scope, book: Book, now: Instant) -> None:
    """W271: what has ended can go."""
    for override in book.overrides:
        if override.ends_at <= now:
            mark = scope.marks["overrides", repr(override)]
            scope.warn("W271", mark, f"this override ended at {rfc3339(override.ends_at)}", "remove it")
    for window in book.silences:
        if window.silence.ends_at <= now:
            scope.warn(
                "W271", mark_of(window.where), f"this silence ended at {rfc3339(window.silence.ends_at)}", "remove it"
            )
        elif (
            window.silence.starts_at == 0
            and window.during is None
            and window.silence.ends_at - now > 30 * 24 * 60 * MINUTE
        ):
            cure = "a silence that is renewed is one that somebody still wants"
            scope.error("E281", mark_of(window.where), "this silence lasts longer than 30 days", cure)


def calendars_that_end(scope: Scope, book: Book, now: Instant) -> None:
    """W273: after its last shift, a layer out of a calendar has nobody."""
    for schedule in book.schedules.values():
        for layer in schedule.layers:
            if isinstance(layer, Imported) and (end := max((s.ends_at for s in layer.shifts), default=0)) < now + SOON:
                last = f"ends at {rfc3339(end)}" if end else "has no shift"
                cure = "export it again, with more time ahead"
                scope.warn("W273", mark_of(layer.where), f"the calendar `{layer.source}` {last}", cure)


CHECKS: tuple[Callable[[Scope, Book], None], ...] = (
    catch_all_reaches_a_human,
    routes.shadowed,
    routes.takes_alerts_without_label,
    routes.critical_kept_from_people,
    routes.split_by_severity,
    routes.unknown_severities,
    routes.catalogue,
    patience_with_critical,
    people_without_a_way,
    nights_under_a_days_limit,
    overrides_that_overlap,
)


WHOLE: tuple[Callable[[Scope, Book], None], ...] = (
    names.unused,
    names.runbooks,
    people.same_person_throughout,
    people.ways_and_steps,
    coverage.turns_that_begin_out_of_hours,
)
"""Checks that ask what is missing, and would find it in whatever could not be read."""


def check(scope: Scope, book: Book, now: Instant | None) -> None:
    """Every check, whatever the others find; those that need a present only where `now` is given."""
    whole = scope.errors == 0
    for one in CHECKS + WHOLE if whole else CHECKS:
        one(scope, book)
    if now is not None:
        windows_that_are_over(scope, book, now)
        calendars_that_end(scope, book, now)
        if whole:
            coverage.gaps(scope, book, now)
