"""The clock of the database: never goes back, and does not follow a jump before it has proved to be one.

Law: pure; what reads real clocks is handed in.
"""

import time
from collections.abc import Callable

from escalator.core.instant import SECOND, Instant, Span

Clock = Callable[[], Instant]

STEP = SECOND
"""Less is drift between two clocks, not a jump."""
PROOF = 60 * SECOND
"""A forward jump must last this long: a bogus one must not burn a chain of levels."""


def wall() -> Instant:
    """The system's own time."""
    return time.time_ns() // 1000


def steady() -> Instant:
    """Microseconds that never jump and that count suspension where the system can."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1000


class Steady:
    """A reference clock kept as an offset on a steady one. Backward jumps are ignored, forward ones accepted after
    60 s, and `now` never decreases.
    """

    def __init__(self, reference: Instant, steady: Clock = steady) -> None:
        """`reference` is its reading at this moment."""
        self._steady = steady
        self._offset = reference - steady()
        self._ahead_since: Instant | None = None
        self._last = reference
        self.skew: Span = 0
        """How far the reference was ahead of us at the last comparison."""

    def now(self) -> Instant:
        """Microseconds since 1970."""
        self._last = max(self._last, self._steady() + self._offset)
        return self._last

    def compare(self, reference: Instant) -> None:
        """Takes a fresh reading of the reference clock into account."""
        ticks = self._steady()
        self.skew = reference - (ticks + self._offset)
        if abs(self.skew) < STEP:
            self._offset += self.skew
            self._ahead_since = None
        elif self.skew < 0:
            self._ahead_since = None
        elif self._ahead_since is None:
            self._ahead_since = ticks
        elif ticks - self._ahead_since >= PROOF:
            self._offset += self.skew
            self._ahead_since = None


class Local(Steady):
    """The clock of a database that has none of its own: this machine's."""

    def __init__(self, wall: Clock = wall, steady: Clock = steady) -> None:
        super().__init__(wall(), steady)
        self._wall = wall

    def now(self) -> Instant:
        """Microseconds since 1970."""
        self.compare(self._wall())
        return super().now()
