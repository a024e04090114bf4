"""What a failed message means, out of the few words that apprise logs. Pure.

Apprise says yes or no, and nothing else by itself; its plugins write `error=404` at the end of a warning.
"""

import re
from collections.abc import Sequence

from escalator.channels.base import NotSent

STATUS = re.compile(r"error[=:]\s*([1-5][0-9]{2})(?:[0-9]{2})?\b")
"""ntfy's own codes are the status and two digits more: 42901."""
# requests' words for a connection that never was.
NEVER_WENT = re.compile(
    r"(?i)NewConnectionError|ConnectTimeout|NameResolutionError|refused|Name or service|getaddrinfo|SSLError"
)
BROKEN = "Socket Exception"
RATE_WAIT = 30.0
"""Seconds: apprise keeps a Retry-After to itself."""
CONTENT = frozenset((400, 413, 422))
"""It may be the words that are refused."""


def status_of(said: Sequence[str]) -> int | None:
    """The last HTTP status that was logged."""
    found = [int(match[1]) for line in said for match in STATUS.finditer(line)]
    return found[-1] if found else None


def fate(said: Sequence[str], detail: str) -> NotSent:
    """`detail` is what people may read of it."""
    status = status_of(said)
    if status is not None:
        return judged(status, detail)
    broken = [line for line in said if BROKEN in line]
    if any(NEVER_WENT.search(line) for line in broken):
        return NotSent("temporary", f"no connection: {detail}")
    if broken:
        return NotSent("ambiguous", f"no answer: {detail}")
    return NotSent("temporary", detail)


def judged(status: int, detail: str, retry_after: float | None = None) -> NotSent:
    """What an HTTP status means for this one address."""
    if status == 429:
        return NotSent("temporary", detail, retry_after or RATE_WAIT)
    if status >= 500 or status == 408:
        return NotSent("temporary", detail, retry_after)
    return NotSent("permanent", detail, blames="contact")
