"""Checks of meaning about time: schedules that have nobody, levels that are all shut, turns that begin out of hours.

Gaps are looked for in the 400 days from `now` on: a year, with both of its clock changes, and what was planned ahead.
"""

from collections.abc import Iterable
from dataclasses import replace

from escalator.core.alert import Severity
from escalator.core.book import Book
from escalator.core.hours import Hours, is_open, next_opening
from escalator.core.instant import DAY, Instant, to_datetime
from escalator.core.oncall import Layer, Schedule
from escalator.core.policy import Level, Policy, Target
from escalator.core.stretches import Coverage, Stretches, common, joined, without
from escalator.core.wallclock import first, zone
from escalator.language.checks_routes import mark_of, place
from escalator.language.diagnostics import Mark, Note
from escalator.language.paths import arrivals
from escalator.language.scope import Scope

HORIZON = 400
"""Days."""
OVERLAP = "let the hours of neighbouring zones overlap by an hour"
FILL = "widen the hours, or add a last layer without `during`"


def turns_that_begin_out_of_hours(scope: Scope, book: Book) -> None:
    """W291: `starts` in no window of `during`, often because the layer's zone was forgotten."""
    for schedule in book.schedules.values():
        for layer in schedule.layers:
            if isinstance(layer, Layer) and layer.during is not None:
                _begins_in(scope, layer, replace(layer.during, holidays=frozenset()))


def _begins_in(scope: Scope, layer: Layer, hours: Hours) -> None:
    begins = first(layer.starts, zone(layer.timezone))
    if is_open(hours, begins) or is_open(hours, begins - 1):  # or when they close, between two windows
        return
    opening = next_opening(hours, begins)
    better = local(opening, layer.timezone, "%Y-%m-%dT%H:%M") if opening is not None else ""
    there = f" ({local(begins, hours.timezone)})" if hours.timezone != layer.timezone else ""
    message = f"turns change at {local(begins, layer.timezone)}{there}, outside `{hours.name}`"
    cure = f"write `starts: {better}`, when they open" if better else ""
    if hours.timezone != layer.timezone:
        cure += f", or give the layer `timezone: {hours.timezone}`"
    scope.warn("W291", place(scope, layer.where, "starts"), message, cure)


def gaps(scope: Scope, book: Book, now: Instant) -> None:
    """E261, W261, E262, W262: schedules with nobody on call; W258: policies with no level at some hour or severity."""
    span = Coverage(now, now + HORIZON * DAY, book.overrides)
    told = {schedule.name for schedule in book.schedules.values() if _gap(scope, book, schedule, span)}
    for name, severities in arrivals(scope, book).items():
        policy = book.policies[name]
        shut = _shut(scope, book, policy, severities, span)
        if not shut and Severity.CRITICAL in severities:
            told |= _critical_finds_nobody(scope, book, policy, span, told)


def _gap(scope: Scope, book: Book, schedule: Schedule, span: Coverage) -> bool:
    """Whether something was said of this schedule's own gaps."""
    found = span.gaps(schedule)
    if not found:
        return False
    clocks = span.by_clocks_alone(schedule)
    by_clocks = bool(clocks) and common(found, clocks) == found
    if not schedule.always and not by_clocks:
        return False
    message = f"`{schedule.name}` has nobody on call {spell(found, span, schedule.timezone)}"
    if by_clocks:
        message += ", only because clocks change"
    mark = place(scope, schedule.where, "coverage")
    if schedule.always:
        scope.error("E262" if by_clocks else "E261", mark, message, OVERLAP if by_clocks else FILL)
    else:
        scope.warn("W262", mark, message, OVERLAP)
    return True


