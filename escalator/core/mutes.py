"""Silences, compiled: whether one is active, until when, and what it mutes; and what all of them mute together."""

from collections.abc import Iterable, Sequence

from escalator.core.alert import Labels, Silence, compile_match
from escalator.core.book import Book
from escalator.core.hours import Hours, edges, is_open, next_opening
from escalator.core.instant import DAY, Instant


class Mute:
    """One silence; one that recurs is active while its hours are open."""

    def __init__(self, silence: Silence, hours: Hours | None = None) -> None:
        self.silence = silence
        self.matches = compile_match(silence.matchers)
        self._hours = hours

    def until(self, now: Instant) -> Instant | None:
        """When it ends, if it is active now."""
        if not self.silence.starts_at <= now < self.silence.ends_at:
            return None
        if self._hours is None:
            return self.silence.ends_at
        closing = _closing(self._hours, now)
        return None if closing is None else min(closing, self.silence.ends_at)

    def begins_after(self, now: Instant) -> Instant | None:
        """When it next begins to mute."""
        begin = max(self.silence.starts_at, now)
        if self._hours is not None:
            opening = next_opening(self._hours, self.until(begin) or begin)
            begin = begin if begin > now and is_open(self._hours, begin) else opening or now
        return begin if now < begin < self.silence.ends_at else None


def mutes_of(book: Book, made: Iterable[Silence]) -> tuple[Mute, ...]:
    """Those made by hand, and those written in the policies, which may recur."""
    written = (Mute(window.silence, book.hours.get(window.during or "")) for window in book.silences)
    return (*map(Mute, made), *written)


def _closing(hours: Hours, now: Instant) -> Instant | None:
    """When the open window closes, None while none is open; a window is never longer than two days."""
    if not is_open(hours, now):
        return None
    return next((edge for edge in edges(hours, now + 1, now + 2 * DAY) if not is_open(hours, edge)), now + 2 * DAY)


def silenced(mutes: Iterable[Mute], labels: Labels, now: Instant) -> tuple[Instant, str] | None:
    """Until when, and why, notifications about such an alert are withheld."""
    found = [(until, mute.silence.reason) for mute in mutes if (until := mute.until(now)) and mute.matches(labels)]
    return max(found) if found else None


def covered(mutes: Sequence[Mute], many: Iterable[Labels], now: Instant) -> tuple[Instant, str] | None:
    """Until when every one of these alerts is silenced."""
    found = [silenced(mutes, labels, now) for labels in many]
    return min(each for each in found if each) if found and all(found) else None
