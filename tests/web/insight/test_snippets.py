"""What is advised can be pasted: policies compile with it and mean what was said, Prometheus takes its rules."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from escalator.core.alert import Matcher, Severity
from escalator.core.book import Book
from escalator.core.insight.advice import Advice
from escalator.core.instant import HOUR, MINUTE
from escalator.core.policy import Route
from escalator.language import compile_book, load_sources, render
from escalator.store.samples import Sample
from escalator.web.insight.snippets import Snippet, snippet
from tests import absent
from tests.language.test_examples import EXAMPLES, SHIPPED

WAIT = Advice("wait", "", "", "", span=7 * MINUTE)
KEEP = Advice("keep", "", "", "", span=10 * MINUTE)
SEVERITY = Advice("severity", "", "", "")
GROUP = Advice("group", "", "", "", labels=("alertname", "cluster"))
REOPEN = Advice("reopen", "", "", "", span=HOUR)
URGENCY = Advice("urgency", "", "", "")
FOLDERS = [SHIPPED, *sorted(EXAMPLES.iterdir())]
NASTY = [
    'Disk "full": {x}',
    "yes",
    "- a\n- b",
    "#hash",
    "null",
    "12:30",
    "'",
    "雪",
    "a: b",
    "a\u2028b",
    "\x85c",
    "=b",
    "*x",
    "{{ $x }}",
]


def sample(route: str = "catch_all", url: str = "") -> Sample:
    return Sample(1, "t", route, Severity.WARNING, {}, url)


def book_of(sources: Mapping[str, str]) -> Book:
    compiled = compile_book(sources, 7)
    assert compiled.book is not None, render(compiled.diagnostics, sources)
    return compiled.book


def pasted(sources: dict[str, str], route: Route, found: Snippet) -> dict[str, str]:
    """As a person would: the routes where the words say, policies of its own in a file of their own."""
    text, cut, policies = found.text.partition("policies:\n")
    lines = text.removesuffix("\n").split("\n")
    items = [line for line in lines if line.startswith(("  - ", "    "))]
    if lines[0].startswith("route_groups:"):
        items = lines[2:]
    more = {"quiet.yaml": f"version: 1\n{cut}{policies}"} if cut else {}
    file, _, place = route.where.partition(":")
    if not route.where:
        return sources | more | {_main(sources): _at_the_end(sources[_main(sources)], items)}
    there = sources[file].split("\n")
    number = int(place.partition(":")[0]) - 1
    there[number:number] = items
    return sources | more | {file: "\n".join(there)}


def _main(sources: dict[str, str]) -> str:
    return next(file for file, text in sources.items() if "\ncatch_all:" in text)


def _at_the_end(text: str, items: list[str]) -> str:
    if "\nroutes:" not in text:
        return text + "\n".join(["routes:", *items]) + "\n"
    return text.replace("\ncatch_all:", "\n" + "\n".join(items) + "\ncatch_all:", 1)


def routes() -> list[Any]:
    return [
        pytest.param(folder, name, id=f"{folder.name} {name}")
        for folder in FOLDERS
        for name in [*(route.name for route in book_of(load_sources(folder)).routes), "catch_all"]
    ]


@pytest.mark.parametrize("advice", [GROUP, REOPEN, URGENCY], ids=lambda advice: advice.kind)
@pytest.mark.parametrize(("folder", "name"), routes())
def test_every_policy_snippet_compiles_in_every_example_and_means_what_was_advised(
    folder: Path, name: str, advice: Advice
) -> None:
    sources = load_sources(folder)
    before = book_of(sources)
    route = before.route_named(name)
    assert route is not None
    for alert in ["Fresh", *NASTY]:
        found = snippet(advice, alert, sample(name), before)
        assert found is not None
        after = book_of(pasted(dict(sources), route, found))
        labels = example(route) | {"alertname": alert}
        refined = after.route(after.filled(labels))
        assert Matcher("alertname", "=", alert) in refined.match, found.text
        expect(advice, route, refined, after)
        # Whatever has another name goes where it went.
        others = labels | {"alertname": "SomethingElse"}
        was, now = before.route(others), after.route(others)
        assert (was.policies, was.timing, was.drop) == (now.policies, now.timing, now.drop)


def example(route: Route) -> dict[str, str]:
    """Labels that the route takes."""
    return {
        matcher.label: matcher.value if isinstance(matcher.value, str) else matcher.value[0] for matcher in route.match
    }


def expect(advice: Advice, before: Route, after: Route, book: Book) -> None:
    if advice.kind == "group":
        assert after.timing == before.timing._replace(group_by=("alertname", "cluster"))
        assert after.policies == before.policies
    if advice.kind == "reopen":
        assert after.timing == before.timing._replace(reopen_window=HOUR)
        assert after.policies == before.policies
    if advice.kind == "urgency":
        assert after.timing == before.timing
        assert after.policies[Severity.CRITICAL] == before.policies[Severity.CRITICAL]
        assert all(
            book.policies[after.policies[each]].urgency == "low" for each in Severity if each < Severity.CRITICAL
        )


def test_a_route_that_is_gone_is_not_refined() -> None:
    book = book_of(load_sources(SHIPPED))
    assert snippet(GROUP, "A", sample("routes[77]"), book) is None
    assert snippet(GROUP, "A", sample("heartbeats.prometheus"), book) is None


@pytest.mark.parametrize("name", ["", " ", "\u2028", "=~x", "!~x"])
def test_a_name_that_no_condition_can_say_has_no_route(name: str) -> None:
    assert snippet(GROUP, name, sample(), book_of(load_sources(SHIPPED))) is None


@pytest.mark.parametrize("advice", [WAIT, KEEP, SEVERITY], ids=lambda advice: advice.kind)
@pytest.mark.parametrize("name", ["HighCPUUsage", *NASTY])
def test_a_rule_has_the_shape_that_prometheus_reads(advice: Advice, name: str) -> None:
    book = book_of(load_sources(SHIPPED))
    found = snippet(advice, name, sample(url="http://p/graph?g0.expr=up+%3D%3D+0&g0.tab=1"), book)
    assert found is not None
    [group] = yaml.safe_load(found.text)["groups"]
    [rule] = group["rules"]
    assert (rule["alert"], rule["expr"]) == (name, "up == 0")
    assert rule.get("for") == ("7m" if advice is WAIT else None)
    assert rule.get("keep_firing_for") == ("10m" if advice is KEEP else None)
    assert rule.get("labels") == ({"severity": "warning"} if advice is SEVERITY else None)


def test_promtool_takes_every_rule(tmp_path: Path) -> None:
    prometheus = Path(absent.need("prometheus"))
    book = book_of(load_sources(SHIPPED))
    urls = ["", "http://p/graph?g0.expr=up+%3D%3D+0", "javascript:alert(1)", "http://[", "http://p/?g0.expr="]
    for number, (name, advice, url) in enumerate(
        (name, advice, url) for name in ["Disk", *NASTY] for advice in (WAIT, KEEP, SEVERITY) for url in urls
    ):
        found = snippet(advice, name, sample(url=url), book)
        assert found is not None
        (tmp_path / f"{number}.yml").write_text(found.text, "utf-8")
    files = [str(path) for path in sorted(tmp_path.iterdir())]
    said = subprocess.run(
        [prometheus.with_name("promtool"), "check", "rules", *files], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.count("SUCCESS: 1 rules found") == len(files)


def test_without_an_expression_the_rule_says_that_it_needs_one_and_would_fire_rather_than_keep_silent() -> None:
    found = snippet(WAIT, "A", sample(), book_of(load_sources(SHIPPED)))
    assert found is not None
    assert "keep your rule's own" in found.text
    assert "absent(" in found.text
