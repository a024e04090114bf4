"""`escalator policy test`: nights that are told in files beside the policies, played, and compared with what came."""

import sys
import time
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from escalator.cli import output
from escalator.cli.options import Json
from escalator.cli.policy.books import book_at, here, placed
from escalator.cli.policy.check import Paths

if TYPE_CHECKING:
    from escalator.core.book import Book
    from escalator.language.trials import Suite
    from escalator.rehearsal.trials.running import Result
    from escalator.rehearsal.trials.walked import Coverage


class Tested(NamedTuple):
    """One PATH: a whole policy, its tests, and what came of them."""

    results: "list[Result]"
    coverage: "Coverage"


def play_tests(
    paths: Paths = None,
    pattern: Annotated[
        str, typer.Option("-k", metavar="PATTERN", help="Only tests with this in their name; * and ? as in file names.")
    ] = "",
    update: Annotated[bool, typer.Option("--update", help="Write the timelines that came into the files.")] = False,
    coverage: Annotated[bool, typer.Option("--coverage", help="Show what no test walked.")] = False,
    fail_under: Annotated[
        float | None, typer.Option(min=0, max=100, metavar="PERCENT", help="Fail where less of the policies is walked.")
    ] = None,
    coverage_json: Annotated[Path | None, typer.Option(metavar="FILE", help="What was walked, as JSON.")] = None,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="The results as JUnit XML.")] = None,
    as_json: Json = False,
) -> None:
    """Play the tests in *.test.yaml beside the policies, in virtual time, and compare: who is paged, when, how.

    Exit code 1 where one fails, where there is none, or where less than --fail-under is walked. The format of the
    files: docs/policy-tests.md.

    Example: escalator policy test policies --coverage --junit report.xml
    """
    from escalator.cli.policy import reports

    wanted = chosen_by(pattern)
    tested = [_tested(path, wanted, update) for path in paths or [here(None)]]
    results = [result for one in tested for result in one.results]
    walked = [one.coverage for one in tested]
    if as_json:
        output.document(reports.document(results, walked))
    else:
        reports.show(results)
        for one in walked if coverage else []:
            reports.show_coverage(one)
    if junit is not None:
        reports.write(junit, reports.junit(results))
    if coverage_json is not None:
        reports.write(coverage_json, reports.coverage_text(walked))
    enough = reports.enough(walked, fail_under)
    if not results:
        output.warn("No test was found." if not pattern else f"No test has {pattern!r} in its name.")
    if not results or not enough or not all(result.passed for result in results):
        raise typer.Exit(1)


def chosen_by(pattern: str) -> Callable[[str], bool]:
    """Which tests are meant, in any case of letters."""
    words = pattern.lower()
    if any(char in words for char in "*?["):
        return lambda name: fnmatch(name.lower(), words)
    return lambda name: words in name.lower()


def _tested(path: Path, wanted: Callable[[str], bool], update: bool) -> Tested:
    policies, root = places(path)
    book = book_at(policies)
    texts, suites = _suites(root, book)
    tested = _run(book, suites, wanted)
    if update and _updated(book, texts, suites, tested.results):
        _, suites = _suites(root, book)
        tested = _run(book, suites, wanted)
    return tested


def places(path: Path) -> tuple[Path, Path | None]:
    """Where the policies are, and where their tests: a test file is tried against the folder in which it lies."""
    if path.name.endswith((".test.yaml", ".test.yml")):
        return path.parent, path
    if not path.is_file():
        return path, path
    beside = path.with_name(f"{path.stem}.test{path.suffix}")
    return path, beside if beside.is_file() else None


def _suites(root: Path | None, book: "Book") -> "tuple[dict[str, str], tuple[Suite, ...]]":
    """The texts by place and what they say; exits 1 with every diagnostic where something is wrong with them."""
    from escalator.language import Unreadable, render
    from escalator.language.sources import load_trials
    from escalator.language.trials import compile_trials

    if root is None:
        return {}, ()
    try:
        texts = placed(root, load_trials(root))
    except Unreadable as error:
        _ends(render(error.diagnostics, {}))
    found = compile_trials(texts, book)
    if found.diagnostics:
        _ends(render(found.diagnostics, texts))
    return texts, found.suites


def _ends(text: str) -> NoReturn:
    print(text, file=sys.stderr)
    raise typer.Exit(1)


def _run(book: "Book", suites: "tuple[Suite, ...]", wanted: Callable[[str], bool]) -> Tested:
    from escalator.cli.policy.reports import patience
    from escalator.rehearsal.trials.running import run
    from escalator.rehearsal.trials.walked import Watch

    watch = Watch(book)
    results = []
    with patience(sum(len(suite.cases) + len(suite.trials) for suite in suites)) as done:
        for result in run(book, suites, wanted, watch, time.perf_counter):
            results.append(result)
            done(result.name)
    return Tested(results, watch.coverage())


def _updated(book: "Book", texts: dict[str, str], suites: "tuple[Suite, ...]", results: "list[Result]") -> bool:
    """Whether any file was written anew."""
    from escalator.rehearsal.trials.updating import Unwritable, updated

    changed = False
    for suite in suites:
        verdicts = [each.verdict for each in results if each.file == suite.file and each.verdict is not None]
        try:
            text = updated(book, suite.file, texts[suite.file], verdicts)
        except Unwritable as error:
            output.warn(f"{suite.file}: {error}")
            continue
        if text != texts[suite.file]:
            Path(suite.file).write_bytes(text.encode("utf-8"))
            output.warn(f"{suite.file}: timelines written")
            changed = True
    return changed
