"""What a delivery's verdicts mean for each incident that they touch: which events, in which order.

What fires comes before what resolves, so that an incident whose alerts change places does not close in between.
"""

from dataclasses import dataclass, field

from escalator.core import events
from escalator.core.alert import Alert, Labels, Severity, group_key
from escalator.core.book import Book
from escalator.core.events import Event
from escalator.core.incident import Incident
from escalator.core.instant import Instant, Span
from escalator.core.policy import Route

TITLE = 200
"""Characters."""


@dataclass(slots=True)
class Tally:
    """What one delivery says of one incident."""

    fresh: int = 0
    """Alerts that begin to fire."""
    worst: Severity = Severity.INFO
    late: int = 0
    """How many of them may be stale copies."""
    hold: Span = 0
    """How long nobody is paged where all of them may be."""
    values: tuple[tuple[str, str], ...] = ()
    covers: list[tuple[Instant, str] | None] = field(default_factory=list)
    """Until when, and why, each fresh alert is silenced."""
    closed: int = 0
    held: int = 0
    held_until: Instant = 0
    unheld: int = 0
    blinked: int = 0
    confirmed: int = 0

    @property
    def wait(self) -> Span:
        """One alert that is surely true is not delayed by stale ones beside it."""
        return self.hold if self.late == self.fresh else 0

    @property
    def cover(self) -> tuple[Instant, str] | None:
        """Until when all fresh alerts are silenced."""
        return min(c for c in self.covers if c) if self.covers and all(self.covers) else None


def events_of(incident: Incident, tally: Tally, stale_at: Instant) -> list[Event]:
    """In the order in which they happen to the incident, which is new where its version is 0."""
    found = _firing(incident, tally) if tally.fresh else []
    if tally.blinked and incident.open:
        found.append(events.Blinked(tally.blinked))
    if tally.confirmed and incident.unconfirmed:
        found.append(events.Refreshed(stale_at))
    if tally.held:
        found.append(events.Held(tally.held, tally.held_until))
    if tally.unheld:
        found.append(events.Unheld(tally.unheld))
    if tally.closed:
        left = (incident.firing if incident.open else 0) + tally.fresh - tally.closed
        found.append(events.Cleared(tally.closed) if left > 0 else events.SourceResolved(tally.closed))
    return found


def _firing(incident: Incident, tally: Tally) -> list[Event]:
    cover = tally.cover
    hush: list[Event] = [events.Silenced(*cover)] if cover else []
    if incident.version == 0:
        return [events.Fired(tally.fresh, tally.wait, tally.values), *hush]
    rise: list[Event] = [events.Worsened(tally.worst)] if tally.worst > incident.severity else []
    if not incident.open:
        return [events.Refired(tally.fresh), *rise, *hush]
    unhush: list[Event] = [events.SilenceDue()] if incident.silenced and not cover else []
    return [*unhush, events.Joined(tally.fresh, tally.values), *rise]


def belongs(incident: Incident, book: Book, now: Instant) -> bool:
    """Whether an alert of its group that begins to fire is part of it: it is open, or was until a moment ago."""
    route = book.route_named(incident.route)
    window = (route.timing if route else book.timing).reopen_window
    return incident.open or (incident.resolved_at or 0) >= now - window


def longest_reopening(book: Book) -> Span:
    """For how long any incident may open again after its end."""
    return max((book.timing.reopen_window, *(route.timing.reopen_window for route in book.routes)))


def group_of(route: Route, labels: Labels) -> tuple[int, dict[str, str]]:
    """The group key, and the group labels that are there."""
    names = route.timing.group_by
    return group_key(route.name, [labels.get(name, "") for name in names]), {n: labels[n] for n in names if n in labels}


def title_of(alert: Alert, labels: Labels, book: Book) -> str:
    """What people see first: the alert's name and summary, or the catalogue's."""
    name = labels.get("alertname", "") or "alert"
    known = book.alerts.get(name)
    summary = alert.annotations.get("summary", "") or (known.annotations.get("summary", "") if known else "")
    return f"{name}: {summary}"[:TITLE] if summary else name[:TITLE]


def watched_values(book: Book, labels: Labels) -> tuple[tuple[str, str], ...]:
    """(label, value) pairs of the labels that any policy's `repage_on` names."""
    return tuple((name, labels[name]) for name in book.repage_labels if name in labels)
