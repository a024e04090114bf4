"""How the load of a schedule is shared: hours, nights, weekends and holidays of each person.

Law: what the people serve and the gaps add up to the time that was asked for, whatever the boundaries. A night is 22:00
to 06:00, a weekend Saturday and Sunday, by the clocks of who serves.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from escalator.core.hours import Hours, days_within, opened
from escalator.core.instant import Instant, Span
from escalator.core.oncall import Override, Person, Schedule, shifts


class Load(NamedTuple):
    """What one person serves."""

    person: str
    served: Span = 0
    nights: Span = 0
    weekends: Span = 0
    holidays: Span = 0
    shifts: int = 0
    share: float = 0.0
    """Of all that is served, 0 to 1."""


class Balance(NamedTuple):
    """A schedule's load."""

    loads: tuple[Load, ...]
    """By person: who serves most comes first; those of the layers who serve nothing stand at the end."""
    gaps: Span


def balance(
    schedule: Schedule,
    overrides: Iterable[Override],
    people: Mapping[str, Person],
    holidays: frozenset[date],
    since: Instant,
    until: Instant,
) -> Balance:
    """Who serves how much from `since` to `until`."""
    loads = {name: Load(name) for layer in schedule.layers for name in layer.people}
    uncovered = 0
    for start, end, name in shifts(schedule, overrides, since, until):
        if name is None:
            uncovered += end - start
            continue
        known = people.get(name)
        timezone = known.timezone if known and known.timezone else schedule.timezone
        loads[name] = _more(loads.get(name, Load(name)), timezone, holidays, start, end)
    served = sum(load.served for load in loads.values())
    shared = [load._replace(share=load.served / served if served else 0.0) for load in loads.values()]
    return Balance(tuple(sorted(shared, key=lambda load: (-load.served, load.person))), uncovered)


def _more(load: Load, timezone: str, holidays: frozenset[date], start: Instant, end: Instant) -> Load:
    return load._replace(
        served=load.served + end - start,
        nights=load.nights + opened(Hours("nights", timezone, 22 * 60, 6 * 60), start, end),
        weekends=load.weekends + opened(Hours("weekends", timezone, 0, 1440, frozenset((5, 6))), start, end),
        holidays=load.holidays + days_within(holidays, timezone, start, end),
        shifts=load.shifts + 1,
    )
