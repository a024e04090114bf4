"""Silences, compiled: whether one is active, until when, and what it mutes."""

from collections.abc import Callable

from escalator.core.alert import Silence, compile_match
from escalator.core.book import Book
from escalator.core.hours import edges, is_open
from escalator.core.instant import DAY, Instant
from escalator.core.oncall import Hours
from escalator.core.policy import Window


class Mute:
    """One silence; `open_until` says of one that recurs when its hours close, None while they are closed."""

    def __init__(self, silence: Silence, open_until: Callable[[Instant], Instant | None] | None = None) -> None:
        self.silence = silence
        self.matches = compile_match(silence.matchers)
        self._open_until = open_until

    def until(self, now: Instant) -> Instant | None:
        """When it ends, if it is active now."""
        if not self.silence.starts_at <= now < self.silence.ends_at:
            return None
        if self._open_until is None:
            return self.silence.ends_at
        closing = self._open_until(now)
        return None if closing is None else min(closing, self.silence.ends_at)


def mute_of(window: Window, book: Book) -> Mute:
    """A silence written in the policies, which may recur."""
    hours = book.hours.get(window.during or "")
    return Mute(window.silence) if hours is None else Mute(window.silence, lambda now: _closing(hours, now))


def _closing(hours: Hours, now: Instant) -> Instant | None:
    """When the open window closes, None while none is open; a window is never longer than two days."""
    if not is_open(hours, now):
        return None
    return next((edge for edge in edges(hours, now + 1, now + 2 * DAY) if not is_open(hours, edge)), now + 2 * DAY)
