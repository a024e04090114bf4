"""How many messages a contact bears, and what happens to those beyond: they wait and go out together.

Caps are GoAlert's: five texts and three calls in a quarter of an hour. Pure; the engine brings what was sent before.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from escalator.core.instant import MINUTE, Instant, Span

MOST_IN_ONE = 500
"""Incidents in one message; further ones go out in the next."""


class Cap(NamedTuple):
    """At most so many messages to one contact within a span."""

    most: int
    within: Span


CAPS: Mapping[str, Cap] = {"sms": Cap(5, 15 * MINUTE), "call": Cap(3, 15 * MINUTE)}


def free_at(cap: Cap, sent: Sequence[Instant], now: Instant) -> Instant:
    """When the contact bears another message: `now`, or when the oldest that counts is old enough. `sent`: sorted."""
    counted = [at for at in sent if at > now - cap.within]
    return now if len(counted) < cap.most else counted[-cap.most] + cap.within
