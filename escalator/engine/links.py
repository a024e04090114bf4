"""Links in messages: each lets its one recipient see the incidents of one message, and acknowledge them once."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from escalator.core import events
from escalator.core.effects import Refused
from escalator.core.events import Answer
from escalator.core.incident import Incident
from escalator.engine.letters import hashed
from escalator.engine.lifecycle import Lifecycle, NotFound, Once
from escalator.store import following, links
from escalator.store.db import Database

GONE = "this link is unknown, used or expired"


class Link(NamedTuple):
    """Where a link leads."""

    incident_id: int
    person: str | None
    used: bool
    also: tuple[int, ...] = ()
    """Further incidents of the same message."""


class Links:
    """One per process."""

    def __init__(self, database: Database, lifecycle: Lifecycle) -> None:
        self._database = database
        self._lifecycle = lifecycle

    async def look(self, token: str) -> Link | None:
        """None: unknown or expired. Looking never acknowledges."""
        now = self._database.now()

        def query(connection: Connection) -> Link | None:
            kept = links.find(connection, hashed(token), now)
            if kept is None:
                return None
            told = following.carried(connection, kept.outbox_id)
            return Link(kept.incident_id, kept.person, kept.used_at is not None, tuple(told[1:]))

        return await self._database.read(query)

    async def acknowledge(self, token: str, by: str | None) -> Incident:
        """Once; a second use changes nothing. Raises NotFound, Refused, Unavailable."""
        return await self.act(token, events.Acknowledged(by or "", "by the link in a message"))

    async def act(self, token: str, event: Answer) -> Incident:
        """What the recipient of a message answers; with an empty `by` it is the recipient. An acknowledgement is of all
        that the message told of, and uses the link up. Raises NotFound, Refused, Unavailable.
        """
        link = await self.look(token)
        if link is None or link.used:
            raise NotFound(GONE)
        event = event._replace(by=link.person or event.by or "somebody with the link")
        if not isinstance(event, events.Acknowledged):
            return await self._lifecycle.act(link.incident_id, event)
        key, now = hashed(token), self._database.now()
        # Used up and acknowledged in one transaction: neither a second press nor a crash finds one without the other.
        once = Once(lambda c: links.use(c, key, now), lambda c: links.give_back(c, key))
        try:
            incident = await self._lifecycle.act(link.incident_id, event, once)
        except Refused:
            if not link.also:
                raise
            # The first of many is over; the link is for the others too.
            incident = await self._first(link.also, event)
        await self._rest(link.also, event)
        return incident

    async def _first(self, ids: Sequence[int], event: Answer) -> Incident:
        refusal: Refused | None = None
        for id in ids:
            try:
                return await self._lifecycle.act(id, event)
            except Refused as refused:
                refusal = refused
        assert refusal is not None
        raise refusal

    async def _rest(self, ids: Sequence[int], event: Answer) -> None:
        for id in ids:
            try:
                await self._lifecycle.act(id, event)
            except (Refused, NotFound):
                continue  # over by now, or taken away: nothing is left to acknowledge
