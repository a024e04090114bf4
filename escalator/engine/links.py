"""Links in messages: each lets its one recipient see one incident, and acknowledge it once."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from escalator.core import events
from escalator.core.incident import Incident
from escalator.engine.lifecycle import Lifecycle, NotFound
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
        # The incident first: a link that was used up for an acknowledgement that failed would lock a person out.
        incident = await self._lifecycle.act(link.incident_id, events.Acknowledged(who, "by the link in a message"))
        await self._database.write(self._use, _hashed(token))
        return incident

    def _use(self, connection: Connection, hashes: Sequence[str]) -> Sequence[bool]:
        return [links.use(connection, hashed, self._database.now()) for hashed in hashes]


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
