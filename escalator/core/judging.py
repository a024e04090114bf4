"""What a delivery's reports come to: each is judged against what is known of its alert, and counted for its incident.

The verdicts are `episodes`', what a tally means for an incident is `grouping`'s. Nothing is read or written here: what
is known is brought, what became of it is taken away, by the database's batch and by a rehearsal alike.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from escalator.core import episodes
from escalator.core.alert import Alert, Severity, severity_of
from escalator.core.book import Book
from escalator.core.episodes import Body, Episode, State, Verdict, repeats
from escalator.core.grouping import Tally, group_of, title_of, watched_values
from escalator.core.incident import Incident
from escalator.core.instant import Instant
from escalator.core.mutes import Mute, silenced
from escalator.core.policy import Route
from escalator.core.reports import opened

Report = tuple[Alert, int]
"""An alert and its key."""


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


def home_of(alert: Alert, book: Book) -> Home:
    """By the alert's labels, gaps filled from the catalogue."""
    labels = book.filled(alert.labels)
    route = book.route(labels)
    group, names = group_of(route, labels)
    return Home(route, group, names, severity_of(labels), book.heartbeat(labels))


class Numbers(Protocol):
    """Gives out numbers that nobody had before."""

    def episode(self) -> int: ...

    def incident(self, group: int) -> int | None:
        """For a new incident of a group; None where the group turned out to have one, now in `by_group`."""


