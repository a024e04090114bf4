"""Swaps: a small table. Who answers first decides, by a conditional update."""

from typing import Any

from sqlalchemy import Connection, insert, select, update

from escalator.core.instant import Instant
from escalator.core.swap import Swap
from escalator.store import bulk
from escalator.store.registers import SwapRow

TABLE = bulk.table_of(SwapRow)
COLUMNS: list[Any] = [TABLE.c[name] for name in Swap._fields]


def add(connection: Connection, swap: Swap, by: str, now: Instant) -> None:
    """Once, however often it is run."""
    if find(connection, swap.id) is None:
        connection.execute(insert(TABLE).values({**swap._asdict(), "by": by, "created_at": now}))


def find(connection: Connection, id: str) -> Swap | None:
    row = connection.execute(select(*COLUMNS).where(TABLE.c.id == id)).first()
    return None if row is None else Swap(*row)


def listed(connection: Connection, since: Instant) -> list[Swap]:
    """Those that end after `since`, by their starts."""
    query = select(*COLUMNS).where(TABLE.c.ends_at > since).order_by(TABLE.c.starts_at, TABLE.c.id)
    return [Swap(*row) for row in connection.execute(query)]


def begun(connection: Connection, now: Instant) -> list[Swap]:
    """Those that nobody answered before they began."""
    query = select(*COLUMNS).where(TABLE.c.state == "asked", TABLE.c.starts_at <= now).order_by(TABLE.c.id)
    return [Swap(*row) for row in connection.execute(query)]


def answer(connection: Connection, swap: Swap, now: Instant) -> bool:
    """Writes what came of it; False: somebody else's answer came first."""
    values = {"state": swap.state, "answered_by": swap.answered_by, "override": swap.override, "answered_at": now}
    query = update(TABLE).where(TABLE.c.id == swap.id, TABLE.c.state == "asked").values(values)
    return connection.execute(query).rowcount > 0
