"""Many spans in two figures: the middle one, and the one that only a twentieth exceeds."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from escalator.core.instant import Span


class Spread(NamedTuple):
    """Of many spans: the middle and the 95th percentile (nearest rank); None where there are none."""

    median: Span | None
    p95: Span | None
    number: int


def spread(found: Iterable[Span]) -> Spread:
    spans = sorted(found)
    number = len(spans)
    if not spans:
        return Spread(None, None, 0)
    return Spread(round((spans[(number - 1) // 2] + spans[number // 2]) / 2), percentile(spans, 95), number)


def percentile(ordered: Sequence[Span], percent: int) -> Span:
    """Of at least one, in order: the smallest that so many percent of them do not exceed."""
    return ordered[max(1, -(-percent * len(ordered) // 100)) - 1]
