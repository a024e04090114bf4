"""Which weeks are out of the ordinary: measured against the weeks before them, by medians, so that one bad week neither
hides the next one nor makes a calm one look strange.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Literal, NamedTuple

BASE = 8
"""Weeks before it that a week is compared with, at most."""
FEWEST = 4
"""With fewer nothing is said."""
FAR = 3.0
"""So many times the usual spread away."""
MAD_TO_DEVIATION = 1.4826
"""Of normally spread counts, the median distance from the median times this is the standard deviation."""


class Mark(NamedTuple):
    """How a week stands out."""

    kind: Literal["high", "low"]
    usual: float
    """The median of the weeks before."""
    low: float
    high: float
    """From where to where a week would have been ordinary."""


def marks(counts: Sequence[int], *, running: bool = False) -> list[Mark | None]:
    """One for each week; `running`: the last one is not over yet, and so cannot be low."""
    found = [_mark(count, counts[max(0, place - BASE) : place]) for place, count in enumerate(counts)]
    if running and found and found[-1] is not None and found[-1].kind == "low":
        found[-1] = None
    return found


def _mark(count: int, before: Sequence[int]) -> Mark | None:
    if len(before) < FEWEST:
        return None
    usual = _median(before)
    # Counts of things that come by chance are spread by the root of their mean, however even the weeks before were.
    usually = max(_median([abs(each - usual) for each in before]) * MAD_TO_DEVIATION, sqrt(usual), 1.0)
    low, high = max(0.0, usual - FAR * usually), usual + FAR * usually
    if low <= count <= high:
        return None
    return Mark("high" if count > high else "low", usual, low, high)


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
