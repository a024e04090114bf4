"""One batch of deliveries in one transaction: read what they touch, judge each report, advance each incident, write.

The path of every alert, so what is read is read for the whole batch at once and written with one statement a table.
"""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from escalator.core import episodes
from escalator.core.alert import Alert, Severity, severity_of
from escalator.core.draft import STALE_MARGIN
from escalator.core.episodes import Episode, State, Verdict, repeats
from escalator.core.grouping import Tally, events_of, group_of, title_of, watched_values
from escalator.core.incident import Incident
from escalator.core.instant import Instant
from escalator.core.policy import Route
from escalator.core.reports import opened
from escalator.engine.delivered import Delivery, cut_off, truncation
from escalator.engine.lifecycle import Unit, Wake
from escalator.engine.world import View
from escalator.store import alerts, incidents, numbers, windows
from escalator.store.alerts import Body, encode

__all__ = ["Batch", "Delivery"]


class Home(NamedTuple):
    """Where an alert belongs that begins to fire."""

    route: Route
    key: int
    labels: dict[str, str]
    severity: Severity
    heartbeat: str | None

    @property
    def opens_nothing(self) -> bool:
        return self.heartbeat is not None or self.route.drop is not None


Report = tuple[Alert, int]
"""An alert and its key."""


class Batch:
    """Lives for one transaction."""

    def __init__(self, connection: Connection, world: View, now: Instant) -> None:
        self._connection = connection
        self._world = world
        self._now = now
        self._unit = Unit(connection, world, now)
        self._known: dict[int, Episode] = {}
        self._stored: frozenset[int] = frozenset()
        self._dirty: set[int] = set()
        self._touched: set[int] = set()
        self._homes: dict[int, Home] = {}
        self._by_group: dict[int, int] = {}
        self._openings: dict[int, tuple[Home, Alert]] = {}
        self._bodies: list[Body] = []
        self._reworded: list[Body] = []
        self._superseded: list[Episode] = []
        self._beats: list[str] = []
        self._synthetic: frozenset[int] = frozenset()
        self._incident_ids: list[int] = []
        self._episode_ids: list[int] = []

    def run(self, deliveries: Sequence[Delivery]) -> Wake:
        """Everything but the commit."""
        reports = self._reports(deliveries)
        self._read([report for each in reports for report in each])
        for delivery, each in zip(deliveries, reports, strict=True):
            self._deliver(each, delivery)
        return self._write()

    # --- read ---------------------------------------------------------------------------------------------------

    def _reports(self, deliveries: Sequence[Delivery]) -> list[list[Report]]:
        """By delivery, its alerts with their keys, and the one that stands for what it cut off, now or before."""
        reports = [[(alert, alert.key) for alert in delivery.alerts] for delivery in deliveries]
        cuts = [cut_off(delivery) for delivery in deliveries]
        self._synthetic = frozenset(cuts)
        self._known = alerts.load(self._connection, {*cuts, *(key for each in reports for _, key in each)})
        cut_now = {key for delivery, key in zip(deliveries, cuts, strict=True) if delivery.truncated}
        for delivery, each, key in zip(deliveries, reports, cuts, strict=True):
            if delivery.group and delivery.alerts and (key in cut_now or key in self._known):
                each.append((truncation(delivery, key, self._now), key))
        return reports

    def _read(self, reports: Sequence[Report]) -> None:
        self._stored = frozenset(self._known)
        ids, groups, closing = set(), set(), set()
        beginning = 0
        for alert, key in reports:
            known = self._known.get(key)
            if known is not None and known.incident_id and not repeats(alert, known):
                ids.add(known.incident_id)
                if not alert.firing:
                    closing.add(known.incident_id)
            begins = alert.firing and (known is None or not known.counts)
            if begins and not self._home(alert, key).opens_nothing:
                beginning += 1
                groups.add(self._home(alert, key).key)
        self._meet(ids, groups)
        self._unit.expect_telling(closing)
        self._episode_ids = list(numbers.take(self._connection, "episode_id", beginning))[::-1]
        new = len(groups - self._by_group.keys())
        self._incident_ids = list(numbers.take(self._connection, "incident_id", new))[::-1]

    def _meet(self, ids: set[int], groups: set[int]) -> None:
        if ids:
            self._unit.meet(incidents.load(self._connection, ids).values())
        since = self._now - max(self._reopen_windows, default=0)
        for key, incident in (incidents.by_keys(self._connection, groups, since) if groups else {}).items():
            self._meet_group(key, incident)

    def _meet_group(self, key: int, incident: Incident) -> None:
        route = self._world.book.route_named(incident.route)
        window = (route.timing if route else self._world.book.timing).reopen_window
        if incident.open or (incident.resolved_at or 0) >= self._now - window:
            self._by_group[key] = incident.id
        if incident.id not in self._unit.incidents:
            self._unit.meet([incident])

    @property
    def _reopen_windows(self) -> list[int]:
        book = self._world.book
        return [book.timing.reopen_window, *(route.timing.reopen_window for route in book.routes)]

    def _home(self, alert: Alert, key: int) -> Home:
        home = self._homes.get(key)
        if home is None:
            book = self._world.book
            labels = book.filled(alert.labels)
            route = book.route(labels)
            group, names = group_of(route, labels)
            home = Home(route, group, names, severity_of(labels), self._world.heartbeat(labels))
            self._homes[key] = home
        return home

    # --- judge --------------------------------------------------------------------------------------------------

    def _deliver(self, reports: Sequence[Report], delivery: Delivery) -> None:
        tallies: dict[int, Tally] = {}
        for alert, key in reports:
            known = self._known.get(key)
            if known is not None and repeats(alert, known):
                self._repeat(alert, key, known)
                continue
            self._judge(alert, key, known, tallies)
        stale_at = self._now + self._world.refresh_every + STALE_MARGIN
        for id, tally in tallies.items():
            self._advance(id, tally, stale_at)

    def _repeat(self, alert: Alert, key: int, known: Episode) -> None:
        if self._world.book.heartbeats and (beat := self._world.heartbeat(self._world.book.filled(alert.labels))):
            # It fired before the policies made it a heartbeat.
            self._beats.append(beat)
        words = _words(alert)
        if words == known.words and alert.starts_at >= known.first_start:
            self._touched.add(key)
            return
        if words != known.words:
            self._reworded.append(Body(known.episode_id, known.incident_id, key, alert))
        self._keep(episodes.refreshed(known, alert, words, self._now))

    def _judge(self, alert: Alert, key: int, known: Episode | None, tallies: dict[int, Tally]) -> None:
        verdict = episodes.judge(alert, known, self._now)
        if verdict in (Verdict.OPENED, Verdict.OPENED_LATE, Verdict.REOPENED):
            return self._begin(alert, key, known, verdict, tallies)
        if verdict is Verdict.RECORDED:
            return self._record(alert, key, known)
        if known is None or verdict in (Verdict.LATE, Verdict.STILL_HELD):
            return None
        if verdict is Verdict.HELD:
            return self._hold(alert, key, known, tallies)
        tally = tallies.setdefault(known.incident_id, Tally())
        if verdict in (Verdict.CLOSED, Verdict.UNHELD):
            self._keep(episodes.closed(known, alert, self._now))
            tally.closed += verdict is Verdict.CLOSED
            tally.unheld += verdict is Verdict.UNHELD
            return None
        self._keep(episodes.refreshed(known, alert, _words(alert), self._now))
        tally.blinked += verdict is Verdict.BLINKED
        tally.confirmed += known.state is State.UNCONFIRMED
        return None

    def _begin(
        self, alert: Alert, key: int, known: Episode | None, verdict: Verdict, tallies: dict[int, Tally]
    ) -> None:
        home = self._home(alert, key)
        if home.heartbeat:
            self._beats.append(home.heartbeat)
        if home.opens_nothing:
            return None
        if verdict is Verdict.OPENED_LATE and self._by_group.get(home.key) in self._unit.incidents:
            # Its group is known: a stale copy must neither page again nor worsen what it may not belong to.
            return self._hold_unseen(alert, key, known, tallies)
        id = self._incident(home, alert)
        if known is not None and known.state is State.HELD:
            tallies.setdefault(known.incident_id, Tally()).unheld += 1
        if known is not None and known.episode_id:
            self._superseded.append(known)
        episode = self._episode_number()
        self._keep(episodes.begun(alert, key, (episode, id), home.severity, _words(alert), self._now))
        self._bodies.append(Body(episode, id, key, alert))
        tally = tallies.setdefault(id, Tally())
        tally.fresh += 1
        tally.worst = max(tally.worst, home.severity)
        tally.values += watched_values(self._world.book, alert.labels)
        if self._world.mutes:
            tally.covers.append(self._world.silenced(self._world.book.filled(alert.labels), self._now))
        if verdict is Verdict.OPENED_LATE:
            tally.late, tally.hold = tally.late + 1, home.route.timing.reopen_hold
        return None

    def _episode_number(self) -> int:
        return self._episode_ids.pop() if self._episode_ids else numbers.take(self._connection, "episode_id", 1)[0]

    def _record(self, alert: Alert, key: int, known: Episode | None) -> None:
        if key not in self._synthetic:
            recorded = episodes.recorded(known, alert, severity_of(alert.labels), self._now)
            if recorded != known:
                self._keep(recorded)

    def _incident(self, home: Home, alert: Alert) -> int:
        """The open or reopenable incident of the group; else a new number, opened once the delivery is counted."""
        if home.key not in self._by_group:
            if not self._incident_ids:
                self._meet(set(), {home.key})
                self._incident_ids = list(numbers.take(self._connection, "incident_id", 1))
            if home.key not in self._by_group:
                self._by_group[home.key] = id = self._incident_ids.pop()
                self._openings[id] = (home, alert)
        return self._by_group[home.key]

    def _hold(self, alert: Alert, key: int, known: Episode, tallies: dict[int, Tally]) -> None:
        """On the open incident of its group, else on the one it belonged to; where that is gone, it opens anew."""
        home = self._home(alert, key)
        id = self._by_group.get(home.key, known.incident_id)
        if id not in self._unit.incidents and id not in self._openings:
            return self._begin(alert, key, known, Verdict.OPENED_LATE, tallies)
        self._wait(episodes.held(known, id, home.route.timing.reopen_hold, self._now), tallies)
        return None

    def _hold_unseen(self, alert: Alert, key: int, known: Episode | None, tallies: dict[int, Tally]) -> None:
        """The firing of what was only ever heard as resolved: its first episode, held on the incident of its group."""
        home = self._home(alert, key)
        id, episode = self._by_group[home.key], self._episode_number()
        begun = episodes.begun(alert, key, (episode, id), home.severity, _words(alert), self._now)
        begun = begun._replace(ends_at=known.ends_at if known else None)
        self._bodies.append(Body(episode, id, key, alert))
        self._wait(episodes.held(begun, id, home.route.timing.reopen_hold, self._now), tallies)

    def _wait(self, held: Episode, tallies: dict[int, Tally]) -> None:
        self._keep(held)
        tally = tallies.setdefault(held.incident_id, Tally())
        tally.held += 1
        tally.held_until = max(tally.held_until, held.hold_until or 0)

    def _keep(self, episode: Episode) -> None:
        self._known[episode.key] = episode
        self._dirty.add(episode.key)

    # --- advance and write --------------------------------------------------------------------------------------

    def _advance(self, id: int, tally: Tally, stale_at: Instant) -> None:
        if id in self._openings:
            home, alert = self._openings.pop(id)
            book = self._world.book
            title = title_of(alert, book.filled(alert.labels), book)
            self._unit.open(opened(id, home.key, home.route, tally.worst, title, home.labels, book, self._now))
        if id not in self._unit.incidents:
            return
        for event in events_of(self._unit.incidents[id], tally, stale_at):
            self._unit.advance(id, event)
        self._unit.run_levels(id)

    def _write(self) -> Wake:
        connection = self._connection
        alerts.insert(connection, [self._known[key] for key in self._dirty if key not in self._stored])
        alerts.update(connection, [self._known[key] for key in self._dirty if key in self._stored])
        alerts.touch(connection, sorted(self._touched - self._dirty), self._now)
        alerts.supersede(connection, self._superseded)
        alerts.append(connection, self._bodies)
        alerts.reword(connection, self._reworded)
        windows.beat(connection, self._beats, self._now)
        return self._unit.flush()


def _words(alert: Alert) -> int:
    return zlib.crc32(alert.generator_url.encode("utf-8", "replace"), zlib.crc32(encode(alert.annotations)))
