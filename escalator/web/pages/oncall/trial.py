"""A test of somebody's contacts, and a page from a colleague: alerts of our own that name their person.

Law: at most one of each is open, because the same alert again is a repetition, which sends nothing.
"""

from typing import Any, NamedTuple

from sqlalchemy import Connection

from escalator.core.alert import identity
from escalator.engine.intake import OURS, fingerprint_ours
from escalator.store import alerts, listing
from escalator.web.contacts import masked
from escalator.web.needs import Needs

MOST = 50


class Kind(NamedTuple):
    """What names the person, and what the alert is called."""

    label: str
    severity: str
    title: str
    """With `{by}` where the sender's name stands."""


TEST = Kind("escalator_test", "info", "Test of contacts")
PAGE = Kind("escalator_page", "critical", "Page from {by}")
"""As `engine.desk` makes it."""


class Trial(NamedTuple):
    """One that is open, and what became of its messages so far."""

    incident: int
    notifications: list[dict[str, Any]]


def labels_of(kind: Kind, person: str) -> dict[str, str]:
    return {kind.label: person, "severity": kind.severity}


async def trial(needs: Needs, kind: Kind, person: str, by: str = "") -> Trial | None:
    """None: none is open. Raises Unavailable."""
    key = identity(OURS, fingerprint_ours(kind.title.format(by=by), labels_of(kind, person)))

    def found(connection: Connection) -> Trial | None:
        episode = alerts.peek(connection, key)
        if episode is None or not episode.counts:
            return None
        told, _ = listing.notifications(
            connection, incident=episode.incident_id, limit=MOST, cursor=None, person=person
        )
        return Trial(episode.incident_id, [each for each in told if each["kind"] == "page"])

    open_now = await needs.database.read(found)
    if open_now is None:
        return None
    newest = max((each["round"] for each in open_now.notifications), default=0)
    shown = [masked(needs.revisions.book, each) for each in open_now.notifications if each["round"] == newest]
    return open_now._replace(notifications=shown)
