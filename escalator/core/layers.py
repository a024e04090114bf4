"""One layer of a schedule: from when to when it is in force, whether on duty, and whose turn it is.

Law: turns are wall-clock. Turn n begins when local clocks first show `starts` + n × `every`, or jump past it, and
ends when the next begins. So an hour that clocks repeat lengthens the turn that it falls into, an hour that they
skip shortens or swallows one, and between two turns there is neither a gap nor an overlap.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from escalator.core import imported
from escalator.core.hours import Hours, begun, edges, is_open, windows_before
from escalator.core.imported import Imported
from escalator.core.instant import Instant
from escalator.core.wallclock import first, last, reached, zone


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


_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


class Standing(NamedTuple):
    """How a layer in force stands."""

    on_duty: bool
    """Whether its hours, if it has any, are open."""
    order: tuple[str, ...]
    """Its people, from the one whose turn it is; between windows from the last one's, in a calendar the next one's."""


def standing(layer: Layer | Imported, now: Instant) -> Standing | None:
    """How the layer stands; None before `starts`, after `until`, and where it has no people."""
    if isinstance(layer, Imported):
        found = imported.stands(layer, now)
        return Standing(*found) if found else None
    where = zone(layer.timezone)
    if not layer.people or layer.starts > reached(now, where):
        return None
    if layer.until is not None and now >= last(layer.until, where):
        return None
    turn = _turn(layer, now) % len(layer.people)
    return Standing(layer.during is None or is_open(layer.during, now), layer.people[turn:] + layer.people[:turn])


def changes(layer: Layer | Imported, since: Instant, until: Instant) -> Iterator[Instant]:
    """Instants at which the layer may change, all those in [since, until) and some beside it; in no strict order."""
    if isinstance(layer, Imported):
        yield from imported.edges(layer, since, until)
        return
    where = zone(layer.timezone)
    yield first(layer.starts, where)
    if layer.until is not None:
        yield last(layer.until, where)
    if layer.during is not None:
        yield from edges(layer.during, since, until)
    if layer.every.unit != "shift":  # else a turn begins with a window
        for turn in range(_turn(layer, since), _turn(layer, until) + 1):
            yield first(layer.starts + turn * _step(layer.every), where)


def _turn(layer: Layer, now: Instant) -> int:
    """The turn that has begun last: 0 is the first, also before it has begun."""
    if layer.every.unit == "shift":
        return _shift(layer, now)
    return max(0, (reached(now, zone(layer.timezone)) - layer.starts) // _step(layer.every))


def _shift(layer: Layer, now: Instant) -> int:
    """Turn 0 is the window on whose day `starts` falls, or the next; what is left of an earlier one is turn 0 too.

    A layer without hours has one endless window.
    """
    hours = layer.during
    if hours is None:
        return 0
    anchor = reached(first(layer.starts, zone(layer.timezone)), zone(hours.timezone)).date()
    return max(0, begun(hours, now) - 1 - windows_before(hours, anchor)) // layer.every.length


def _step(every: Every) -> timedelta:
    return every.length * _UNITS[every.unit]
