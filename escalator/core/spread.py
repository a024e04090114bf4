"""Many spans in two figures: the middle one, and the one that only a twentieth exceeds."""

from collections.abc import Iterable
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
    return Spread(round((spans[(number - 1) // 2] + spans[number // 2]) / 2), spans[-(-95 * number // 100) - 1], number)
