"""Turns a passed deadline's name into its event, with what must be read for it: held, stale and silenced alerts."""

from sqlalchemy import Connection

from escalator.core import events, waiting
from escalator.core.events import Event
from escalator.core.incident import Incident
from escalator.core.instant import Instant
from escalator.engine.world import View
from escalator.store import alerts, windows


def event_for(name: str, incident: Incident, connection: Connection, world: View, now: Instant) -> Event:
    """The event of one passed deadline; alerts that change state by it are written."""
    if name in events.PLAIN:
        return events.PLAIN[name]
    if name == "unmute_at":
        cover = world.covered(alerts.labels_of(connection, incident.id), now)
        return events.Silenced(*cover) if cover else events.SilenceDue()
    known = alerts.of_incident(connection, incident.id)
    if name == "hold_at":
        heard = waiting.hold_over(known, now)
    else:
        healthy = waiting.healthy(world.book, windows.beats(connection), now)
        heard = waiting.refresh_due(known, world.refresh_every, healthy, now)
    alerts.update(connection, heard.changed)
    return heard.event
