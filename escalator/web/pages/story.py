"""Everything a page shows of one incident, in one read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from escalator.store import listing
from escalator.web.contacts import masked
from escalator.web.needs import Needs

MOST = 50
"""Alerts and notifications on one page: it must load on a bad line."""


async def story_of(needs: Needs, incident_id: int, also: Sequence[int] = ()) -> dict[str, Any] | None:
    """The incident, its alerts, notifications (masked) and timeline, and further incidents that the same message told
    of; None where there is none. Raises Unavailable.
    """

    def query(connection: Connection) -> dict[str, Any] | None:
        incident = listing.incident(connection, incident_id, needs.incident_url)
        if incident is None:
            return None
        alerts, more = listing.alerts(connection, incident=incident_id, limit=MOST, cursor=None)
        told, _ = listing.notifications(connection, incident=incident_id, limit=MOST, cursor=None)
        timeline = listing.timeline(connection, incident_id)
        return {
            "incident": incident,
            "alerts": alerts,
            "more_alerts": more is not None,
            "notifications": [masked(needs.revisions.book, each) for each in told],
            "timeline": timeline,
            "others": list(listing.shown(connection, list(also), needs.incident_url).values()),
        }

    return await needs.database.read(query)
