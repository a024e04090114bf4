"""Overrides made by hand, as they are read back: their order decides who is on call."""

from collections.abc import Iterator

import pytest

from escalator.core.instant import HOUR, MINUTE
from escalator.core.oncall import Override, Schedule, on_call
from escalator.store import windows
from escalator.store.inline import Memory

NIGHT = Schedule("primary", "Europe/London", ())


@pytest.fixture
def memory() -> Iterator[Memory]:
    memory = Memory()
    yield memory
    memory.close()


def made(memory: Memory, *overrides: tuple[str, str, int]) -> tuple[Override, ...]:
    """(id, person, when it was made), all for the same hour."""
    with memory.connection.begin():
        for id, person, now in overrides:
            override = Override("primary", person, HOUR, 2 * HOUR, "swapped", id, person)
            windows.add_override(memory.connection, override, person, now)
        return windows.overrides(memory.connection, 0)


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
def test_of_two_that_start_together_the_one_that_was_made_last_counts_whatever_their_ids(
    memory: Memory, ids: tuple[str, str]
) -> None:
    found = made(memory, (ids[0], "ana", 1), (ids[1], "carol", 2))
    assert [each.person for each in found] == ["ana", "carol"]
    assert on_call(NIGHT, found, HOUR + MINUTE) == "carol"


def test_one_that_starts_later_counts_though_it_was_made_first(memory: Memory) -> None:
    with memory.connection.begin():
        later = Override("primary", "ana", HOUR + MINUTE, 2 * HOUR, "swapped", "a", "ana")
        windows.add_override(memory.connection, later, "ana", 1)
    found = made(memory, ("b", "carol", 2))
    assert on_call(NIGHT, found, HOUR) == "carol"
    assert on_call(NIGHT, found, HOUR + MINUTE) == "ana"


def test_made_again_it_is_there_once(memory: Memory) -> None:
    assert len(made(memory, ("a", "ana", 1), ("a", "ana", 2))) == 1
