"""`escalator token … --local`: access tokens straight in the database, for the first one of all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from escalator.config import Settings
from escalator.core.instant import Instant, rfc3339
from escalator.engine.keys import Keys
from escalator.store import schema
from escalator.store.db import Database

BY = "the command line"


async def create(
    settings: Settings, name: str, scopes: tuple[str, ...], person: str | None, expires_at: Instant | None
) -> dict[str, Any]:
    """As the door shows it; the token itself is shown this once. Raises ValueError for an unknown scope."""
    async with _keys(settings) as keys:
        id, token = await keys.create(name, scopes, person, expires_at, BY)
    ends = None if expires_at is None else rfc3339(expires_at)
    return {"id": id, "token": token, "name": name, "person": person, "scopes": list(scopes), "expires_at": ends}


async def listed(settings: Settings) -> dict[str, Any]:
    """Tokens that are not revoked, without what is secret."""
    async with _keys(settings) as keys:
        return {"items": [row for row in await keys.listed() if row["revoked_at"] is None]}


async def revoke(settings: Settings, id: str) -> bool:
    """False: there is no such token."""
    async with _keys(settings) as keys:
        return await keys.revoke(id, BY)


@asynccontextmanager
async def _keys(settings: Settings) -> AsyncIterator[Keys]:
    """Raises store.batch.Refused where another process has the file, or a newer version wrote it."""
    url = settings.database_url.reveal()
    await schema.ensure(url)
    database = await Database.open(url)
    try:
        yield Keys(database, "cli")
    finally:
        await database.close()
