"""The simulation's database keeps the contract of the real one, and dies where it is told to."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from escalator.store.db import Unavailable
from escalator.store.inline import Crash, InlineDatabase, Memory
from tests.store.test_db import add, names


@pytest.fixture
def memory() -> Iterator[Memory]:
    memory = Memory()
    yield memory
    memory.close()


def handle(memory: Memory, **hooks: Callable[..., None]) -> InlineDatabase:
    return InlineDatabase(memory, clock=lambda: 42, **hooks)


async def test_what_joins_in_one_turn_is_one_batch(memory: Memory) -> None:
    batches: list[int] = []

    def count(connection: Connection, items: Sequence[int]) -> list[int]:
        batches.append(len(items))
        return list(items)

    database = handle(memory)
    assert await asyncio.gather(*(database.write(count, n) for n in range(10))) == list(range(10))
    assert batches == [10]
    assert database.now() == 42


async def test_replicas_see_each_other(memory: Memory) -> None:
    first, second = handle(memory), handle(memory)
    await first.write(add, "a")
    assert await names(second) == ["a"]


async def test_the_poison_fails_alone_here_too(memory: Memory) -> None:
    database = handle(memory)
    await database.write(add, "a")
    results = await asyncio.gather(*(database.write(add, n) for n in "abc"), return_exceptions=True)
    assert [isinstance(result, Exception) for result in results] == [True, False, False]


def dies(_: object) -> None:
    raise Crash


@pytest.mark.parametrize(("moment", "kept"), [("before_commit", []), ("after_commit", ["a"])])
async def test_a_replica_that_dies_answers_nobody(memory: Memory, moment: str, kept: list[str]) -> None:
    database = handle(memory, **{moment: dies})
    waiting = asyncio.ensure_future(database.write(add, "a"))
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(Unavailable):
        await database.write(add, "b")
    with pytest.raises(Unavailable):
        await names(database)
    assert await names(handle(memory)) == kept


async def test_a_lost_answer_makes_the_batch_run_again(memory: Memory) -> None:
    lost = [True]

    def lose(_: object) -> None:
        if lost.pop() if lost else False:
            error = Exception("disk I/O error")
            error.sqlite_errorcode = 10  # type: ignore[attr-defined]
            raise OperationalError("COMMIT", None, error)

    runs: list[int] = []

    def idempotent(connection: Connection, items: Sequence[str]) -> list[int]:
        runs.append(1)
        connection.exec_driver_sql("INSERT OR IGNORE INTO heartbeat VALUES (?, 1)", [(item,) for item in items])
        return [len(runs)] * len(items)

    assert await handle(memory, after_commit=lose).write(idempotent, "a") == 2
    assert await names(handle(memory)) == ["a"]


async def test_closing_commits_what_waits(memory: Memory) -> None:
    database = handle(memory)
    waiting = asyncio.ensure_future(database.write(add, "a"))
    await asyncio.sleep(0)
    await database.close()
    assert await waiting == "A"
