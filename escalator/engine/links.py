"""Links in messages: each lets its one recipient see one incident, and acknowledge it once."""

import hashlib
from typing import NamedTuple

from escalator.core import events
from escalator.core.incident import Incident
from escalator.engine.lifecycle import Lifecycle, NotFound, Once
from escalator.store import links
from escalator.store.db import Database


class Link(NamedTuple):
    """Where a link leads."""

    incident_id: int
    person: str | None
    used: bool


class Links:
    """One per process."""

    def __init__(self, database: Database, lifecycle: Lifecycle) -> None:
        self._database = database
        self._lifecycle = lifecycle

    async def look(self, token: str) -> Link | None:
        """None: unknown or expired. Looking never acknowledges."""
        now = self._database.now()
        kept = await self._database.read(lambda connection: links.find(connection, _hashed(token), now))
        return None if kept is None else Link(kept.incident_id, kept.person, kept.used_at is not None)

    async def acknowledge(self, token: str, by: str | None) -> Incident:
        """Once; a second use changes nothing. Raises NotFound, Refused, Unavailable."""
        link = await self.look(token)
        if link is None or link.used:
            raise NotFound("this link is unknown, used or expired")
        who = link.person or by or "somebody with the link"
        hashed, now = _hashed(token), self._database.now()
        # Used up and acknowledged in one transaction: neither a second press nor a crash finds one without the other.
        once = Once(lambda c: links.use(c, hashed, now), lambda c: links.give_back(c, hashed))
        event = events.Acknowledged(who, "by the link in a message")
        return await self._lifecycle.act(link.incident_id, event, once)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
