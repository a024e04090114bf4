"""Who is on call at an instant: people, schedules, overrides. Pure; turns are `layers`', windows are `hours`'.

Law: a turn and a window are wall-clock. A window starts at the first and ends at the last occurrence of an ambiguous
local time, and a nonexistent local time means the instant after the jump: DST may overlap, never gap.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from escalator.core.hours import Hours, is_open, next_opening
from escalator.core.imported import Imported, Shift
from escalator.core.instant import DAY, Instant, Span
from escalator.core.layers import Every, Layer, Standing, changes, standing

__all__ = [
    "Contact",
    "Every",
    "Hours",
    "Imported",
    "Layer",
    "Override",
    "Person",
    "Schedule",
    "Shift",
    "Step",
    "boundaries",
    "is_open",
    "next_opening",
    "on_call",
    "overriding",
    "rotation",
    "shifts",
    "standings",
]


class Contact(NamedTuple):
    """One way to reach a person."""

    via: str
    """push, slack, sms, call, email, webhook or apprise."""
    address: str
    """Literal, or `secret:NAME`."""


class Step(NamedTuple):
    """One step of a notification rule: by which method, how long after the page (microseconds)."""

    via: str
    after: Span = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be paged."""

    name: str
    contacts: tuple[Contact, ...]
    timezone: str | None = None
    rules: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    """Own notification rules by urgency (`high`, `low`), replacing the organisation's."""
    quiet: str | None = None
    """Name of hours during which nothing of low urgency is sent."""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Layers in order: the first with somebody on duty wins."""

    name: str
    timezone: str
    layers: tuple[Layer | Imported, ...]
    always: bool = False
    """`coverage: always`: a gap is an error."""
    where: str = ""


class Override(NamedTuple):
    """For a while, another person stands in for the whole schedule."""

    schedule: str
    person: str
    starts_at: Instant
    ends_at: Instant
    reason: str = ""
    id: str = ""
    """Set for overrides that live in the database; empty for those in the policies."""
    by: str = ""
    """Who made it, of one in the database."""
    where: str = ""
    """File and line, of one in the policies."""


Standings = tuple[Standing | None, ...]
"""One per layer, in order; None for a layer that is not in force."""


def on_call(schedule: Schedule, overrides: Iterable[Override], now: Instant) -> str | None:
    """Who is on call: overrides (the newest start wins), then the first active layer; None for nobody."""
    override = overriding(schedule, overrides, now)
    return override.person if override else _on_duty(_standings(schedule, now))


def rotation(schedule: Schedule, overrides: Iterable[Override], now: Instant) -> tuple[str, ...]:
    """The people in the order in which `next_on_call` asks them: who is on call first, then the active layer's order
    after that person, then those of later layers; each name once, and none where nobody is on call.

    Somebody who stands in from outside the layer takes the place of whom they replace, who therefore comes last in
    it. Later layers are asked in their hours or out of them, but not before `starts` or after `until`; behind an
    override where no layer is active, all layers are later ones.
    """
    override = overriding(schedule, overrides, now)
    layers = [layer for layer in _standings(schedule, now) if layer is not None]
    active = next((place for place, layer in enumerate(layers) if layer.on_duty), None)
    if active is None:
        names = [override.person, *_names(layers)] if override else []
    else:
        own = layers[active].order
        person = override.person if override else own[0]
        place = own.index(person) + 1 if person in own else 1
        names = [person, *own[place:], *own[:place], *_names(layers[active + 1 :])]
    return tuple(dict.fromkeys(names))


def shifts(
    schedule: Schedule, overrides: Iterable[Override], since: Instant, until: Instant
) -> list[tuple[Instant, Instant, str | None]]:
    """Who is on call from `since` to `until`: (start, end, person or None), adjoining, no two neighbours equal."""
    relevant = _relevant(schedule, overrides, since, until)
    found: list[tuple[Instant, str | None]] = []
    for start, layers in standings(schedule, relevant, since, until):
        override = overriding(schedule, relevant, start)
        person = override.person if override else _on_duty(layers)
        if not found or found[-1][1] != person:
            found.append((start, person))
    ends = [start for start, _ in found[1:]] + [until]
    return [(start, end, person) for (start, person), end in zip(found, ends, strict=False)]


def boundaries(schedule: Schedule, overrides: Iterable[Override], since: Instant, until: Instant) -> list[Instant]:
    """Sorted instants in [since, until) at which the answer of `on_call` or `rotation` may change."""
    return sorted(_due(schedule, overrides, since, until))


def _due(schedule: Schedule, overrides: Iterable[Override], since: Instant, until: Instant) -> dict[Instant, list[int]]:
    """The boundaries, unsorted, each with the places of the layers that may change then (none: an override)."""
    due: dict[Instant, list[int]] = {}
    for place, layer in enumerate(schedule.layers):
        for instant in changes(layer, since, until):
            due.setdefault(instant, []).append(place)
    for override in _relevant(schedule, overrides, since, until):
        due.setdefault(override.starts_at, [])
        due.setdefault(override.ends_at, [])
    return {instant: places for instant, places in due.items() if since <= instant < until}


def standings(
    schedule: Schedule, overrides: Iterable[Override], since: Instant, until: Instant
) -> Iterator[tuple[Instant, Standings]]:
    """(instant, how the layers stand from it on) at `since` and at each boundary before `until`.

    A layer is looked at only where it may change itself, which over a year saves most of the work.
    """
    due = _due(schedule, overrides, since, until)
    if since < until:
        due[since] = list(range(len(schedule.layers)))
    layers: list[Standing | None] = [None] * len(schedule.layers)
    for instant in sorted(due):
        for place in due[instant]:
            layers[place] = standing(schedule.layers[place], instant)
        yield instant, tuple(layers)


@lru_cache(maxsize=8192)
def _day(schedule: Schedule, day: int) -> tuple[list[Instant], list[Standings]]:
    """The walk through one UTC day, counted from the epoch: what pages ask again and again is worked out once."""
    walk = list(standings(schedule, (), day * DAY, (day + 1) * DAY))
    return [instant for instant, _ in walk], [layers for _, layers in walk]


def _standings(schedule: Schedule, now: Instant) -> Standings:
    instants, states = _day(schedule, now // DAY)
    return states[bisect_right(instants, now) - 1]


def _on_duty(layers: Standings) -> str | None:
    return next((layer.order[0] for layer in layers if layer is not None and layer.on_duty), None)


def _names(layers: Iterable[Standing]) -> list[str]:
    return [name for layer in layers for name in layer.order]


def overriding(schedule: Schedule, overrides: Iterable[Override], now: Instant) -> Override | None:
    """The override in force with the newest start; of equal starts, the last one given."""
    newest: Override | None = None
    for override in overrides:
        if override.starts_at <= now < override.ends_at and override.schedule == schedule.name:
            newest = override if newest is None or override.starts_at >= newest.starts_at else newest
    return newest


def _relevant(schedule: Schedule, overrides: Iterable[Override], since: Instant, until: Instant) -> list[Override]:
    return [
        override
        for override in overrides
        if override.schedule == schedule.name and override.starts_at < until and override.ends_at >= since
    ]
