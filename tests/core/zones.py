"""Every change of every clock on earth from 2026 to 2037, found by asking zoneinfo for offsets alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from escalator.core.instant import Instant, from_datetime

_SINCE, _UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)


class Jump(NamedTuple):
    """Clocks of a zone jump from one offset (seconds) to another at an instant (whole seconds since the epoch)."""

    second: int
    before: int
    after: int

    @property
    def wall(self) -> datetime:
        """What clocks would show at the jump if it did not happen."""
        return datetime(1970, 1, 1) + timedelta(seconds=self.second + self.before)  # noqa: DTZ001 - local time


def at(zone: str, wall: str, fold: int = 0) -> Instant:
    """The instant of a local time, as zoneinfo reads it."""
    return from_datetime(datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold))


def utc(moment: str) -> Instant:
    return from_datetime(datetime.fromisoformat(moment).replace(tzinfo=UTC))


@cache
def families() -> dict[str, tuple[Jump, ...]]:
    """One zone, the first by name, of each family that shares all its offsets, with its jumps."""
    found: dict[tuple[int, tuple[Jump, ...]], str] = {}
    for name, jumps in everywhere().items():
        found.setdefault((_offset(ZoneInfo(name), int(_SINCE.timestamp())), jumps), name)
    return {name: jumps for (_, jumps), name in found.items()}


@cache
def everywhere() -> dict[str, tuple[Jump, ...]]:
    """Every zone by name, with its jumps, those that are alike too."""
    return {name: tuple(_jumps(ZoneInfo(name))) for name in sorted(available_timezones())}


def _jumps(zone: ZoneInfo) -> Iterator[Jump]:
    step = 5 * 86400  # Morocco's Ramadan keeps its two jumps a month apart, and nobody's are closer
    for low in range(int(_SINCE.timestamp()), int(_UNTIL.timestamp()), step):
        before, after = _offset(zone, low), _offset(zone, low + step)
        if before != after:
            yield Jump(_bisect(zone, low, low + step), before, after)


def _bisect(zone: ZoneInfo, low: int, high: int) -> int:
    old = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == old else (low, middle)
    return high


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
