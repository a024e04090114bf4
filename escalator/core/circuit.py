"""A circuit breaker for one provider: after repeated failures its messages go straight to the fallback, one at a time
is let through to probe it, and it closes by itself.

Pure; the lane that sends keeps the value and brings the time. What is one contact's fault never counts.
"""

from typing import NamedTuple

from escalator.core.instant import MINUTE, SECOND, Instant, Span

TRIPS_AFTER = 5
"""Failures in a row."""
PROBE_FIRST: Span = 15 * SECOND
PROBE_LAST: Span = 2 * MINUTE
"""Between probes; doubles from the first to the last."""


class Circuit(NamedTuple):
    """Closed while `opened_at` is None."""

    failures: int = 0
    """In a row."""
    opened_at: Instant | None = None
    probe_at: Instant = 0
    """From then on one message is let through."""
    wait: Span = PROBE_FIRST


CLOSED = Circuit()


def admits(circuit: Circuit, now: Instant) -> bool:
    """Whether a message may be tried."""
    return circuit.opened_at is None or now >= circuit.probe_at


def probing(circuit: Circuit, now: Instant) -> Circuit:
    """A message was let through: the next one has to wait for what comes of it."""
    return circuit if circuit.opened_at is None else circuit._replace(probe_at=now + circuit.wait)


def failed(circuit: Circuit, now: Instant) -> Circuit:
    """The provider could not, or did not answer."""
    failures = circuit.failures + 1
    if circuit.opened_at is not None:
        wait = min(2 * circuit.wait, PROBE_LAST)
        return Circuit(failures, circuit.opened_at, now + wait, wait)
    if failures < TRIPS_AFTER:
        return Circuit(failures)
    return Circuit(failures, now, now + PROBE_FIRST, PROBE_FIRST)
