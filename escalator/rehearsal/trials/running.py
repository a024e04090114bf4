"""All tests of some files, one after the other: each has a night of its own; a row of the route table is a test too."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from escalator.core.alert import severity_of
from escalator.core.book import Book
from escalator.core.reports import policy_of, urgent
from escalator.language.diagnostics import Mark
from escalator.language.trials.values import Case, Suite
from escalator.rehearsal.trials.judging import Verdict, judge
from escalator.rehearsal.trials.playing import play
from escalator.rehearsal.trials.walked import Watch


class Result(NamedTuple):
    """What became of one test."""

    file: str
    name: str
    where: Mark
    failures: tuple[tuple[Mark, str], ...]
    took: float
    """Seconds."""
    verdict: Verdict | None
    """None for a row of the route table."""

    @property
    def passed(self) -> bool:
        return not self.failures


Clock = Callable[[], float]
"""Seconds, from wherever."""


def run(
    book: Book, suites: Sequence[Suite], wanted: Callable[[str], bool], watch: Watch, clock: Clock
) -> Iterator[Result]:
    """In the order of files; `wanted` chooses by name."""
    for suite in suites:
        for case in suite.cases:
            if wanted(called(case)):
                watch.tabled(case)
                failures = tuple((case.where, text) for text in misrouted(book, case))
                yield Result(suite.file, called(case), case.where, failures, 0.0, None)
        for trial in suite.trials:
            if wanted(trial.name):
                began = clock()
                watch.begins(trial)
                verdict = judge(play(book, trial, watch.look))
                took = clock() - began
                yield Result(suite.file, trial.name, trial.where, verdict.failures, took, verdict)


def called(case: Case) -> str:
    """`route of alertname=Slow, severity=info`."""
    return f"route of {', '.join(f'{name}={value}' for name, value in case.labels.items())}"


def misrouted(book: Book, case: Case) -> Iterator[str]:
    """What of a row of the route table does not hold."""
    filled = book.filled(case.labels)
    route, severity = book.route(filled), severity_of(filled)
    beat = book.heartbeat(filled)
    if beat is not None:
        yield f"heartbeat {beat} takes it: a match opens nothing"
        return
    policy = None if route.drop is not None else policy_of(route, book, severity)
    went = f"{route.name} drops it" if policy is None else f"{route.name} sends it to {policy}"
    if case.dropped and policy is not None:
        yield f"expected to be dropped; {went}"
    if case.policy is not None and case.policy != policy:
        yield f"expected policy {case.policy}; {went}"
    if case.route is not None and case.route != route.name:
        yield f"expected {case.route}; {went}"
    if case.urgency is not None and policy is not None:
        urgency = "high" if urgent(route.name, policy, book, severity) else "low"
        if urgency != case.urgency:
            yield f"expected {case.urgency} urgency; {went} with {urgency} urgency"
    if case.urgency is not None and policy is None:
        yield f"expected {case.urgency} urgency; {went}"
