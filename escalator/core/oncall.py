"""Who is on call at an instant: schedules, layers, rotations, overrides, hours. Pure; wall-clock rules stand here.

Law: a turn and a window are wall-clock. A window starts at the first and ends at the last occurrence of an ambiguous
local time, and a nonexistent local time means the instant after the jump: DST may overlap, never gap.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

from escalator.core.instant import Instant, Span


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
    where: str = ""


@dataclass(frozen=True, slots=True)
class Hours:
    """Named weekly hours, wall-clock in their zone. `ends` <= `starts` means that a window crosses midnight."""

    name: str
    timezone: str
    starts: int
    """Minutes after midnight, 0..1439."""
    ends: int
    """Minutes after midnight, 1..1440."""
    days: frozenset[int] = frozenset(range(7))
    """Weekdays on which a window starts: Monday 0 … Sunday 6."""
    holidays: frozenset[date] = frozenset()
    """Local dates on which no window starts."""


class Every(NamedTuple):
    """Length of one turn."""

    length: int
    unit: Literal["m", "h", "d", "w", "shift"]
    """m, h, d, w: wall-clock minutes … weeks; `shift`: one per window of the layer's hours."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A rotation of people; `starts` (naive, in `timezone`) fixes the anchor and the hour of the handoff."""

    people: tuple[str, ...]
    every: Every
    starts: datetime
    timezone: str
    during: Hours | None = None
    until: datetime | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Layers in order: the first with somebody on duty wins."""

    name: str
    timezone: str
    layers: tuple[Layer, ...]
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


def on_call(schedule: Schedule, overrides: Iterable[Override], now: Instant) -> str | None:
    """Who is on call: overrides (the newest start wins), then the first active layer; None for nobody."""
    raise NotImplementedError


def rotation(schedule: Schedule, overrides: Iterable[Override], now: Instant) -> tuple[str, ...]:
    """The people in the order in which `next_on_call` asks them: who is on call first, then the active layer's order
    after that person, then those of later layers; each name once.
    """
    raise NotImplementedError


def is_open(hours: Hours, now: Instant) -> bool:
    """Whether a window of the hours contains the instant."""
    raise NotImplementedError


def next_opening(hours: Hours, now: Instant) -> Instant | None:
    """`now` where the hours are open, else the start of their next window within 400 days; None where there is none."""
    raise NotImplementedError


def shifts(
    schedule: Schedule, overrides: Iterable[Override], since: Instant, until: Instant
) -> list[tuple[Instant, Instant, str | None]]:
    """Who is on call from `since` to `until`: (start, end, person or None), adjoining, no two neighbours equal."""
    raise NotImplementedError


def boundaries(schedule: Schedule, overrides: Iterable[Override], since: Instant, until: Instant) -> list[Instant]:
    """Sorted instants in [since, until) at which the answer of `on_call` or `rotation` may change."""
    raise NotImplementedError
