"""What is wrong with a schedule's time: gaps that nobody covers, and time that two claim at once.

An overlap is no error: one of the two has it, by a rule. But somebody should have meant it.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Literal, NamedTuple

from escalator.core.instant import Instant, Span
from escalator.core.layers import Standing
from escalator.core.oncall import Override, Schedule, shifts, standings


class Overlap(NamedTuple):
    """Time that two claim, over and over perhaps."""

    kind: Literal["override", "layer"]
    first: str
    """Who has it: an override's person, or a layer's place (`layers[0]`)."""
    second: str
    """Who would have it otherwise."""
    starts_at: Instant
    ends_at: Instant
    """Of the first time."""
    times: int = 1
    total: Span = 0


def gaps(
    schedule: Schedule, overrides: Iterable[Override], since: Instant, until: Instant
) -> list[tuple[Instant, Instant]]:
    """When nobody is on call."""
    return [(start, end) for start, end, person in shifts(schedule, overrides, since, until) if person is None]


def overlaps(schedule: Schedule, overrides: Iterable[Override], since: Instant, until: Instant) -> list[Overlap]:
    """Overrides that overlap, each pair; then layers that are on duty together, each pair once."""
    own = [each for each in overrides if each.schedule == schedule.name]
    return [*_overrides(own, since, until), *_layers(schedule, since, until)]


def _overrides(own: list[Override], since: Instant, until: Instant) -> Iterator[Overlap]:
    """Of two, the one that starts later has it; of equal starts, the one that was given last."""
    for earlier, later in combinations(sorted(own, key=lambda each: each.starts_at), 2):
        start, end = max(earlier.starts_at, later.starts_at, since), min(earlier.ends_at, later.ends_at, until)
        if start < end:
            yield Overlap("override", later.person, earlier.person, start, end, 1, end - start)


def _layers(schedule: Schedule, since: Instant, until: Instant) -> Iterator[Overlap]:
    walk = [(start, _on_duty(states)) for start, states in standings(schedule, (), since, until)]
    ends = [*(start for start, _ in walk[1:]), until]
    found: dict[tuple[int, int], list[tuple[Instant, Instant]]] = {}
    for (start, places), end in zip(walk, ends, strict=False):
        for pair in combinations(places, 2):
            times = found.setdefault(pair, [])
            begun = times.pop()[0] if times and times[-1][1] == start else start
            times.append((begun, end))
    for (first, second), times in found.items():
        total = sum(end - start for start, end in times)
        yield Overlap("layer", f"layers[{first}]", f"layers[{second}]", *times[0], len(times), total)


def _on_duty(states: tuple[Standing | None, ...]) -> list[int]:
    return [place for place, state in enumerate(states) if state is not None and state.on_duty]
