"""One batch of deliveries in one transaction: read what they touch, judge each report, advance each incident, write.

The path of every alert, so what is read is read for the whole batch at once and written with one statement a table.
What a report means is `core.judging`'s.
"""

import zlib
from collections.abc import Sequence

from sqlalchemy import Connection

from escalator.core.alert import Alert
from escalator.core.draft import STALE_MARGIN
from escalator.core.episodes import repeats
from escalator.core.grouping import Tally, belongs, events_of, longest_reopening
from escalator.core.incident import Incident
from escalator.core.instant import Instant
from escalator.core.judging import Judge, Report
from escalator.engine.delivered import Delivery, cut_off, truncation
from escalator.engine.lifecycle import Unit
from escalator.engine.wakes import Wake
from escalator.engine.world import View
from escalator.store import alerts, incidents, numbers, windows
from escalator.store.alerts import encode

__all__ = ["Batch", "Delivery"]


class Batch:
    """Lives for one transaction. Gives the judge its numbers."""

    def __init__(self, connection: Connection, world: View, now: Instant) -> None:
        self._connection = connection
        self._world = world
        self._now = now
        self._unit = Unit(connection, world, now)
        self._judge = Judge(world.book, world.mutes, self, self._unit.incidents, _words, now)
        self._stored: frozenset[int] = frozenset()
        self._incident_ids: list[int] = []
        self._episode_ids: list[int] = []

    def run(self, deliveries: Sequence[Delivery]) -> Wake:
        """Everything but the commit."""
        reports = self._reports(deliveries)
        self._read([report for each in reports for report in each])
        stale_at = self._now + self._world.refresh_every + STALE_MARGIN
        for each in reports:
            for id, tally in self._judge.hear(each).items():
                self._advance(id, tally, stale_at)
        return self._write()

    # --- read ---------------------------------------------------------------------------------------------------

    def _reports(self, deliveries: Sequence[Delivery]) -> list[list[Report]]:
        """By delivery, its alerts with their keys, and the one that stands for what it cut off, now or before."""
        reports = [[(alert, alert.key) for alert in delivery.alerts] for delivery in deliveries]
        cuts = [cut_off(delivery) for delivery in deliveries]
        self._judge.synthetic = frozenset(cuts)
        known = alerts.load(self._connection, {*cuts, *(key for each in reports for _, key in each)})
        self._judge.known, self._stored = known, frozenset(known)
        cut_now = {key for delivery, key in zip(deliveries, cuts, strict=True) if delivery.truncated}
        for delivery, each, key in zip(deliveries, reports, cuts, strict=True):
            if delivery.group and delivery.alerts and (key in cut_now or key in known):
                each.append((truncation(delivery, key, self._now), key))
        return reports

    def _read(self, reports: Sequence[Report]) -> None:
        judge = self._judge
        ids, groups, closing = set(), set(), set()
        beginning = 0
        for alert, key in reports:
            known = judge.known.get(key)
            if known is not None and known.incident_id and not repeats(alert, known):
                ids.add(known.incident_id)
                if not alert.firing:
                    closing.add(known.incident_id)
            begins = alert.firing and (known is None or not known.counts)
            if begins and not judge.home(alert, key).opens_nothing:
                beginning += 1
                groups.add(judge.home(alert, key).key)
        self._meet(ids, groups)
        self._unit.expect_telling(closing)
        self._episode_ids = list(numbers.take(self._connection, "episode_id", beginning))[::-1]
        new = len(groups - judge.by_group.keys())
        self._incident_ids = list(numbers.take(self._connection, "incident_id", new))[::-1]

    def _meet(self, ids: set[int], groups: set[int]) -> None:
        if ids:
            self._unit.meet(incidents.load(self._connection, ids).values())
        since = self._now - longest_reopening(self._world.book)
        for key, incident in (incidents.by_keys(self._connection, groups, since) if groups else {}).items():
            self._meet_group(key, incident)

    def _meet_group(self, key: int, incident: Incident) -> None:
        if belongs(incident, self._world.book, self._now):
            self._judge.by_group[key] = incident.id
        if incident.id not in self._unit.incidents:
            self._unit.meet([incident])

    # --- numbers ------------------------------------------------------------------------------------------------

    def episode(self) -> int:
        return self._episode_ids.pop() if self._episode_ids else numbers.take(self._connection, "episode_id", 1)[0]

    def incident(self, group: int) -> int | None:
        if not self._incident_ids:
            self._meet(set(), {group})
            self._incident_ids = list(numbers.take(self._connection, "incident_id", 1))
        return None if group in self._judge.by_group else self._incident_ids.pop()

    # --- advance and write --------------------------------------------------------------------------------------

    def _advance(self, id: int, tally: Tally, stale_at: Instant) -> None:
        opening = self._judge.opening(id, tally.worst)
        if opening is not None:
            self._unit.open(opening)
        if id not in self._unit.incidents:
            return
        for event in events_of(self._unit.incidents[id], tally, stale_at):
            self._unit.advance(id, event)
        self._unit.run_levels(id)

    def _write(self) -> Wake:
        connection, judge = self._connection, self._judge
        alerts.insert(connection, [judge.known[key] for key in judge.dirty if key not in self._stored])
        alerts.update(connection, [judge.known[key] for key in judge.dirty if key in self._stored])
        alerts.touch(connection, sorted(judge.touched - judge.dirty), self._now)
        alerts.supersede(connection, judge.superseded)
        alerts.append(connection, judge.bodies)
        alerts.reword(connection, judge.reworded)
        windows.beat(connection, judge.beats, self._now)
        return self._unit.flush()


def _words(alert: Alert) -> int:
    return zlib.crc32(alert.generator_url.encode("utf-8", "replace"), zlib.crc32(encode(alert.annotations)))
