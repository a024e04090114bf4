"""A loop that stands still ends its process; one that turns is left alone."""

import subprocess
import sys
import time

import pytest

from escalator.app.watchdog import EXIT

PROGRAM = """
import asyncio, time
from escalator.app.watchdog import Watchdog

async def main():
    watchdog = Watchdog(blocked=0.3)
    watchdog.start(asyncio.get_running_loop())
    {what}
    watchdog.stop()

asyncio.run(main())
"""


def run(what: str) -> int:
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(what=what)], timeout=30, capture_output=True)
    return done.returncode


def test_a_blocked_loop_ends_the_process_so_that_a_supervisor_starts_it_again() -> None:
    before = time.monotonic()
    assert run("time.sleep(20)") == EXIT
    assert time.monotonic() - before < 15


@pytest.mark.parametrize("what", ["await asyncio.sleep(1)", "watchdog.stop(); time.sleep(1)"])
def test_a_loop_that_turns_and_one_no_longer_watched_are_left_alone(what: str) -> None:
    assert run(what) == 0
