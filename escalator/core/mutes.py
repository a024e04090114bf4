"""Silences, compiled: whether one is active, until when, and what it mutes; and what all of them mute together."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from escalator.core.alert import Labels, Silence, compile_match
from escalator.core.book import Book
from escalator.core.hours import Hours, is_open, next_closing, next_opening, windows
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

    def spells(self, since: Instant, until: Instant) -> list[tuple[Instant, Instant]]:
        """When it mutes within [since, until), in order; windows that adjoin are one."""
        low, high = max(since, self.silence.starts_at), min(until, self.silence.ends_at)
        if low >= high:
            return []
        found: list[tuple[Instant, Instant]] = []
        for opens, closes in sorted(windows(self._hours, low, high)) if self._hours else [(low, high)]:
            begin, end = max(opens, low), min(closes, high)
            if begin < end and found and begin <= found[-1][1]:
                found[-1] = (found[-1][0], max(end, found[-1][1]))
            elif begin < end:
                found.append((begin, end))
        return found


def mutes_of(book: Book, made: Iterable[Silence]) -> tuple[Mute, ...]:
    """Those made by hand, and those written in the policies, which may recur."""
    written = (Mute(window.silence, book.hours.get(window.during or "")) for window in book.silences)
    return (*map(Mute, made), *written)


LOOKED_AT_AGAIN = 2 * DAY
"""At the latest, where hours never close."""


def _closing(hours: Hours, now: Instant) -> Instant | None:
    """When the open window closes, None while none is open."""
    return min(next_closing(hours, now), now + LOOKED_AT_AGAIN) if is_open(hours, now) else None


def silenced(mutes: Iterable[Mute], labels: Labels, now: Instant) -> tuple[Instant, str] | None:
    """Until when, and why, notifications about such an alert are withheld."""
    found = [(until, mute.silence.reason) for mute in mutes if (until := mute.until(now)) and mute.matches(labels)]
    return max(found) if found else None


def covered(mutes: Sequence[Mute], many: Iterable[Labels], now: Instant) -> tuple[Instant, str] | None:
    """Until when every one of these alerts is silenced."""
    found = [silenced(mutes, labels, now) for labels in many]
    return min(each for each in found if each) if found and all(found) else None


class Reached(NamedTuple):
    """How far one silence reaches into one incident."""

    matched: int
    """Alerts that it mutes."""
    firing: int
    silent_before: bool
    """Whether others cover every alert already."""
    silent: bool
    """Whether every alert is covered with it."""

    @property
    def partly(self) -> bool:
        """Whether people are paged of it all the same."""
        return not self.silent


def reached(mute: Mute, others: Sequence[Mute], many: Sequence[Labels], now: Instant) -> Reached | None:
    """What the silence would do now to an incident with these alerts, as `covered` decides; None: nothing."""
    matched = [mute.matches(labels) for labels in many]
    if not any(matched):
        return None
    covered_so = [bool(silenced(others, labels, now)) for labels in many]
    silent = all(mine or theirs for mine, theirs in zip(matched, covered_so, strict=True))
    return Reached(sum(matched), len(many), all(covered_so), silent)
