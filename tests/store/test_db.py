"""Group commit on real databases: who waits together is committed together, and each gets its own answer."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from escalator.store.db import Database, Unavailable, asyncpg_url, sqlite_path

ADD = text("INSERT INTO heartbeat (name, last_seen) VALUES (:name, 1)")


def add(connection: Connection, names: Sequence[str]) -> list[str]:
    connection.execute(ADD, [{"name": name} for name in names])
    return [name.upper() for name in names]


async def names(database: Database) -> list[str]:
    query = text("SELECT name FROM heartbeat ORDER BY name")
    return await database.read(lambda c: list(c.execute(query).scalars()))


async def test_what_was_answered_can_be_read(database: Database) -> None:
    assert await database.write(add, "a") == "A"
    assert await names(database) == ["a"]


async def test_items_that_wait_together_are_one_list_in_one_transaction(database: Database) -> None:
    batches: list[list[int]] = []

    def collect(connection: Connection, items: Sequence[int]) -> list[int]:
        batches.append(list(items))
        return list(items)

    assert await asyncio.gather(*(database.write(collect, n) for n in range(300))) == list(range(300))
    assert batches == [list(range(300))]


async def test_different_works_share_the_transaction(database: Database) -> None:
    def same(connection: Connection, items: Sequence[str]) -> list[int]:
        query = "SELECT pg_current_xact_id()::text::bigint" if database.dialect == "postgresql" else "SELECT 1"
        return [connection.execute(text(query)).scalar_one()] * len(items)

    def other(connection: Connection, items: Sequence[str]) -> list[int]:
        return same(connection, items)

    first, second = await asyncio.gather(database.write(same, "x"), database.write(other, "y"))
    assert first == second


async def test_an_exception_among_the_outcomes_is_raised_to_that_caller_alone(database: Database) -> None:
    def choosy(connection: Connection, items: Sequence[str]) -> list[str | Exception]:
        good = [item for item in items if item != "bad"]
        add(connection, good)
        return [KeyError(item) if item == "bad" else item for item in items]

    results = await asyncio.gather(*(database.write(choosy, n) for n in ("a", "bad", "b")), return_exceptions=True)
    assert [type(result) for result in results] == [str, KeyError, str]
    assert await names(database) == ["a", "b"]


async def test_a_poison_item_fails_alone_and_the_others_are_committed(database: Database) -> None:
    def strict(connection: Connection, items: Sequence[str]) -> list[str]:
        add(connection, items)
        if "poison" in items:
            raise ZeroDivisionError("poison")
        return list(items)

    items = [f"n{number:03}" for number in range(100)]
    results: list[Any] = await asyncio.gather(
        *(database.write(strict, name) for name in [*items, "poison"]), return_exceptions=True
    )
    assert results[:-1] == items
    assert isinstance(results[-1], ZeroDivisionError)
    assert await names(database) == items


async def test_a_value_that_the_database_refuses_fails_alone(database: Database) -> None:
    def put(connection: Connection, items: Sequence[Any]) -> list[Any]:
        rows = [{"name": str(item), "at": item} for item in items]
        connection.execute(text("INSERT INTO heartbeat (name, last_seen) VALUES (:name, :at)"), rows)
        return list(items)

    results = await asyncio.gather(*(database.write(put, n) for n in (1, 1 << 70, 3)), return_exceptions=True)
    assert results[0::2] == [1, 3]
    assert isinstance(results[1], Exception)
    assert not isinstance(results[1], Unavailable)
    assert await names(database) == ["1", "3"]


async def test_a_work_that_lost_a_race_is_run_again(database: Database) -> None:
    runs: list[int] = []

    def racing(connection: Connection, items: Sequence[str]) -> list[str]:
        runs.append(len(items))
        add(connection, items)
        if len(runs) < 3:
            raise IntegrityError("UPDATE incident", None, Exception("changed since it was read"))
        return list(items)

    assert await database.write(racing, "a") == "a"
    assert runs == [1, 1, 1]
    assert await names(database) == ["a"]


async def test_a_work_that_always_loses_ends_in_unavailable(database: Database) -> None:
    def losing(connection: Connection, items: Sequence[str]) -> list[str]:
        raise IntegrityError("UPDATE incident", None, Exception("changed since it was read"))

    with pytest.raises(Unavailable):
        await database.write(losing, "a")


async def test_a_work_with_too_few_outcomes_is_an_error_not_a_hang(database: Database) -> None:
    with pytest.raises(ValueError, match="shorter"):
        await database.write(lambda connection, items: [], "a")


async def test_thousands_of_items_are_committed(database: Database) -> None:
    results = await asyncio.gather(*(database.write(add, f"n{number}") for number in range(5000)))
    assert len(results) == 5000
    assert len(await names(database)) == 5000


async def test_closing_commits_what_waits_and_refuses_what_comes(database_url: str) -> None:
    database = await Database.open(database_url)
    waiting = [asyncio.ensure_future(database.write(add, f"n{number}")) for number in range(10)]
    await asyncio.sleep(0)
    await database.close()
    assert len(await asyncio.gather(*waiting)) == 10
    with pytest.raises(Unavailable):
        await database.write(add, "late")


async def test_a_query_that_fails_raises_what_it_raised(database: Database) -> None:
    def broken(connection: Connection) -> None:
        raise LookupError("no such thing")

    with pytest.raises(LookupError):
        await database.read(broken)


async def test_the_clock_can_be_given(database_url: str) -> None:
    database = await Database.open(database_url, clock=lambda: 42)
    assert database.now() == 42
    await database.close()


async def test_the_clock_runs_and_agrees_with_the_machine(database: Database) -> None:
    first = database.now()
    assert abs(first - time.time_ns() // 1000) < 2_000_000
    assert database.now() >= first
    assert abs(database.skew) < 1_000_000


@pytest.mark.parametrize("url", ["mysql://localhost/x", "nonsense", "sqlite://", "sqlite+aiosqlite:///:memory:"])
async def test_a_url_that_cannot_hold_incidents_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        await Database.open(url)


def test_every_spelling_of_a_url_leads_to_the_same_driver() -> None:
    assert str(sqlite_path("sqlite+aiosqlite:///a/b.db")) == "a/b.db"
    assert str(sqlite_path("sqlite:////a/b.db")) == "/a/b.db"
    assert asyncpg_url("postgresql://u:p%40ss@h/d") == "postgresql+asyncpg://u:p%40ss@h/d"
