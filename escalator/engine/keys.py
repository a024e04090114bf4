"""Access tokens: made once, shown once, stored hashed; revoked ones stop working within seconds everywhere."""

import hashlib
import secrets
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from escalator.core.instant import SECOND, Instant, Span
from escalator.store import audit, tokens
from escalator.store.db import Database
from escalator.store.tokens import Token

PREFIX = "esc_"
CACHED: Span = 5 * SECOND
CACHE = 1_000

SCOPES = ("ingest", "read", "ack", "admin")


class Grant(NamedTuple):
    """What a token allows, and to whom."""

    id: str
    name: str
    person: str | None
    scopes: tuple[str, ...]


def new_token() -> str:
    """256 bits, a prefix that scanners of repositories recognise, and a checksum that finds typing errors."""
    body = secrets.token_urlsafe(32)
    return f"{PREFIX}{body}{zlib.crc32(body.encode()):08x}"


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Keys:
    """One per process."""

    def __init__(self, database: Database, writer: str) -> None:
        self._database = database
        self._writer = writer
        self._cache: dict[str, tuple[Instant, Grant | None]] = {}

    async def create(
        self, name: str, scopes: tuple[str, ...], person: str | None, expires_at: Instant | None, by: str
    ) -> tuple[str, str]:
        """(id, token): the token is shown this once. Raises ValueError for an unknown scope."""
        unknown = [scope for scope in scopes if scope.split(":")[0] not in SCOPES]
        if unknown or not scopes:
            raise ValueError(f"scopes are {', '.join(SCOPES)} or ingest:SOURCE; not {', '.join(unknown) or 'nothing'}")
        token, id = new_token(), secrets.token_hex(4)
        row = Token(id, hashed(token), name, person, " ".join(scopes), self._database.now(), expires_at)
        await self._database.write(self._change, (by, "token.create", row))
        return id, token

    async def revoke(self, id: str, by: str) -> bool:
        """False: there is no such token, or it is revoked already."""
        self._cache.clear()
        return bool(await self._database.write(self._change, (by, "token.revoke", id)))

    async def find(self, token: str) -> Grant | None:
        """None: unknown, expired or revoked. Answers are remembered for a few seconds."""
        now, key = self._database.now(), hashed(token)
        known = self._cache.get(key)
        if known is not None and known[0] > now:
            return known[1]
        found = await self._database.read(lambda connection: tokens.find(connection, key, now))
        grant = Grant(found.id, found.name, found.person, tuple(found.scopes.split())) if found else None
        if len(self._cache) >= CACHE:
            self._cache.clear()
        self._cache[key] = (now + CACHED, grant)
        if found is not None:
            await self._database.write(self._used, found.id)
        return grant

    async def listed(self) -> list[dict[str, Any]]:
        """All tokens, without what is secret."""
        return await self._database.read(tokens.listed)

    def _change(self, connection: Connection, changes: Sequence[tuple[str, str, Any]]) -> Sequence[bool]:
        return [self._change_one(connection, *change) for change in changes]

    def _change_one(self, connection: Connection, by: str, act: str, value: Any) -> bool:
        now = self._database.now()
        if isinstance(value, Token):
            tokens.add(connection, value)
            detail = {"id": value.id, "name": value.name, "person": value.person, "scopes": value.scopes}
            done = True
        else:
            done = tokens.revoke(connection, value, now)
            detail = {"id": value}
        audit.append(connection, self._writer, now, by, act, detail)
        return done

    def _used(self, connection: Connection, ids: Sequence[str]) -> Sequence[None]:
        tokens.touch(connection, sorted(set(ids)), self._database.now())
        return [None] * len(ids)
