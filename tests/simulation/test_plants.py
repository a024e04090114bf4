"""Planted bugs are found: a simulation that finds nothing proves nothing until it has found what is there."""

import pytest

from tests.simulation.plants import PLANTS
from tests.simulation.world import run

SEEDS = 40
"""Far fewer than an ordinary run's 200: whatever needs more is luck."""


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_bug_is_found_by_some_seed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, invariants = PLANTS[name]
    plant(monkeypatch)
    found = next((violation for seed in range(SEEDS) if (violation := run(seed).violation)), None)
    assert found is not None, f"{SEEDS} seeds did not notice: {plant.__doc__}"
    assert found.invariant in invariants, str(found)
