"""What is tried again, what is halved, who hears what: decided without a database."""

import asyncio
import time
from typing import Any

import pytest

from escalator.store.batch import BATCH, Entry, Fault, Line, Trial, Unavailable, settle


def entries(count: int) -> list[Entry]:
    return [Entry(str, number, None, 0.0) for number in range(count)]  # type: ignore[arg-type]


def play(trial: Trial, poisons: set[int]) -> int:
    """Runs a trial against a database that refuses some items; returns the number of transactions."""
    transactions = 0
    while batch := trial.batch:
        transactions += 1
        if poisons & {entry.item for entry in batch}:
            trial.failed(ValueError("poison"), Fault.POISON)
        else:
            trial.passed([(entry, entry.item) for entry in batch])
    return transactions


@pytest.mark.parametrize("poisons", [set(), {0}, {511}, {3, 4}, set(range(512))])
def test_only_the_poisoned_fail_and_every_entry_has_one_outcome(poisons: set[int]) -> None:
    trial = Trial(entries(512))
    play(trial, poisons)
    assert sorted(entry.item for entry, _ in trial.outcomes) == list(range(512))
    assert {entry.item for entry, result in trial.outcomes if isinstance(result, ValueError)} == poisons


def test_one_poison_among_many_costs_two_transactions_for_each_halving() -> None:
    assert play(Trial(entries(512)), {100}) == 2 * 9 + 1


def test_a_clash_is_tried_again_as_a_whole_and_then_passes() -> None:
    trial = Trial(entries(3))
    for _ in range(4):
        assert 0 < trial.failed(OSError(), Fault.CLASH) < 0.25
        assert len(trial.batch) == 3
    trial.passed([(entry, "ok") for entry in trial.batch])
    assert [result for _, result in trial.outcomes] == ["ok"] * 3


def test_an_endless_clash_ends_in_unavailable() -> None:
    trial = Trial(entries(2))
    while trial.batch:
        trial.failed(OSError("lost"), Fault.CLASH)
    assert all(isinstance(result, Unavailable) for _, result in trial.outcomes)


def test_a_database_that_is_gone_fails_all_of_the_batch_after_five_tries() -> None:
    trial = Trial(entries(100))
    tries = 0
    while trial.batch:
        trial.failed(OSError("gone"), Fault.GONE)
        tries += 1
    assert tries == 5
    assert sum(isinstance(result, Unavailable) for _, result in trial.outcomes) == 100


async def test_all_who_join_in_one_turn_of_the_loop_ring_once() -> None:
    rings: list[int] = []
    line = Line(lambda: rings.append(1))
    for number in range(1000):
        line.join(str, number)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert rings == [1]
    assert [len(line.take()), len(line.take()), len(line.take())] == [BATCH, 1000 - BATCH, 0]


async def test_whoever_joins_after_the_writer_looked_rings_again() -> None:
    rings: list[int] = []
    line = Line(lambda: rings.append(1))
    line.join(str, 1)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    line.take()
    line.join(str, 2)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert rings == [1, 1]


async def test_who_waits_too_long_hears_unavailable_and_is_not_written_later() -> None:
    line = Line(lambda: None, patience=0.05)
    first = line.join(str, 1)  # type: ignore[arg-type]
    started = time.monotonic()
    with pytest.raises(Unavailable, match="no commit within"):
        await first
    assert 0.04 < time.monotonic() - started < 0.5
    assert line.take() == []


async def test_a_caller_who_left_is_passed_over_and_not_answered() -> None:
    line = Line(lambda: None)
    left, stays = line.join(str, 1), line.join(str, 2)  # type: ignore[arg-type]
    left.cancel()
    taken = line.take()
    assert [entry.item for entry in taken] == [2]
    left_later: list[tuple[Any, Any]] = [(taken[0], "two")]
    settle(left_later)
    assert await stays == "two"


async def test_a_closed_line_takes_nobody() -> None:
    line = Line(lambda: None)
    waiting = line.join(str, 1)  # type: ignore[arg-type]
    line.closed = True
    with pytest.raises(Unavailable):
        line.join(str, 2)  # type: ignore[arg-type]
    line.abandon(lambda: Unavailable("closed"))
    with pytest.raises(Unavailable):
        await waiting
