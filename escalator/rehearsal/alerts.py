"""The alerts of a rehearsal: the newest episode of each, its labels, and to which incident it belongs.

What the service keeps in its hot rows, kept in memory; no rule lives here.
"""

from collections.abc import Iterable, Mapping

from escalator.core.alert import Alert, Labels
from escalator.core.episodes import Episode, State
from escalator.core.instant import Instant


class Alerts:
    """By key, and by incident."""

    def __init__(self) -> None:
        self._episodes: dict[int, Episode] = {}
        self._labels: dict[int, Labels] = {}
        self._of: dict[int, set[int]] = {}

    def known(self, keys: Iterable[int]) -> dict[int, Episode]:
        return {key: self._episodes[key] for key in keys if key in self._episodes}

    def keep(self, episodes: Iterable[Episode]) -> None:
        for each in episodes:
            before = self._episodes.get(each.key)
            if before is not None and before.incident_id != each.incident_id:
                self._of[before.incident_id].discard(each.key)
            self._episodes[each.key] = each
            self._of.setdefault(each.incident_id, set()).add(each.key)

    def name(self, labels: Mapping[int, Labels]) -> None:
        """What they are called, by key."""
        self._labels.update(labels)

    def of(self, incident: int) -> list[Episode]:
        return [self._episodes[key] for key in sorted(self._of.get(incident, ()))]

    def firing(self, incident: int) -> list[Labels]:
        """The labels of those that count as firing."""
        return [self._labels.get(each.key, {}) for each in self.of(incident) if each.counts]

    def open(self, incident: int) -> dict[Episode, Labels]:
        """Those that are not resolved, with their labels."""
        return {each: self._labels.get(each.key, {}) for each in self.of(incident) if each.state is not State.RESOLVED}

    def started(self, alert: Alert) -> Instant | None:
        """Since when it fires, or fired last."""
        known = self._episodes.get(alert.key)
        return known.last_start if known else None

    def seen(self, incident: int, now: Instant) -> None:
        """Their sender repeated those that fire."""
        self.keep(each._replace(last_seen=now) for each in self.of(incident) if each.counts)

    def close(self, incident: int, now: Instant) -> None:
        open_ = [each for each in self.of(incident) if each.counts or each.state is State.HELD]
        self.keep(each._replace(state=State.RESOLVED, ends_at=now, hold_until=None) for each in open_)
