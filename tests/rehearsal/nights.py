"""Tests of policies as tests need them: small policies, a night in a few words, and what the runner says of it."""

from pathlib import Path
from textwrap import indent

from escalator.core.book import Book
from escalator.language import compile_book, render
from escalator.language.trials import Suite, compile_trials
from escalator.rehearsal.trials.judging import Verdict, judge
from escalator.rehearsal.trials.playing import play
from escalator.rehearsal.trials.running import Result, run
from escalator.rehearsal.trials.walked import Coverage, Watch

SHIPPED = Path(__file__).parents[2] / "policies"
PAGE = (Path(__file__).parents[2] / "docs" / "policy-tests.md").read_text(encoding="utf-8")
POLICIES = PAGE.partition("```yaml\n")[2].partition("```")[0]
"""The policies of docs/policy-tests.md: ben is on call in the night of 4 March 2026, ana is next."""
NIGHT = "2026-03-04T03:10"


def book(text: str = POLICIES) -> Book:
    compiled = compile_book({"main.yaml": text})
    assert compiled.book is not None, render(compiled.diagnostics, {"main.yaml": text})
    return compiled.book


def shipped(change: tuple[str, str] | None = None) -> Book:
    """The policies of the repository, with one text of them replaced."""
    text = (SHIPPED / "main.yaml").read_text(encoding="utf-8")
    if change is not None:
        assert change[0] in text
        text = text.replace(*change, 1)
    return parsed(text)


def parsed(text: str) -> Book:
    """Also where a check of its meaning fails."""
    compiled = compile_book({"main.yaml": text})
    assert compiled.parsed is not None, render(compiled.diagnostics, {"main.yaml": text})
    return compiled.parsed


def suite(text: str, about: Book) -> Suite:
    sources = {"main.test.yaml": text}
    found = compile_trials(sources, about)
    assert not found.diagnostics, render(found.diagnostics, sources)
    return found.suites[0]


def codes(text: str, about: Book) -> list[str]:
    """Every code in the order of places; rendering is tried as well."""
    sources = {"main.test.yaml": text}
    found = compile_trials(sources, about)
    render(found.diagnostics, sources)
    assert bool(found.suites) == (not found.diagnostics)
    return [each.code for each in found.diagnostics]


def told(events: str, expect: str = "", more: str = "") -> str:
    """A file with one test."""
    text = f"tests:\n  - name: it\n    starts: {NIGHT}\n    timezone: Europe/London\n"
    text += f"    events:\n{indent(events, '      ')}\n"
    text += f"    expect:\n{indent(expect, '      ')}\n" if expect else ""
    return text + (f"{indent(more, '    ')}\n" if more else "")


def judged(events: str, expect: str = "", more: str = "", about: Book | None = None) -> Verdict:
    about = about or book()
    (trial,) = suite(told(events, expect, more), about).trials
    return judge(play(about, trial))


def failures(events: str, expect: str, about: Book | None = None) -> list[str]:
    """What is wrong, in sentences; empty where the test passes."""
    return [text for _, text in judged(events, expect, about=about).failures]


def results(text: str, about: Book) -> tuple[list[Result], Coverage]:
    watch = Watch(about)
    ticks = iter(range(1_000_000))
    found = list(run(about, [suite(text, about)], lambda name: True, watch, lambda: next(ticks)))
    return found, watch.coverage()
