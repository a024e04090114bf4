"""RFC 3339 to instants, fast: an alert carries two of them, and a storm carries the same few again and again.

Any offset, any number of fraction digits, Go's zero time as "absent"; what a datetime cannot hold is clamped.
"""

import re
from datetime import datetime

from escalator.core.instant import LATEST, Instant, from_datetime

ABSENT = "0001-01-01T00:00:00Z"
"""Go's zero time: how Alertmanager writes "not yet"."""

_LIMIT = 8192
"""Entries a cache may hold before it starts anew: about 1 MB."""
_LONGEST = 40
"""Characters of a stamp worth keeping: longer ones are somebody's joke."""
_STAMP = re.compile(
    r"([0-9]{4,9})-([0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?(Z|z|[+-][0-9:]{5})"
)
_SCALE = (1_000_000, 100_000, 10_000, 1_000, 100, 10, 1)

_known: dict[str, Instant] = {}
_seconds: dict[str, Instant] = {}


def instant_of(text: str) -> Instant | None:
    """The instant, from 1970 to 9999; None for Go's zero time and for nothing; raises ValueError for anything else."""
    known = _known.get(text)
    if known is not None:
        return known
    if text == ABSENT or not text:
        return None
    second = _seconds.get(text[:19])
    fraction = text[20:-1]
    if second is None or text[-1] != "Z" or text[19] != "." or not (fraction.isdecimal() and fraction.isascii()):
        return _remember(text)
    fraction = fraction[:6]
    instant = second + int(fraction) * _SCALE[len(fraction)]
    _keep(_known, text, instant)
    return instant


def _remember(text: str) -> Instant | None:
    instant = _read(text)
    if instant is not None and len(text) <= _LONGEST:
        _keep(_known, text, instant)
        if text[-1] == "Z" and text[10] == "T" and 0 < instant < LATEST:
            _keep(_seconds, text[:19], instant - instant % 1_000_000)
    return instant


def _read(text: str) -> Instant | None:
    found = _STAMP.fullmatch(text)
    if found is None:
        raise ValueError(f"not an RFC 3339 time: {text[:_LONGEST]!r}")
    year, day, clock, fraction, zone = found.groups()
    if int(year) > 9999:
        return LATEST
    if int(year) <= 1:
        return None
    offset = "+00:00" if zone in "Zz" else zone
    second = from_datetime(datetime.fromisoformat(f"{year}-{day}T{clock}{offset}"))
    return min(max(second + int((fraction or "0")[:6].ljust(6, "0")), 0), LATEST)


def _keep(cache: dict[str, Instant], text: str, instant: Instant) -> None:
    if len(cache) >= _LIMIT:
        cache.clear()
    cache[text] = instant