def _critical_finds_nobody(scope: Scope, book: Book, policy: Policy, span: Coverage, told: set[str]) -> set[str]:
    """Complains of the first schedule that leaves a critical incident of this policy without anybody."""
    levels = [level for level in _for_severity(policy, Severity.CRITICAL) if not level.channels_only]
    if not levels:
        return set()
    reached = joined(part for level in levels for part in _reached(book, level, span))
    nobody = without(reached, span.since, span.until)
    for level, target in [(each, target) for each in levels for target in each.targets]:
        schedule = book.schedules.get(target.name) if target.kind in ("schedule", "next_on_call") else None
        if schedule is None or schedule.name in told:
            continue
        found = common(nobody, span.gaps(schedule))
        if found:
            _depends(scope, schedule, policy, level, found, span)
            return {schedule.name}
    return set()


def _depends(scope: Scope, schedule: Schedule, policy: Policy, level: Level, found: Stretches, span: Coverage) -> None:
    when = spell(found, span, schedule.timezone)
    message = f"`{schedule.name}` has nobody on call {when}: a critical incident of `{policy.name}` finds nobody"
    cure = "fill the gap, or add a level that names a person or a team"
    note = Note(mark_of(level.where), "depends on it")
    scope.warn("W261", mark_of(schedule.where), message, cure, (note,))


def _reached(book: Book, level: Level, span: Coverage) -> Stretches:
    """When the level pages a person."""
    return common(_guard(book, level, span), joined(part for each in level.targets for part in _met(book, each, span)))


def _met(book: Book, target: Target, span: Coverage) -> Stretches:
    if target.kind == "channel":
        return ()
    if target.kind in ("person", "team"):
        return span.whole
    schedule = book.schedules.get(target.name)
    return span.covered(schedule) if schedule else ()


def _for_severity(policy: Policy, severity: Severity) -> list[Level]:
    return [level for level in policy.levels if level.severities is None or severity in level.severities]


def _guard(book: Book, level: Level, span: Coverage) -> Stretches:
    """When `during` and `outside` of the level hold."""
    found = span.whole
    during, outside = book.hours.get(level.during or ""), book.hours.get(level.outside or "")
    if during is not None:
        found = span.opened(during)
    if outside is not None:
        found = common(found, without(span.opened(outside), span.since, span.until))
    return found


def _shut(scope: Scope, book: Book, policy: Policy, severities: Iterable[Severity], span: Coverage) -> bool:
    """W258: whether at some severity, or at some hour, no level of the policy applies."""
    if not policy.levels:
        return False
    lost = [each for each in sorted(severities) if not _for_severity(policy, each)]
    if lost:
        words = " and ".join(f"`{each.name.lower()}`" for each in lost)
        _never(scope, policy, f"no level of `{policy.name}` applies at severity {words}, which can come here")
        return True
    for severity in sorted(severities, reverse=True):
        levels = _for_severity(policy, severity)
        if any(level.during is None and level.outside is None for level in levels):
            continue
        closed = without(joined(part for level in levels for part in _guard(book, level, span)), span.since, span.until)
        if closed:
            hours = book.hours[levels[0].during or levels[0].outside or ""]
            _never(scope, policy, f"no level of `{policy.name}` applies {spell(closed, span, hours.timezone)}")
            return True
    return False


def _never(scope: Scope, policy: Policy, message: str) -> None:
    cure = "add a last level without `when`"
    scope.warn("W258", _first_guard(scope, policy), message, cure, (Note(mark_of(policy.where), "of this policy"),))


def _first_guard(scope: Scope, policy: Policy) -> Mark:
    return place(scope, policy.levels[0].where, "when")


def spell(found: Stretches, span: Coverage, timezone: str) -> str:
    """The first of some stretches in local time, and how many there are."""
    start, end = found[0]
    since = "from now" if start == span.since else f"from {local(start, timezone)}"
    until = f"until {local(end, timezone)}" if end < span.until else "on"
    more = f", the first of {len(found)} such times within {HORIZON} days" if len(found) > 1 else ""
    return f"{since} {until} ({timezone}){more}"


def local(instant: Instant, timezone: str, form: str = "%a %Y-%m-%d %H:%M") -> str:
    return to_datetime(instant).astimezone(zone(timezone)).strftime(form)
