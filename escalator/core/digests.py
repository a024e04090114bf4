"""How many messages a contact bears, and what happens to those beyond: they wait and go out together.

Caps are GoAlert's: five texts and three calls in a quarter of an hour. Pure; the engine brings what was sent before.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from escalator.core.effects import Bundle
from escalator.core.instant import MINUTE, Instant, Span, spoken

MOST_IN_ONE = 500
"""Incidents in one message; further ones go out in the next."""


class Cap(NamedTuple):
    """At most so many messages to one contact within a span."""

    most: int
    within: Span


CAPS: Mapping[str, Cap] = {"sms": Cap(5, 15 * MINUTE), "call": Cap(3, 15 * MINUTE)}


NEVER_HELD = (Bundle.ALONE, Bundle.FIRST_IN_STORM)


def held_until(
    via: str, bundle: int, id: int, sent: Iterable[tuple[int, Instant]], beside: Container[int], now: Instant
) -> Instant | None:
    """Until when a message that is due waits, because its contact has had enough; None: it goes out.

    `sent`: (message, when) of what the contact had; `beside`: messages that are judged together with this one, itself
    included, of which only earlier tries count.
    """
    cap = CAPS.get(via)
    if cap is None:
        return None
    had = [(other, at) for other, at in sent if at > now - cap.within]
    if bundle in NEVER_HELD and not any(other == id and at < now for other, at in had):
        return None  # a first page; once it went out, its repeats count like any message
    free = free_at(cap, sorted(at for other, at in had if other not in beside or at < now), now)
    return free if free > now else None


def held_because(via: str) -> str:
    cap = CAPS[via]
    return f"held back: {cap.most} messages within {spoken(cap.within)} are enough; it goes out with the next"


def free_at(cap: Cap, sent: Sequence[Instant], now: Instant) -> Instant:
    """When the contact bears another message: `now`, or when the oldest that counts is old enough. `sent`: sorted."""
    counted = [at for at in sent if at > now - cap.within]
    return now if len(counted) < cap.most else counted[-cap.most] + cap.within
