"""Hours, holidays, schedules, overrides: everything with a calendar. Wall-clock stays wall-clock, except where a window
happens once: its ends become instants here, the first occurrence of an ambiguous time for a start, the last for an end.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import holidays as public

from escalator.core import wallclock
from escalator.core.instant import Instant
from escalator.core.oncall import Hours, Imported, Layer, Override, Schedule
from escalator.language import imported, recurring, scalars
from escalator.language.nodes import Node, Scalar, Table
from escalator.language.scope import Declared, Scope
from escalator.language.shapes.calendars import COVERAGE, HOURS, LAYER, OVERRIDE, PUBLIC_HOLIDAYS, SCHEDULE

YEARS = recurring.YEARS
"""Years for which public holidays are worked out, as recurrences in calendars are."""


@lru_cache(maxsize=64)
def public_holidays(country: str, subdivision: str | None) -> frozenset[date]:
    """Raises NotImplementedError for a country or subdivision that the package does not know."""
    return frozenset(public.country_holidays(country, subdiv=subdivision, years=YEARS))


def holidays(scope: Scope, section: Mapping[str, Declared]) -> dict[str, frozenset[date]]:
    return {name: _holidays(scope, each.node) for name, each in section.items()}


def _holidays(scope: Scope, node: Node) -> frozenset[date]:
    if not isinstance(node, Table):
        days = [scalars.day(scope, item) for item in scope.items(node, "dates")]
        return frozenset(day for day in days if day is not None)
    fields = scope.fields(node, PUBLIC_HOLIDAYS) or {}
    found = {key: scope.text(value, f"the code of a {key}") for key, value in fields.items()}
    country = found.get("country")
    if country is None:
        return frozenset()
    try:
        return public_holidays(country, found.get("subdivision"))
    except NotImplementedError as error:
        cure = "ISO 3166 codes, such as `{country: GB, subdivision: ENG}`"
        scope.error("E134", node.mark, f"no public holidays are known: {str(error).splitlines()[0]}", cure)
        return frozenset()


def hours(scope: Scope, section: Mapping[str, Declared], lists: Mapping[str, frozenset[date]]) -> dict[str, Hours]:
    found = {name: _hours(scope, name, each, lists) for name, each in section.items()}
    return {name: each for name, each in found.items() if each is not None}


def _hours(scope: Scope, name: str, declared: Declared, lists: Mapping[str, frozenset[date]]) -> Hours | None:
    fields = scope.fields(declared.node, HOURS)
    if fields is None:
        return None
    scope.keep(str(declared.name.mark), fields)
    timezone = scalars.zone(scope, fields["timezone"]) if "timezone" in fields else None
    starts = scalars.clock(scope, fields["from"]) if "from" in fields else 0
    ends = scalars.clock(scope, fields["to"]) if "to" in fields else 1440
    days = scalars.weekdays(scope, fields["days"]) if "days" in fields else frozenset(range(7))
    off = [scope.refer("holidays", each) for each in _one_or_many(fields.get("except"))]
    if timezone is None or starts is None or ends is None or not days:
        return None
    ends = ends or 1440  # `to: 00:00` can only mean the midnight at the end
    if starts == 1440 or starts == ends:
        mark = fields["to" if "to" in fields else "from"].mark
        scope.error(
            "E135",
            mark,
            "these hours are never open: they end when they begin",
            "leave `from` and `to` out for whole days",
        )
        return None
    dates = frozenset[date]().union(*(lists.get(each or "", ()) for each in off))
    return Hours(name, timezone, starts, ends, days, dates)


def _one_or_many(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return [node] if isinstance(node, Scalar | Table) else node.items


def schedules(scope: Scope, section: Mapping[str, Declared], known: Mapping[str, Hours]) -> dict[str, Schedule]:
    return {name: _schedule(scope, name, each, known) for name, each in section.items()}


def _schedule(scope: Scope, name: str, declared: Declared, known: Mapping[str, Hours]) -> Schedule:
    fields = scope.fields(declared.node, SCHEDULE) or {}
    scope.keep(str(declared.name.mark), fields)
    timezone = scalars.zone(scope, fields["timezone"]) if "timezone" in fields else None
    coverage = fields.get("coverage")
    layers = [
        _layer(scope, item, timezone or "UTC", known)
        for item in (scope.items(fields["layers"], "layers") if "layers" in fields else [])
    ]
    return Schedule(
        name=name,
        timezone=timezone or "UTC",
        layers=tuple(layer for layer in layers if layer is not None),
        always=coverage is not None and scope.choice(coverage, COVERAGE) == "always",
        where=str(declared.name.mark),
    )


def _layer(scope: Scope, node: Node, timezone: str, known: Mapping[str, Hours]) -> Layer | Imported | None:
    if isinstance(node, Table) and any(key.value == "ical" for key, _ in node.entries):
        return imported.layer(scope, node, timezone)
    fields = scope.fields(node, LAYER)
    if fields is None:
        return None
    scope.keep(str(node.mark), fields)
    people = _turns(scope, fields["people"]) if "people" in fields else ()
    every = scalars.every(scope, fields["every"]) if "every" in fields else None
    starts = scalars.wall(scope, fields["starts"]) if "starts" in fields else None
    until = scalars.wall(scope, fields["until"]) if "until" in fields else None
    during = scope.refer("hours", fields["during"]) if "during" in fields else None
    zone = scalars.zone(scope, fields["timezone"]) if "timezone" in fields else None
    if every is not None and every.unit == "shift" and "during" not in fields:
        cure = "a shift is one window of hours: add `during: NAME`"
        scope.error("E136", fields["every"].mark, "`every: shift` needs `during`", cure)
    if starts is not None and until is not None and until <= starts:
        scope.error("E137", fields["until"].mark, "`until` is not after `starts`", "the layer would never be active")
    if every is None or starts is None or not people:
        return None
    return Layer(people, every, starts, zone or timezone, known.get(during or ""), until, str(node.mark))


def _turns(scope: Scope, node: Node) -> tuple[str, ...]:
    """Names of people in the order of their turns; somebody who serves twice stands twice."""
    names = [scope.refer("person", item) for item in scope.items(node, "the people of a layer")]
    return tuple(name for name in names if name is not None)


def overrides(scope: Scope, nodes: list[Node], known: Mapping[str, Schedule]) -> tuple[Override, ...]:
    found = [_override(scope, node, known) for node in nodes]
    return tuple(each for each in found if each is not None)


def _override(scope: Scope, node: Node, known: Mapping[str, Schedule]) -> Override | None:
    fields = scope.fields(node, OVERRIDE)
    if fields is None:
        return None
    schedule = scope.refer("schedule", fields["schedule"]) if "schedule" in fields else None
    person = scope.refer("person", fields["person"]) if "person" in fields else None
    own = scalars.zone(scope, fields["timezone"]) if "timezone" in fields else None
    reason = scope.text(fields["reason"], "a reason") if "reason" in fields else ""
    span = once(
        scope, fields, own or (known[schedule].timezone if schedule is not None and schedule in known else "UTC")
    )
    if schedule is None or person is None or span is None:
        return None
    override = Override(schedule, person, *span, reason or "", where=str(node.mark))
    scope.marks["overrides", repr(override)] = node.mark
    return override


def once(scope: Scope, fields: Mapping[str, Node], timezone: str) -> tuple[Instant, Instant] | None:
    """`from` and `until` of a window that happens once; without `from` it has begun."""
    starts = scalars.wall(scope, fields["from"]) if "from" in fields else None
    ends = scalars.wall(scope, fields["until"]) if "until" in fields else None
    if ends is None or (starts is None and "from" in fields):
        return None
    if starts is not None and ends <= starts:
        scope.error("E137", fields["until"].mark, "`until` is not after `from`", "exchange the two")
        return None
    where = wallclock.zone(timezone)
    return wallclock.first(starts, where) if starts else 0, wallclock.last(ends, where)
