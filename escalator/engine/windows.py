"""Silences and overrides that people make: written, then applied at once to what is open."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection

from escalator.core.alert import Matcher, Silence
from escalator.core.effects import Refused
from escalator.core.instant import MINUTE, Instant, Span
from escalator.core.oncall import Override
from escalator.engine.lifecycle import Unit
from escalator.engine.wakes import Wake, shared
from escalator.engine.world import World
from escalator.store import audit, incidents, windows
from escalator.store.db import Database

CHUNK = 200
REVIVAL: Span = 10 * MINUTE
"""An end can be taken back for so long: a silence that says it held since Monday must have held."""

Change = tuple[str, str, Any]
"""(by, act, value)."""


class _Amended(NamedTuple):
    """What of a silence becomes something else; None: it stays."""

    id: str
    ends_at: Instant | None
    reason: str | None


class Windows:
    """One per process."""

    def __init__(self, database: Database, world: World, wake: Callable[[Wake], None], writer: str) -> None:
        self._database = database
        self._world = world
        self._wake = wake
        self._writer = writer
        self._active: frozenset[tuple[str, Instant]] | None = None
        """None before the first look: whoever deleted a silence may have died before that was applied."""

    async def silence(
        self, matchers: tuple[Matcher, ...], starts_at: Instant, ends_at: Instant, by: str, reason: str
    ) -> Silence:
        """Open incidents that it covers are withheld from now on; raises Unavailable."""
        silence = Silence(secrets.token_hex(6), matchers, starts_at, ends_at, by, reason)
        await self._database.write(self._change, (by, "silence.create", silence))
        await self.look()
        return silence

    async def unsilence(self, id: str, by: str) -> bool:
        """It ends now, and is kept as one that is over. False: there is no such silence that is not."""
        done = _names(id) and await self._database.write(self._change, (by, "silence.delete", id))
        await self.look()
        return bool(done)

    async def silence_made(self, id: str) -> Silence | None:
        """One made by hand, over or not."""
        return await self._database.read(partial(windows.silence, id=id)) if _names(id) else None

    async def amend_silence(
        self, id: str, by: str, *, ends_at: Instant | None = None, reason: str | None = None
    ) -> Silence | None:
        """Another end or another reason, in one statement: it holds without a gap. None: there is no such silence.

        Raises Refused for one that is over since longer than `REVIVAL`.
        """
        if not _names(id):
            return None
        done = await self._database.write(self._change, (by, "silence.amend", _Amended(id, ends_at, reason)))
        await self.look()
        found = await self.silence_made(id)
        if found is not None and not done:
            raise Refused("it is over for some time, and nothing was withheld since: make a new one")
        return found

    async def override(
        self, schedule: str, person: str, starts_at: Instant, ends_at: Instant, by: str, reason: str
    ) -> Override:
        override = Override(schedule, person, starts_at, ends_at, reason, secrets.token_hex(6), by)
        await self._database.write(self._change, (by, "override.create", override))
        await self.look()
        return override

    async def drop_override(self, id: str, by: str) -> bool:
        """False: there is no such override, or it stands in the policies."""
        done = _names(id) and await self._database.write(self._change, (by, "override.delete", id))
        await self.look()
        return bool(done)

    async def overrides(self) -> tuple[Override, ...]:
        """All that are not over, from the policies and by hand."""
        now = self._database.now()
        return tuple(o for o in self._world.overrides if o.ends_at > now)

    async def overrides_since(self, since: Instant) -> tuple[Override, ...]:
        """All that were not over then, from the policies and by hand."""
        made = await self._database.read(lambda c: windows.overrides(c, since))
        return (*(o for o in self._world.book.overrides if o.ends_at > since), *made)

    async def silences(self) -> tuple[Silence, ...]:
        """All that are not over, from the policies and by hand."""
        now = self._database.now()
        return tuple(m.silence for m in self._world.mutes if m.silence.ends_at > now)

    async def look(self) -> None:
        """Takes over what others made; where other silences are active than at the last look, applies them."""
        now = self._database.now()
        self._world.renew(await self._database.read(lambda c: self._world.refresh(c, now)))
        active = frozenset((m.silence.id, until) for m in self._world.mutes if (until := m.until(now)))
        if active != self._active:
            await self._apply()
        self._active = active

    async def _apply(self) -> None:
        after = 0
        while ids := await self._database.read(lambda c, after=after: incidents.open_after(c, after, CHUNK)):  # type: ignore[misc]
            after = ids[-1]
            for wake in await asyncio.gather(*(self._database.write(self._cover, id) for id in ids)):
                self._wake(wake)

    def _cover(self, connection: Connection, ids: Sequence[int]) -> Sequence[Wake]:
        unit = Unit(connection, self._world.view, self._database.now())
        unit.meet(i for i in incidents.load(connection, ids).values() if i.open)
        for id in list(unit.incidents):
            unit.cover(id)
            unit.run_due(id)
        return shared(unit.flush(), len(ids))

    def _change(self, connection: Connection, changes: Sequence[Change]) -> Sequence[bool]:
        return [self._change_one(connection, *change) for change in changes]

    def _change_one(self, connection: Connection, by: str, act: str, value: Any) -> bool:
        now = self._database.now()
        done = True
        if act == "silence.create":
            windows.add_silence(connection, value, now)
        elif act == "override.create":
            windows.add_override(connection, value, by, now)
        elif act == "override.delete":
            done = windows.drop_override(connection, value)
        elif act == "silence.delete":
            done = windows.amend(connection, value, now, None, now)
        else:
            done = windows.amend(connection, value.id, value.ends_at, value.reason, now - REVIVAL)
        detail = {"id": value} if isinstance(value, str) else value._asdict()
        if done:
            audit.append(connection, self._writer, now, by, act, detail)
        return done


def _names(id: str) -> bool:
    """Whether it can be a window's id: PostgreSQL cannot even be asked for a text with NUL in it."""
    return id.isascii() and id.isalnum()
