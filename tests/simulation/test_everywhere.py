"""A crash at every single commit and send of a short run: not chance, each in turn."""

import pytest

from tests.simulation.faults import Fault, Once
from tests.simulation.world import live

STORM = 180.0
"""Virtual seconds: an alert fires, pages, resolves."""
NEVER = 1 << 30


def occasions(seed: int, fault: Fault) -> int:
    """How often it could strike in an undisturbed run."""
    dice = Once(seed, fault, NEVER)
    result = live(dice, STORM)
    assert result.violation is None, str(result.violation)
    return dice.occasions


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        Fault.CRASH_BEFORE_COMMIT, Fault.CRASH_AFTER_COMMIT, Fault.PAUSED, Fault.CRASH_BEFORE_SEND,
        Fault.CRASH_AFTER_SEND,
    ],
)  # fmt: skip
def test_trouble_at_each_commit_and_send_in_turn_breaks_nothing(fault: Fault) -> None:
    seed = 4
    number = occasions(seed, fault)
    assert number > 5
    for turn in range(number):
        dice = Once(seed, fault, turn)
        result = live(dice, STORM)
        assert dice.struck[fault] == 1
        assert result.violation is None, f"{fault.value}, occasion {turn}: {result.violation}\n" + "\n".join(
            result.trace[-60:]
        )
