"""What takes seconds is worked out in a child, one at a time, and kept; a child that fails holds up nobody."""

import asyncio
import sys

from escalator.engine.studies import AGAIN, KEPT, WAITING, Answer, Studies

ECHO = (sys.executable, "-c", "import sys, json; json.dump(json.load(sys.stdin), sys.stdout)")
FAILS = (sys.executable, "-c", "raise SystemExit('no such thing')")
HANGS = (sys.executable, "-c", "import time; time.sleep(60)")


class Clock:
    def __init__(self) -> None:
        self.at = 1_000

    def __call__(self) -> int:
        return self.at


async def test_a_study_is_worked_out_once_and_kept() -> None:
    studies = Studies(Clock(), ECHO)
    assert studies.known("a") is None
    assert studies.begin("a", "guarantees", {"x": 1}).state == "working"
    found = await studies.answer("a", 30)
    assert found == Answer("found", 1_000, {"study": "guarantees", "x": 1})
    assert studies.begin("a", "guarantees", {"x": 2}) == found, "asked again it is not worked out again"


async def test_a_study_that_fails_says_why_and_is_tried_again_after_a_while() -> None:
    clock = Clock()
    studies = Studies(clock, FAILS)
    studies.begin("a", "changes", {})
    found = await studies.answer("a", 30)
    assert found == Answer("failed", 1_000, "no such thing")
    assert studies.begin("a", "changes", {}) == found
    clock.at += AGAIN + 1
    assert studies.known("a") is None
    assert studies.begin("a", "changes", {}).state == "working"
    await studies.stop()


async def test_a_child_that_hangs_is_ended() -> None:
    studies = Studies(Clock(), HANGS, deadline=0.2)
    studies.begin("a", "changes", {})
    found = await studies.answer("a", 30)
    assert found is not None
    assert (found.state, found.found) == ("failed", "it took longer than 0.2 s")


async def test_whoever_asks_for_too_much_is_told_to_come_back() -> None:
    studies = Studies(Clock(), HANGS)
    states = [studies.begin(str(number), "changes", {}).state for number in range(WAITING + 3)]
    assert states == ["working"] * (WAITING + 1) + ["busy"] * 2
    await studies.stop()
    assert studies.known("0") is None, "what was stopped may be asked again"


async def test_only_the_newest_answers_are_kept() -> None:
    studies = Studies(Clock(), ECHO)
    for number in range(KEPT + 2):
        studies.begin(str(number), "changes", {})
        await asyncio.wait_for(studies.answer(str(number), 30), 30)
    assert studies.known("0") is None
    assert studies.known(str(KEPT + 1)) is not None
