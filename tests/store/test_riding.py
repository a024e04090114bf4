"""Riders: work that waits for a transaction worth joining, and is committed with what called it."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, text

from escalator.store import batch
from escalator.store.db import Database, Unavailable


def noted(connection: Connection, items: Sequence[str]) -> list[int]:
    """Writes lines and calls the rider."""
    for item in items:
        connection.execute(
            text("INSERT INTO quarantine (at, source, reason, body) VALUES (1, :s, '', '')"), {"s": item}
        )
    batch.call(connection, ["reader"])
    return [0] * len(items)


def quiet(connection: Connection, items: Sequence[str]) -> list[int]:
    return [0] * len(items)


def count(connection: Connection, items: Sequence[None]) -> list[int]:
    """What a rider sees: everything written before it in its own transaction."""
    return [connection.execute(text("SELECT COUNT(*) FROM quarantine")).scalar_one()] * len(items)


def broken(connection: Connection, items: Sequence[None]) -> list[int]:
    raise ValueError("no")


async def test_a_rider_is_committed_with_the_work_that_called_it(database: Database) -> None:
    riding = asyncio.ensure_future(database.ride("reader", count, None))
    await database.write(quiet, "nothing to see")
    assert not riding.done()
    await database.write(noted, "one")
    assert await riding == 1


async def test_a_rider_that_is_called_from_outside_joins_the_next_commit(database: Database) -> None:
    riding = asyncio.ensure_future(database.ride("reader", count, None))
    await asyncio.sleep(0)
    database.call("reader")
    database.call("somebody else")
    assert await riding == 0


async def test_a_rider_that_fails_takes_nobody_with_it(database: Database) -> None:
    riding = asyncio.ensure_future(database.ride("reader", broken, None))
    await asyncio.sleep(0)
    await database.write(noted, "one")
    with pytest.raises(ValueError, match="no"):
        await riding
    assert await database.read(lambda connection: count(connection, [None])) == [1]


async def test_a_second_rider_takes_the_place_of_the_first(database: Database) -> None:
    first = asyncio.ensure_future(database.ride("reader", count, None))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(database.ride("reader", count, None))
    with pytest.raises(Unavailable):
        await first
    await database.write(noted, "one")
    assert await second == 1


async def test_who_rides_when_the_database_closes_is_told(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url)
    riding = asyncio.ensure_future(database.ride("reader", count, None))
    await asyncio.sleep(0)
    await database.close()
    with pytest.raises(Unavailable):
        await riding
