"""Does a test notice? One pytest session collects once; each mutant is then tried in a process forked from it.

First every test runs on the unbroken rules and says which functions it reaches and how long it takes. A mutant is tried
against the tests that reach its function, the likeliest first, until one fails. Nothing is imported or collected twice.
"""

import json
import os
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

from mutations.sample import Mutant

TIMEOUT = "Failed: Timeout"
"""How pytest-timeout begins."""
MEMORY = 4 << 30
"""Bytes of address space: a loop that never ends and keeps what it makes must not take the machine."""
SLOW = 3
"""Seconds: what takes longer on the unbroken rules is left out, for it would be taken for a loop on a busy machine."""
GRACE = 60
"""Seconds beyond thrice what the tests took on the unbroken rules."""


@dataclass
class Verdict:
    mutant: Mutant
    outcome: str = "survived"  # or killed, timed out, unreached
    test: str = ""  # the one that noticed
    tests: int = 0  # that reach it and were to be run


@dataclass
class Reached:
    """What the tests did on the unbroken rules."""

    seconds: dict[str, float] = field(default_factory=dict)
    functions: dict[str, list[str]] = field(default_factory=dict)  # test → the functions it reaches
    failed: list[str] = field(default_factory=list)

    def tests_of(self, function: str) -> list[str]:
        quick = (test for test in self.functions if self.seconds[test] <= SLOW)
        return [test for test in quick if function in self.functions[test]]


class Trials:
    """The plugin that takes the place of pytest's own loop."""

    def __init__(self, mutants: list[Mutant], folder: Path, workers: int, budget: float) -> None:
        self.mutants, self.folder, self.workers, self.budget = mutants, folder, workers, budget
        self.verdicts: list[Verdict] = []
        self.reached = Reached()
        self.keen: dict[str, Counter[str]] = {}
        self.failure = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests could not be collected")
        self.items = {item.nodeid: item for item in session.items}
        self.survey(session)
        if self.reached.failed:
            raise session.Interrupted(f"fails on unbroken rules: {', '.join(self.reached.failed)}")
        self.all(session)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.reached.seconds[report.nodeid] = self.reached.seconds.get(report.nodeid, 0) + report.duration
        if report.failed:
            self.failure = f"{report.nodeid}\n{report.longreprtext}"

    def survey(self, session: pytest.Session) -> None:
        """Every test on the unbroken rules, the files dealt out among the workers."""
        files = sorted({nodeid.partition("::")[0] for nodeid in self.items})
        hands = [set(files[turn :: self.workers]) for turn in range(self.workers)]
        kept = [self.folder / f"survey-{turn}.json" for turn in range(self.workers)]
        children = [fork(partial(self.watch, session, *each)) for each in zip(hands, kept, strict=True)]
        for child in children:
            os.waitpid(child, 0)
        for file in kept:
            part = json.loads(file.read_text())
            self.reached.seconds |= part["seconds"]
            self.reached.functions |= part["functions"]
            self.reached.failed += part["failed"]

    def watch(self, session: pytest.Session, hand: set[str], kept: Path) -> int:
        set_mutant_under_test("stats")
        mine = [nodeid for nodeid in self.items if nodeid.partition("::")[0] in hand]
        for nodeid in self.run(session, mine):
            self.reached.functions[nodeid] = sorted(state()._stats)
            state()._stats.clear()
            if self.failure and TIMEOUT not in self.failure:
                self.reached.failed.append(self.failure)
            self.failure = ""
        kept.write_text(json.dumps(vars(self.reached)))
        return 0

    def run(self, session: pytest.Session, nodeids: list[str]) -> Iterator[str]:
        for turn, nodeid in enumerate(nodeids):
            item = self.items[nodeid]
            after = self.items[nodeids[turn + 1]] if turn + 1 < len(nodeids) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            yield nodeid

    def all(self, session: pytest.Session) -> None:
        waiting = list(self.mutants)
        running: dict[int, tuple[Verdict, float]] = {}
        while waiting or running:
            while waiting and len(running) < self.workers:
                self.begin(session, waiting.pop(0), running)
            time.sleep(0.02)
            for child in list(running):
                self.look(child, running)

    def begin(self, session: pytest.Session, mutant: Mutant, running: dict[int, tuple[Verdict, float]]) -> None:
        tests = self.likeliest(mutant)
        verdict = Verdict(mutant, tests=len(tests))
        self.verdicts.append(verdict)
        if not tests:
            verdict.outcome = "unreached"
            return
        allowed = GRACE + 3 * sum(self.reached.seconds[test] for test in tests)
        child = fork(lambda: self.judge(session, mutant, tests))
        running[child] = verdict, time.monotonic() + allowed

    def likeliest(self, mutant: Mutant) -> list[str]:
        """Those that noticed another mutant of this file, then those of its own test file and room, the quick first."""
        keen = self.keen.get(mutant.path, Counter())
        room, stem = mutant.path.split("/")[1], Path(mutant.path).name

        def order(test: str) -> tuple[int, bool, bool, float]:
            own = f"test_{stem}" in test
            return -keen[test], not own, f"tests/{room}/" not in test, self.reached.seconds[test]

        chosen: list[str] = []
        spent = 0.0
        for test in sorted(self.reached.tests_of(mutant.function), key=order):
            spent += self.reached.seconds[test]
            if spent > self.budget and chosen:
                break
            chosen.append(test)
        return chosen

    def judge(self, session: pytest.Session, mutant: Mutant, tests: list[str]) -> int:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        set_mutant_under_test(mutant.key)
        self.failure = ""
        for _ in self.run(session, tests):
            if self.failure:
                (self.folder / str(os.getpid())).write_text(self.failure)
                return 1
        return 0

    def look(self, child: int, running: dict[int, tuple[Verdict, float]]) -> None:
        verdict, until = running[child]
        ended, status = os.waitpid(child, os.WNOHANG)
        if not ended and time.monotonic() < until:
            return
        del running[child]
        if not ended:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            verdict.outcome = "timed out"
        elif status:
            self.noticed(child, verdict)
        print(f"{len(self.verdicts)}/{len(self.mutants)} {verdict.mutant.name} {verdict.outcome}", flush=True)

    def noticed(self, child: int, verdict: Verdict) -> None:
        note = self.folder / str(child)
        failure = note.read_text() if note.exists() else "the process died"
        verdict.test = failure.partition("\n")[0]
        verdict.outcome = "timed out" if TIMEOUT in failure else "killed"
        self.keen.setdefault(verdict.mutant.path, Counter())[verdict.test] += 1


def fork(work: Callable[[], int]) -> int:
    """A process group of its own that does this and ends, without pytest's farewell."""
    if child := os.fork():
        return child
    code = 70
    try:
        os.setsid()
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        code = work()
    finally:
        os._exit(code)