class Judge:
    """Lives for one batch of deliveries, all received at `now`."""

    def __init__(
        self, book: Book, mutes: Sequence[Mute], numbers: Numbers, incidents: Mapping[int, Incident],
        words: Callable[[Alert], int], now: Instant,
    ) -> None:  # fmt: skip
        """`incidents`: those that may be touched, as they are becoming; `words`: a digest of an alert's texts."""
        self._book, self._mutes, self._numbers, self._incidents = book, mutes, numbers, incidents
        self._words, self._now = words, now
        self._homes: dict[int, Home] = {}
        self.known: dict[int, Episode] = {}
        """By key, the newest episode of each alert."""
        self.by_group: dict[int, int] = {}
        """By group key, its incident: the open one, or one that may open again."""
        self.synthetic: frozenset[int] = frozenset()
        """Keys of alerts that stand for what a sender cut off."""
        self.openings: dict[int, tuple[Home, Alert]] = {}
        """By number, incidents that are to be opened, and what by."""
        self.bodies: list[Body] = []
        self.reworded: list[Body] = []
        self.superseded: list[Episode] = []
        self.beats: list[str] = []
        self.dirty: set[int] = set()
        self.touched: set[int] = set()

    def home(self, alert: Alert, key: int) -> Home:
        home = self._homes.get(key)
        if home is None:
            home = self._homes[key] = home_of(alert, self._book)
        return home

    def hear(self, reports: Sequence[Report]) -> dict[int, Tally]:
        """One delivery; by incident, what it says of it."""
        tallies: dict[int, Tally] = {}
        for alert, key in reports:
            known = self.known.get(key)
            if known is not None and repeats(alert, known):
                self._repeat(alert, key, known)
                continue
            self._judge(alert, key, known, tallies)
        return tallies

    def opening(self, id: int, worst: Severity) -> Incident | None:
        """The new incident of that number, once its delivery is counted; None where it is not new."""
        if id not in self.openings:
            return None
        home, alert = self.openings.pop(id)
        title = title_of(alert, self._book.filled(alert.labels), self._book)
        return opened(id, home.key, home.route, worst, title, home.labels, self._book, self._now)

    def _repeat(self, alert: Alert, key: int, known: Episode) -> None:
        if self._book.heartbeats and (beat := self._book.heartbeat(self._book.filled(alert.labels))):
            # It fired before the policies made it a heartbeat.
            self.beats.append(beat)
        words = self._words(alert)
        if words == known.words and alert.starts_at >= known.first_start:
            self.touched.add(key)
            return
        if words != known.words:
            self.reworded.append(Body(known.episode_id, known.incident_id, key, alert))
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
        self._keep(episodes.refreshed(known, alert, self._words(alert), self._now))
        tally.blinked += verdict is Verdict.BLINKED
        tally.confirmed += known.state is State.UNCONFIRMED
        return None

    def _begin(
        self, alert: Alert, key: int, known: Episode | None, verdict: Verdict, tallies: dict[int, Tally]
    ) -> None:
        home = self.home(alert, key)
        if home.heartbeat:
            self.beats.append(home.heartbeat)
        if home.opens_nothing:
            return None
        if verdict is Verdict.OPENED_LATE and self.by_group.get(home.key) in self._incidents:
            # Its group is known: a stale copy must neither page again nor worsen what it may not belong to.
            return self._hold_unseen(alert, key, known, tallies)
        id = self._incident(home, alert)
        if known is not None and known.state is State.HELD:
            tallies.setdefault(known.incident_id, Tally()).unheld += 1
        if known is not None and known.episode_id:
            self.superseded.append(known)
        episode = self._numbers.episode()
        self._keep(episodes.begun(alert, key, (episode, id), home.severity, self._words(alert), self._now))
        self.bodies.append(Body(episode, id, key, alert))
        tally = tallies.setdefault(id, Tally())
        tally.fresh += 1
        tally.worst = max(tally.worst, home.severity)
        tally.values += watched_values(self._book, alert.labels)
        if self._mutes:
            tally.covers.append(silenced(self._mutes, self._book.filled(alert.labels), self._now))
        if verdict is Verdict.OPENED_LATE:
            tally.late, tally.hold = tally.late + 1, home.route.timing.reopen_hold
        return None

    def _record(self, alert: Alert, key: int, known: Episode | None) -> None:
        if key not in self.synthetic:
            recorded = episodes.recorded(known, alert, severity_of(alert.labels), self._now)
            if recorded != known:
                self._keep(recorded)

    def _incident(self, home: Home, alert: Alert) -> int:
        """The open or reopenable incident of the group; else a new number, opened once the delivery is counted."""
        if home.key not in self.by_group:
            id = self._numbers.incident(home.key)
            if id is not None:
                self.by_group[home.key] = id
                self.openings[id] = (home, alert)
        return self.by_group[home.key]

    def _hold(self, alert: Alert, key: int, known: Episode, tallies: dict[int, Tally]) -> None:
        """On the open incident of its group, else on the one it belonged to; where that is gone, it opens anew."""
        home = self.home(alert, key)
        id = self.by_group.get(home.key, known.incident_id)
        if id not in self._incidents and id not in self.openings:
            return self._begin(alert, key, known, Verdict.OPENED_LATE, tallies)
        return self._wait(episodes.held(known, id, home.route.timing.reopen_hold, self._now), tallies)

    def _hold_unseen(self, alert: Alert, key: int, known: Episode | None, tallies: dict[int, Tally]) -> None:
        """The firing of what was only ever heard as resolved: its first episode, held on the incident of its group."""
        home = self.home(alert, key)
        id, episode = self.by_group[home.key], self._numbers.episode()
        begun = episodes.begun(alert, key, (episode, id), home.severity, self._words(alert), self._now)
        begun = begun._replace(ends_at=known.ends_at if known else None)
        self.bodies.append(Body(episode, id, key, alert))
        self._wait(episodes.held(begun, id, home.route.timing.reopen_hold, self._now), tallies)

    def _wait(self, held: Episode, tallies: dict[int, Tally]) -> None:
        self._keep(held)
        tally = tallies.setdefault(held.incident_id, Tally())
        tally.held += 1
        tally.held_until = max(tally.held_until, held.hold_until or 0)

    def _keep(self, episode: Episode) -> None:
        self.known[episode.key] = episode
        self.dirty.add(episode.key)
