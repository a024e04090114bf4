"""When a provider wants to be asked again: its Retry-After as seconds from now. Pure."""

from datetime import UTC
from email.utils import parsedate_to_datetime

LONGEST = 86_400.0
"""Seconds: whatever is asked for beyond a day."""


def seconds(header: str | None, wall: float = 0.0) -> float | None:
    """A number of seconds, or a date (RFC 9110, 10.2.3); None for neither. `wall`: seconds since 1970."""
    if not header:
        return None
    if header.isascii() and header.isdigit():
        return min(float(header[:10]), LONGEST)
    try:
        at = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(0.0, at.timestamp() - wall), LONGEST)
