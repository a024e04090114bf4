"""Time as the rules see it: an instant is an int, microseconds since 1970-01-01T00:00Z; a span, microseconds.

Integers compare exactly, store as BIGINT on both databases and cost nothing to add. Only calendars (schedules,
hours) need datetimes, and they convert here. Nothing in this package asks what time it is.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

Instant = int
Span = int

SECOND: Span = 1_000_000
MINUTE: Span = 60 * SECOND
HOUR: Span = 60 * MINUTE
DAY: Span = 24 * HOUR
WEEK: Span = 7 * DAY

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Instant = 253_402_300_799 * SECOND
"""9999-12-31T23:59:59Z: later instants could be stored but not read back as a datetime."""


def from_datetime(moment: datetime) -> Instant:
    """The instant of an aware datetime; raises TypeError for a naive one."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def to_datetime(instant: Instant) -> datetime:
    """The UTC datetime of an instant, clamped to what a datetime can hold."""
    return EPOCH + timedelta(microseconds=min(max(instant, 0), LATEST))


def rfc3339(instant: Instant) -> str:
    """As doors and messages write it: `2026-03-04T03:10:00Z`, with milliseconds only where there are any."""
    text = to_datetime(instant).isoformat(timespec="milliseconds")
    return f"{text[:19]}Z" if text[20:23] == "000" else f"{text[:23]}Z"


@lru_cache(maxsize=1024)
def spoken(span: Span) -> str:
    """A span in the policy language's own notation: `90s`, `5m`, `1h30m`, `2d`."""
    seconds = max(0, round(span / SECOND))
    if seconds < 120 and seconds % 60:
        return f"{seconds}s"
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts[:2]) or "0s"
