"""Group commit: who waits together is committed together, and each gets its own answer."""

import asyncio

from sqlalchemy import Connection, text

from escalator.store.db import Database

ADD = text("INSERT INTO heartbeat (name, last_seen) VALUES (:name, 1)")


async def test_an_item_that_was_written_can_be_read(database: Database) -> None:
    def add(connection: Connection, names: list[str]) -> list[str]:
        connection.execute(ADD, [{"name": name} for name in names])
        return [name.upper() for name in names]

    assert await database.write(add, "a") == "A"
    assert await database.read(lambda c: c.execute(text("SELECT name FROM heartbeat")).scalars().all()) == ["a"]
    assert await asyncio.gather(*(database.write(add, f"n{i}") for i in range(100)))
