"""Silences and overrides made by hand, heartbeats heard, round-robin turns: small tables, read whole."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from escalator.core.alert import Matcher, Silence
from escalator.core.instant import Instant
from escalator.core.oncall import Override
from escalator.store import bulk
from escalator.store.registers import OverrideRow, SilenceRow, TurnRow

_encode = msgspec.json.Encoder().encode
_matchers = msgspec.json.Decoder(tuple[tuple[str, str, str | tuple[str, ...]], ...]).decode

SILENCE = bulk.table_of(SilenceRow)
OVERRIDE = bulk.table_of(OverrideRow)
TURN = bulk.table_of(TurnRow)


def add_silence(connection: Connection, silence: Silence, now: Instant) -> None:
    """Once, however often it is run: a commit whose reply was lost is run again."""
    if _known(connection, SILENCE, silence.id):
        return
    values = {**silence._asdict(), "matchers": _encode(silence.matchers).decode(), "created_at": now}
    connection.execute(insert(SILENCE).values(values))


def silences(connection: Connection, now: Instant) -> tuple[Silence, ...]:
    """Those that are not over."""
    rows = connection.execute(
        select(SILENCE).where(SILENCE.c.ends_at > now).order_by(SILENCE.c.starts_at, SILENCE.c.id)
    )
    return tuple(map(_silence, rows))


def silence(connection: Connection, id: str) -> Silence | None:
    """One, over or not."""
    row = connection.execute(select(SILENCE).where(SILENCE.c.id == id)).first()
    return None if row is None else _silence(row)


def over(connection: Connection, since: Instant, now: Instant, limit: int) -> tuple[Silence, ...]:
    """Those that ended since then, the latest first."""
    ended = select(SILENCE).where(SILENCE.c.ends_at > since, SILENCE.c.ends_at <= now)
    rows = connection.execute(ended.order_by(SILENCE.c.ends_at.desc(), SILENCE.c.id).limit(limit))
    return tuple(map(_silence, rows))


def within(connection: Connection, since: Instant, until: Instant, limit: int) -> tuple[Silence, ...]:
    """Those that hold at some time of [since, until), by their beginning."""
    touch = (SILENCE.c.ends_at > since, SILENCE.c.starts_at < until, SILENCE.c.ends_at > SILENCE.c.starts_at)
    rows = connection.execute(select(SILENCE).where(*touch).order_by(SILENCE.c.starts_at, SILENCE.c.id).limit(limit))
    return tuple(map(_silence, rows))


def amend(connection: Connection, id: str, ends_at: Instant | None, reason: str | None, since: Instant) -> bool:
    """Another end, another reason, in one statement; False: there is no such silence that was not over at `since`."""
    changes = {name: value for name, value in (("ends_at", ends_at), ("reason", reason)) if value is not None}
    which = (SILENCE.c.id == id, SILENCE.c.ends_at > since)
    return connection.execute(update(SILENCE).where(*which).values(changes)).rowcount > 0


def _silence(r: Any) -> Silence:
    return Silence(r.id, tuple(Matcher(*m) for m in _matchers(r.matchers)), r.starts_at, r.ends_at, r.by, r.reason)


def add_override(connection: Connection, override: Override, by: str, now: Instant) -> None:
    """Once, however often it is run."""
    if _known(connection, OVERRIDE, override.id):
        return
    values = {**override._asdict(), "by": by, "created_at": now}
    values.pop("where")
    connection.execute(insert(OVERRIDE).values(values))


def overrides(connection: Connection, now: Instant) -> tuple[Override, ...]:
    """Those that are not over; of those that start together, the one that was made last comes last, and counts."""
    order = (OVERRIDE.c.starts_at, OVERRIDE.c.created_at, OVERRIDE.c.id)
    rows = connection.execute(select(OVERRIDE).where(OVERRIDE.c.ends_at > now).order_by(*order))
    return tuple(Override(r.schedule, r.person, r.starts_at, r.ends_at, r.reason, r.id, r.by) for r in rows)


def _known(connection: Connection, table: Any, id: str) -> bool:
    return connection.execute(select(table.c.id).where(table.c.id == id)).first() is not None


def drop_override(connection: Connection, id: str) -> bool:
    """False: there is no such."""
    return connection.execute(delete(OVERRIDE).where(OVERRIDE.c.id == id)).rowcount > 0


def turns(connection: Connection) -> dict[tuple[str, int], int]:
    return {(row.policy, row.level): row.taken for row in connection.execute(select(TURN))}


def take_turns(connection: Connection, taken: Mapping[tuple[str, int], int]) -> None:
    """How many turns were taken in this transaction, added to those before."""
    for (policy, level), number in taken.items():
        bulk.plain(
            connection,
            "INSERT INTO turn (policy, level, taken) VALUES (?, ?, ?) "
            "ON CONFLICT (policy, level) DO UPDATE SET taken = turn.taken + excluded.taken",
            (policy, level, number),
        )


def beat(connection: Connection, names: Sequence[str], now: Instant) -> None:
    for name in sorted(set(names)):
        bulk.plain(
            connection,
            "INSERT INTO heartbeat (name, last_seen) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET last_seen = excluded.last_seen",
            (name, now),
        )


def beats(connection: Connection) -> dict[str, Instant]:
    return dict(tuple(row) for row in bulk.plain(connection, "SELECT name, last_seen FROM heartbeat").fetchall())
