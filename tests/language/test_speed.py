"""How long checking takes. The bounds are for a machine that does other things too; `benchmarks` has the figures."""

import statistics
import time

from benchmarks.organisation import organisation
from escalator.core.instant import from_datetime, to_datetime
from escalator.language import compile_book

NOW = from_datetime(to_datetime(0).replace(year=2026, month=6))
ASKED = 2.0
"""Seconds for a thousand files: what is promised."""


def seconds(sources: dict[str, str], times: int = 3) -> float:
    """The median of some runs, in time of this process alone."""
    found = []
    for _ in range(times):
        start = time.process_time()
        diagnostics = compile_book(sources, now=NOW).diagnostics
        found.append(time.process_time() - start)
        assert diagnostics == ()
    return statistics.median(found)


def test_a_thousand_files_are_checked_in_two_seconds():
    sources = organisation(999)
    assert len(sources) == 1000
    assert seconds(sources) < ASKED * 1.5, "half as much again for a slow machine"


def test_two_hundred_people_on_fifty_schedules_are_checked_at_once():
    sources = organisation(25, people=8, schedules=2)
    assert sum(text.count("contacts:") for text in sources.values()) == 200
    assert sum(text.count("rota-") // 3 for text in sources.values()) == 50
    assert seconds(sources) < 0.6


def test_hours_that_all_differ_do_not_make_it_slow():
    """Each team's own hours, and nobody at night: a year of windows is worked out for every one of them."""
    sources = {}
    for name, text in organisation(300).items():
        number = name.partition("/")[2].partition(".")[0] or "0"
        lines = [line for line in text.splitlines(True) if "every: 1w" not in line]
        sources[name] = "".join(lines).replace("to: 17:30", f"to: 17:{int(number) % 60:02d}")
    assert seconds(sources) < 2
