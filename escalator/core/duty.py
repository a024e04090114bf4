"""Who serves from when to when, and why: by which layer, or by whose override. What calendars and reports show.

Law: duties adjoin and cover what was asked for; time that nobody serves is a duty of nobody.
"""

from collections.abc import Iterable
from typing import NamedTuple

from escalator.core.instant import Instant
from escalator.core.oncall import Override, Schedule, overriding, standings


class Duty(NamedTuple):
    """One person's unbroken service for one reason."""

    starts_at: Instant
    ends_at: Instant
    person: str | None
    """None: nobody serves."""
    layer: int | None = None
    """The place of the layer in the schedule, from 0."""
    override: Override | None = None


def duties(schedule: Schedule, overrides: Iterable[Override], since: Instant, until: Instant) -> list[Duty]:
    """From `since` to `until`, no two neighbours of the same person for the same reason."""
    own = [each for each in overrides if each.schedule == schedule.name]
    found: list[Duty] = []
    for start, states in standings(schedule, own, since, until):
        override = overriding(schedule, own, start)
        place = next((place for place, state in enumerate(states) if state is not None and state.on_duty), None)
        state = None if place is None else states[place]
        person = override.person if override else state and state.order[0]
        duty = Duty(start, until, person, None if override else place, override)
        if not found or found[-1][2:] != duty[2:]:
            found.append(duty)
    ends = [*(duty.starts_at for duty in found[1:]), until]
    return [duty._replace(ends_at=end) for duty, end in zip(found, ends, strict=False)]


def serves(
    schedule: Schedule, overrides: Iterable[Override], person: str, since: Instant, until: Instant
) -> Duty | None:
    """None where the person serves throughout [since, until); else the first duty in it that is another's."""
    return next((duty for duty in duties(schedule, overrides, since, until) if duty.person != person), None)
