"""The virtual loop: time passes only when nobody has anything to do; order is the seed's; the dead do nothing more."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.simulation.loop import Fate, VirtualLoop, bury


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop(1)
    yield loop
    loop.close()


def test_an_hour_passes_at_once(loop: VirtualLoop) -> None:
    async def wait() -> float:
        await asyncio.sleep(3600)
        return loop.time()

    assert loop.run_until_complete(wait()) == 3600


def order_of(seed: int) -> list[int]:
    loop, found = VirtualLoop(seed), []

    async def note(number: int) -> None:
        found.append(number)

    async def main() -> None:
        await asyncio.gather(*(note(number) for number in range(20)))

    loop.run_until_complete(main())
    loop.close()
    return found


def test_what_is_ready_together_runs_in_the_order_of_the_seed() -> None:
    assert order_of(1) == order_of(1) != order_of(2)
    assert sorted(order_of(1)) == list(range(20))


def test_waiting_for_nothing_is_an_error_and_not_a_hang(loop: VirtualLoop) -> None:
    async def wait() -> None:
        await asyncio.get_running_loop().create_future()

    task = loop.create_task(wait())
    with pytest.raises(RuntimeError, match="waits for ever"):
        loop.run_until_complete(task)
    task.cancel()
    loop.run_until_complete(asyncio.wait([task]))


async def tell(said: list[str]) -> None:
    try:
        said.append("begun")
        await asyncio.sleep(1)
        said.append("went on")
    finally:
        said.append("cleaned up")


def test_a_killed_process_does_not_even_clean_up(loop: VirtualLoop) -> None:
    said: list[str] = []
    fate = Fate("r1")
    loop.create_task(tell(said), context=fate.context.copy())

    async def world() -> None:
        await asyncio.sleep(0.5)
        fate.dead = True
        await asyncio.sleep(5)

    loop.run_until_complete(world())
    assert said == ["begun"]
    assert bury(fate) == []


def test_a_process_that_stood_still_goes_on_later(loop: VirtualLoop) -> None:
    said: list[str] = []
    fate = Fate("r1")
    loop.create_task(tell(said), context=fate.context.copy())

    async def world() -> list[str]:
        await asyncio.sleep(0.5)
        fate.paused = True
        await asyncio.sleep(60)
        before = list(said)
        loop.resume(fate)
        await asyncio.sleep(1)
        return before

    assert loop.run_until_complete(world()) == ["begun"]
    assert said == ["begun", "went on", "cleaned up"]


def test_what_a_task_died_of_is_told_at_its_burial(loop: VirtualLoop) -> None:
    fate = Fate("r1")

    async def fail() -> None:
        raise ValueError("a lane is dead")

    async def world() -> None:
        loop.create_task(fail(), context=fate.context.copy())
        await asyncio.sleep(1)

    loop.run_until_complete(world())
    assert [repr(cause) for cause in bury(fate)] == ["ValueError('a lane is dead')"]
