"""What the alerts of an incident say when a hold-down ends, or when it is time to ask whether they were refreshed.

A source that went silent neither proves nor disproves; an ambiguous firing that nobody took back was true.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from escalator.core import events
from escalator.core.alert import Severity
from escalator.core.book import Book
from escalator.core.draft import CLOSE_UNCONFIRMED_AFTER, STALE_MARGIN
from escalator.core.episodes import Episode, State
from escalator.core.instant import HOUR, Instant, Span

ASK_AGAIN = HOUR
"""How often an incident whose every alert is unconfirmed is looked at again."""


class Heard(NamedTuple):
    """What reaches the incident, and the episodes that change by it."""

    event: events.Event
    changed: tuple[Episode, ...]


def hold_over(episodes: Iterable[Episode], now: Instant) -> Heard:
    """No resolve came within the hold."""
    held = [each for each in episodes if each.state is State.HELD]
    ready = [each for each in held if each.hold_until is None or each.hold_until <= now]
    later = [each.hold_until for each in held if each.hold_until is not None and each.hold_until > now]
    worst = max((each.severity for each in ready), default=Severity.INFO)
    changed = tuple(each._replace(state=State.FIRING, ends_at=None, hold_until=None) for each in ready)
    return Heard(events.HoldDue(len(ready), min(later, default=None), worst), changed)


def refresh_due(episodes: Iterable[Episode], refresh: Span, healthy: bool, now: Instant) -> Heard:
    """`refresh`: how often the source repeats what fires; `healthy`: whether what should be heard of it is heard."""
    patience = refresh + STALE_MARGIN
    counting = [each for each in episodes if each.counts]
    late = [each for each in counting if each.last_seen + patience <= now]
    fresh = [each.last_seen for each in counting if each.last_seen + patience > now]
    newest = max((each.last_seen for each in counting), default=now)
    close = not fresh and now - newest >= CLOSE_UNCONFIRMED_AFTER and healthy
    next_at = min(fresh) + patience if fresh else now + ASK_AGAIN
    changed = tuple(each._replace(state=State.UNCONFIRMED) for each in late if each.state is State.FIRING)
    return Heard(events.StaleDue(len(late), next_at, close), changed)


def healthy(book: Book, heard: Mapping[str, Instant], now: Instant) -> bool:
    """Silence proves nothing unless something that should be heard is heard."""
    beats = book.heartbeats
    return bool(beats) and all(heard.get(beat.name, 0) + 2 * beat.expect_every > now for beat in beats)
