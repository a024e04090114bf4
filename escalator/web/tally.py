"""How often something happened lately, by key, in bounded memory. For complaints and for limits on guessing."""

from collections import deque

from escalator.core.instant import Instant, Span

_KEYS = 1024
"""Keys remembered; the oldest go first."""


class Tally:
    """Counts to `limit` within a span."""

    def __init__(self, limit: int, within: Span) -> None:
        self.limit = limit
        self.within = within
        self._seen: dict[str, deque[Instant]] = {}

    def full(self, key: str, now: Instant) -> bool:
        """Whether `limit` happened within the span that ends now."""
        seen = self._seen.get(key)
        return seen is not None and len(seen) == self.limit and now - seen[0] <= self.within

    def add(self, key: str, now: Instant) -> bool:
        """Counts one more; whether that makes it full."""
        seen = self._seen.pop(key, None)
        if seen is None:
            seen = deque(maxlen=self.limit)
            while len(self._seen) >= _KEYS:
                self._seen.pop(next(iter(self._seen)))
        seen.append(now)
        self._seen[key] = seen
        return self.full(key, now)
