"""The database's clock never goes back, and does not follow a jump before it has lasted a minute."""

from escalator.core.instant import HOUR, SECOND
from escalator.store.clock import Local, Steady, steady, wall


class Clocks:
    """A wall that can be set, and a steady clock that only runs."""

    def __init__(self) -> None:
        self.ticks = 500 * SECOND
        self.hands = 1_772_593_200 * SECOND

    def run(self, span: int) -> None:
        self.ticks += span
        self.hands += span

    def wall(self) -> int:
        return self.hands

    def steady(self) -> int:
        return self.ticks


def test_it_starts_at_the_wall_and_runs_with_it() -> None:
    clocks = Clocks()
    now = Local(clocks.wall, clocks.steady).now
    assert now() == clocks.hands
    clocks.run(90 * SECOND)
    assert now() == clocks.hands


def test_a_wall_set_back_is_ignored() -> None:
    clocks = Clocks()
    now = Local(clocks.wall, clocks.steady).now
    before = now()
    clocks.hands -= HOUR
    assert now() == before
    clocks.run(300 * SECOND)
    assert now() == before + 300 * SECOND


def test_a_wall_set_forward_is_believed_after_a_minute() -> None:
    clocks = Clocks()
    now = Local(clocks.wall, clocks.steady).now
    before = now()
    clocks.hands += HOUR
    assert now() == before
    clocks.run(59 * SECOND)
    assert now() == before + 59 * SECOND
    clocks.run(1 * SECOND)
    now()
    assert now() == before + 60 * SECOND + HOUR


def test_a_jump_that_is_taken_back_within_the_minute_never_happened() -> None:
    clocks = Clocks()
    now = Local(clocks.wall, clocks.steady).now
    before = now()
    clocks.hands += HOUR
    now()
    clocks.run(30 * SECOND)
    clocks.hands -= HOUR
    now()
    clocks.hands += HOUR
    now()
    clocks.run(40 * SECOND)
    assert now() == before + 70 * SECOND


def test_it_never_goes_back_when_the_reference_is_a_little_behind() -> None:
    clocks = Clocks()
    clock = Steady(clocks.hands, clocks.steady)
    before = clock.now()
    clock.compare(before - SECOND // 2)
    assert clock.now() == before
    clocks.run(SECOND)
    assert clock.now() == before + SECOND // 2


def test_the_skew_is_told_so_that_an_alert_can_be_raised() -> None:
    clocks = Clocks()
    clock = Steady(clocks.hands, clocks.steady)
    clock.compare(clocks.hands - 10 * SECOND)
    assert clock.skew == -10 * SECOND


def test_the_real_clocks_are_microseconds() -> None:
    assert 1_700_000_000 * SECOND < wall() < 4_000_000_000 * SECOND
    assert 0 <= steady() <= steady()
