"""What a committed transaction makes due: what the clock and the senders are told."""

from typing import NamedTuple

from escalator.core.instant import Instant


class Wake(NamedTuple):
    """What a committed transaction makes due, so that the clock and the senders need not wait for their next look."""

    due_at: Instant | None
    vias: frozenset[str]
    opened: int = 0
    paged_after: tuple[int, ...] = ()
    """Microseconds from opening to first page, of incidents paged for the first time."""
    acknowledged_after: tuple[int, ...] = ()
    lateness: tuple[int, ...] = ()
    """Microseconds by which passed deadlines were late."""


QUIET = Wake(None, frozenset())
"""Nothing is due by it."""


def shared(wake: Wake, number: int) -> list[Wake]:
    """For callers whose items were one transaction: the first wakes clock and senders for all."""
    return [wake, *[QUIET] * (number - 1)]
