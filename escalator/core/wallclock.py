"""Local times and the instants they mean. Nothing here knows of shifts or people.

Law: an ambiguous local time has a first and a last instant; a nonexistent one means the instant after the jump.
`first(wall) <= now` is the same as `wall <= reached(now)`, so whoever asks "has it begun?" need not convert `wall`.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from escalator.core.instant import HOUR, SECOND, Instant, Span, to_datetime

_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are naive by definition
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=1024)  # ZoneInfo keeps only eight zones for sure and reads the others from disk again
def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name; raises ZoneInfoNotFoundError or ValueError for a name that is none."""
    return ZoneInfo(name)


def first(wall: datetime, where: ZoneInfo) -> Instant:
    """The first instant at which clocks show the naive `wall`, or the instant after the jump that skips it."""
    early, late = _readings(wall, where)
    return early if early <= late else _jump(where, late, early)


def last(wall: datetime, where: ZoneInfo) -> Instant:
    """The last instant at which clocks show the naive `wall`, or the instant after the jump that skips it."""
    early, late = _readings(wall, where)
    return late if early <= late else _jump(where, late, early)


@lru_cache(maxsize=256)  # layers and hours of one schedule ask about the same instant, mostly in the same zone
def reached(now: Instant, where: ZoneInfo) -> datetime:
    """The latest local time, naive, that clocks have shown up to `now`.

    That is what they show, except after they were set back: then it stands still, just short of the local time
    at which that happened, until clocks have caught up. So it never decreases.
    """
    local = to_datetime(now).astimezone(where)
    if not local.fold:
        return local.replace(tzinfo=None)
    earlier, later = _readings(local.replace(tzinfo=None), where)
    jump = _jump(where, earlier, later)
    return _NAIVE_EPOCH + timedelta(microseconds=jump + _offset(jump - SECOND, where) - 1)


@lru_cache(maxsize=16384)  # some 400 days of twenty different hours
def _readings(wall: datetime, where: ZoneInfo) -> tuple[Instant, Instant]:
    """The instants that `wall` means by the offset before and after a change: equal away from any, ascending where
    ambiguous, descending where it does not exist.
    """
    aware = wall.replace(tzinfo=where, fold=0)
    before, after = aware.utcoffset(), aware.replace(fold=1).utcoffset()
    assert before is not None
    assert after is not None
    early = (wall - _NAIVE_EPOCH - before) // _MICROSECOND
    return early, early if before == after else early + (before - after) // _MICROSECOND


def _offset(instant: Instant, where: ZoneInfo) -> Span:
    offset = to_datetime(instant).astimezone(where).utcoffset()
    assert offset is not None
    return offset // _MICROSECOND


def _jump(where: ZoneInfo, before: Instant, after: Instant) -> Instant:
    """The first instant of the new offset, somewhere in (before, after]."""
    return _jump_between(where, before // HOUR, -(-after // HOUR))


@lru_cache(maxsize=4096)  # in whole hours, so that everybody who asks around one change shares the answer
def _jump_between(where: ZoneInfo, since_hour: int, until_hour: int) -> Instant:
    low, high = since_hour * 3600, until_hour * 3600
    old = _offset(low * SECOND, where)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle * SECOND, where) == old:
            low = middle
        else:
            high = middle
    return high * SECOND
