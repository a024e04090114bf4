"""Sessions: a browser signs in once with a token, or with a link that works once, and is known by its cookie."""

import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from escalator.core.instant import DAY, HOUR, SECOND, Instant, Span
from escalator.engine.keys import Grant, hashed
from escalator.store import audit, sessions
from escalator.store.db import Database
from escalator.store.sessions import Session

LIFE: Span = 30 * DAY
LINK_LIFE: Span = HOUR
CACHED: Span = 5 * SECOND
CACHE = 1_000


class Opened(NamedTuple):
    """A session that is open."""

    grant: Grant
    token: str | None
    """Hex SHA-256 of the token that opened it."""


class Sessions:
    """One per process."""

    def __init__(self, database: Database, writer: str) -> None:
        self._database = database
        self._writer = writer
        self._cache: dict[str, tuple[Instant, Opened | None]] = {}

    async def open(self, grant: Grant, token: str) -> str:
        """The cookie of a new session with what this token allows."""
        return await self._made("browser", grant, LIFE, hashed(token))

    async def invite(self, grant: Grant) -> str:
        """A word that opens one session with this grant, once, within the hour."""
        return await self._made("link", grant, LINK_LIFE, None)

    async def redeem(self, word: str) -> str | None:
        """The cookie of a new session; None: the link is unknown, used or expired."""
        cookie = secrets.token_urlsafe(32)
        done: bool = await self._database.write(_each, (self._redeem, (hashed(word), hashed(cookie))))
        return cookie if done else None

    async def good(self, word: str) -> bool:
        """Whether `redeem` would take it. Looking uses nothing up."""
        now = self._database.now()
        return await self._database.read(lambda c: sessions.find(c, hashed(word), "link", now)) is not None

    async def find(self, cookie: str) -> Opened | None:
        """None: unknown, expired or ended. Answers are remembered for a few seconds."""
        now, key = self._database.now(), hashed(cookie)
        known = self._cache.get(key)
        if known is not None and known[0] > now:
            return known[1]
        found = await self._database.read(lambda c: sessions.find(c, key, "browser", now))
        opened = Opened(_grant(found), found.token) if found else None
        if len(self._cache) >= CACHE:
            self._cache.clear()
        self._cache[key] = (now + CACHED, opened)
        return opened

    async def end(self, cookie: str) -> None:
        """Signs the browser out, here at once and elsewhere within seconds."""
        self._cache.clear()
        await self._database.write(_each, (sessions.end, hashed(cookie)))

    async def untouched(self) -> bool:
        """Whether nobody ever signed in."""
        return not await self._database.read(sessions.any_browser)

    async def _made(self, kind: str, grant: Grant, life: Span, token: str | None) -> str:
        word, now = secrets.token_urlsafe(32), self._database.now()
        token_id = None if token is None else grant.id
        scopes = " ".join(grant.scopes)
        row = Session(hashed(word), kind, token, token_id, grant.person, grant.name, scopes, now, now + life)
        await self._database.write(_each, (self._add, row))
        return word

    def _add(self, connection: Connection, row: Session) -> bool:
        # A write whose outcome was not heard is run again.
        if sessions.find(connection, row.hash, row.kind, row.created_at) is None:
            sessions.add(connection, row)
            detail = {"kind": row.kind, "token": row.token_id, "person": row.person, "scopes": row.scopes}
            audit.append(connection, self._writer, row.created_at, row.name, "session.open", detail)
        return True

    def _redeem(self, connection: Connection, words: tuple[str, str]) -> bool:
        now, (word, cookie) = self._database.now(), words
        if sessions.find(connection, cookie, "browser", now) is not None:
            return True
        link = sessions.find(connection, word, "link", now)
        if link is None or not sessions.end(connection, word):
            return False
        return self._add(connection, link._replace(hash=cookie, kind="browser", created_at=now, expires_at=now + LIFE))


def _each(connection: Connection, acts: Sequence[tuple[Any, Any]]) -> list[bool]:
    return [act(connection, value) for act, value in acts]


def _grant(row: Session) -> Grant:
    return Grant(row.token_id or "", row.name, row.person, tuple(row.scopes.split()))
