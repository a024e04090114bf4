"""Calendar feeds: made once, their token shown once and stored hashed; a revoked one stops working at once."""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from escalator.engine.keys import hashed, new_token
from escalator.store import audit, feeds
from escalator.store.db import Database
from escalator.store.feeds import Feed


class Feeds:
    """One per process."""

    def __init__(self, database: Database, writer: str) -> None:
        self._database = database
        self._writer = writer

    async def create(self, kind: str, name: str, by: str) -> tuple[str, str]:
        """(id, token): the token is shown this once; it reads this one feed and opens no other door."""
        token, id = new_token(), secrets.token_hex(4)
        row = Feed(id, hashed(token), kind, name, by, self._database.now())
        await self._database.write(self._change, (by, row))
        return id, token

    async def revoke(self, id: str, by: str) -> bool:
        """False: there is no such feed, or it is revoked already."""
        return bool(await self._database.write(self._change, (by, id)))

    async def find(self, token: str) -> Feed | None:
        """None: unknown, or revoked."""
        key = hashed(token)
        return await self._database.read(lambda connection: feeds.find(connection, key))

    async def listed(self) -> list[dict[str, Any]]:
        """All that are not revoked, without what is secret."""
        return await self._database.read(feeds.listed)

    def _change(self, connection: Connection, changes: Sequence[tuple[str, Feed | str]]) -> Sequence[bool]:
        return [self._change_one(connection, *change) for change in changes]

    def _change_one(self, connection: Connection, by: str, value: Feed | str) -> bool:
        now = self._database.now()
        if isinstance(value, Feed):
            feeds.add(connection, value)
            detail = {"id": value.id, "kind": value.kind, "name": value.name}
            audit.append(connection, self._writer, now, by, "feed.create", detail)
            return True
        done = feeds.revoke(connection, value, now)
        if done:
            audit.append(connection, self._writer, now, by, "feed.revoke", {"id": value})
        return done
