"""Turns a passed deadline's name into its event, with what must be read for it: held, stale and silenced alerts."""

from sqlalchemy import Connection

from escalator.core import events
from escalator.core.alert import Severity
from escalator.core.draft import CLOSE_UNCONFIRMED_AFTER, STALE_MARGIN
from escalator.core.episodes import State
from escalator.core.events import Event
from escalator.core.incident import Incident
from escalator.core.instant import HOUR, Instant
from escalator.engine.world import View
from escalator.store import alerts, windows

PLAIN: dict[str, Event] = {
    "level_at": events.LevelDue(),
    "lapse_at": events.LapseDue(),
    "snooze_at": events.SnoozeDue(),
    "digest_at": events.DigestDue(),
}

ASK_AGAIN = HOUR
"""How often an incident whose every alert is unconfirmed is looked at again."""


def event_for(name: str, incident: Incident, connection: Connection, world: View, now: Instant) -> Event:
    """The event of one passed deadline; alerts that change state by it are written."""
    if name in PLAIN:
        return PLAIN[name]
    if name == "unmute_at":
        return _unmuted(incident, connection, world, now)
    if name == "hold_at":
        return _unheld(incident, connection, now)
    return _stale(incident, connection, world, now)


def _unmuted(incident: Incident, connection: Connection, world: View, now: Instant) -> Event:
    cover = world.covered(alerts.labels_of(connection, incident.id), now)
    return events.Silenced(*cover) if cover else events.SilenceDue()


def _unheld(incident: Incident, connection: Connection, now: Instant) -> Event:
    held = [e for e in alerts.of_incident(connection, incident.id) if e.state is State.HELD]
    ready = [e for e in held if e.hold_until is None or e.hold_until <= now]
    alerts.update(connection, [e._replace(state=State.FIRING, ends_at=None, hold_until=None) for e in ready])
    later = [e.hold_until for e in held if e.hold_until is not None and e.hold_until > now]
    worst = max((e.severity for e in ready), default=Severity.INFO)
    return events.HoldDue(len(ready), min(later, default=None), worst)


def _stale(incident: Incident, connection: Connection, world: View, now: Instant) -> Event:
    patience = world.refresh_every + STALE_MARGIN
    counting = [e for e in alerts.of_incident(connection, incident.id) if e.counts]
    late = [e for e in counting if e.last_seen + patience <= now]
    alerts.update(connection, [e._replace(state=State.UNCONFIRMED) for e in late if e.state is State.FIRING])
    fresh = [e.last_seen for e in counting if e.last_seen + patience > now]
    newest = max((e.last_seen for e in counting), default=now)
    close = not fresh and now - newest >= CLOSE_UNCONFIRMED_AFTER and _heartbeats_healthy(connection, world, now)
    next_at = min(fresh) + patience if fresh else now + ASK_AGAIN
    return events.StaleDue(len(late), next_at, close)


def _heartbeats_healthy(connection: Connection, world: View, now: Instant) -> bool:
    """Silence proves nothing unless something that should be heard is heard."""
    heard = windows.beats(connection)
    beats = world.book.heartbeats
    return bool(beats) and all(heard.get(beat.name, 0) + 2 * beat.expect_every > now for beat in beats)
