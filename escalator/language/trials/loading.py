"""From texts to tests: each file on its own, its names those of the Book that is tested."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from escalator.core import wallclock
from escalator.core.alert import Labels
from escalator.core.book import Book
from escalator.language import scalars
from escalator.language.diagnostics import Diagnostic, Note
from escalator.language.nodes import Items, Node, Scalar, Table
from escalator.language.reading import read
from escalator.language.scope import Declared, Scope
from escalator.language.shapes.ladders import URGENCY
from escalator.language.shapes.trials import CASE, TRIAL, TRIALS, YES
from escalator.language.trials.events import event, labels
from escalator.language.trials.expectations import expectation
from escalator.language.trials.values import Case, Expected, Golden, Happening, Suite, Trial


class Trials(NamedTuple):
    """What was found."""

    suites: tuple[Suite, ...]
    """Empty where there is an error."""
    diagnostics: tuple[Diagnostic, ...]


def compile_trials(sources: Mapping[str, str], book: Book) -> Trials:
    """The tests in texts by path, or everything that is wrong with them."""
    scope = Scope(sources)
    scope.declared = _names(book)
    suites = [_suite(scope, book, file) for file in sorted(sources)]
    found = tuple(dict.fromkeys(sorted(scope.diagnostics, key=lambda one: (one.file, one.line, one.column, one.code))))
    return Trials(() if scope.errors else tuple(suites), found)


def _names(book: Book) -> dict[str, dict[str, Declared]]:
    sections: dict[str, Mapping[str, object]] = {
        "people": book.people, "schedules": book.schedules, "teams": book.teams, "channels": book.channels,
        "policies": book.policies, "hours": book.hours, "holidays": book.holidays,
    }  # fmt: skip
    nowhere = Scalar("", True, "", 1, 1, 2)
    return {name: dict.fromkeys(section, Declared(nowhere, nowhere)) for name, section in sections.items()}


def _suite(scope: Scope, book: Book, file: str) -> Suite:
    root = read(file, scope.sources[file], scope)
    if root is None or (isinstance(root, Scalar) and root.is_null):
        return Suite(file, (), ())
    fields = scope.fields(root, TRIALS) or {}
    version = fields.get("version")
    if version is not None and not (isinstance(version, Scalar) and version.value == "1"):
        scope.error("E140", version.mark, "this version of the language is not known", "write `version: 1`")
    rows = _rows(scope, fields, "routes")
    nights = _rows(scope, fields, "tests")
    cases = [_case(scope, book, node) for node in rows]
    trials = [_trial(scope, book, node, number) for number, node in enumerate(nights)]
    _named_once(scope, nights)
    return Suite(file, tuple(each for each in cases if each), tuple(each for each in trials if each))


def _rows(scope: Scope, fields: Mapping[str, Node], key: str) -> Sequence[Node]:
    """A section; it may stand empty."""
    node = fields.get(key)
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return ()
    return node.items if isinstance(node, Items) else scope.items(node, f"`{key}`")


def _named_once(scope: Scope, nodes: Sequence[Node]) -> None:
    first: dict[str, Scalar] = {}
    for node in nodes:
        for key, value in node.entries if isinstance(node, Table) else ():
            if key.value == "name" and isinstance(value, Scalar):
                before = first.setdefault(value.value, value)
                if before is not value:
                    notes = (Note(before.mark, "the other one"),)
                    scope.error("E304", value.mark, "another test has this name", "rename one of them", notes)


def _case(scope: Scope, book: Book, node: Node) -> Case | None:
    before = scope.errors
    fields = scope.fields(node, CASE)
    if fields is None:
        return None
    found: Labels = labels(scope, fields["labels"]) if "labels" in fields else {}
    route = scope.text(fields["route"], "the name of a route") if "route" in fields else None
    names = [each.name for each in (*book.routes, book.catch_all_route)]
    if route is not None and route not in names:
        scope.error("E305", fields["route"].mark, f"there is no route `{route}`", scope.meant(route, names))
    dropped = "dropped" in fields and scope.choice(fields["dropped"], YES) == "true"
    if not fields.keys() & {"policy", "route", "urgency", "dropped"}:
        scope.error("E305", node.mark, "this row asks nothing", "add `policy: NAME`, `route: NAME` or `dropped: true`")
    policy = scope.refer("policy", fields["policy"]) if "policy" in fields else None
    urgency = scope.choice(fields["urgency"], URGENCY) if "urgency" in fields else None
    return Case(found, node.mark, policy, route, urgency, dropped) if scope.errors == before else None


def _trial(scope: Scope, book: Book, node: Node, number: int) -> Trial | None:
    before = scope.errors
    fields = scope.fields(node, TRIAL)
    if fields is None:
        return None
    name = scope.text(fields["name"], "a name") if "name" in fields else None
    starts = scalars.wall(scope, fields["starts"]) if "starts" in fields else None
    timezone = scalars.zone(scope, fields["timezone"]) if "timezone" in fields else None
    events = _events(scope, book, fields)
    expect = _expectations(scope, book, fields)
    timeline = _timeline(scope, fields["timeline"]) if "timeline" in fields else None
    until = scalars.duration(scope, fields["until"]) if "until" in fields else None
    if scope.errors > before or name is None or starts is None or timezone is None:
        return None
    began = wallclock.first(starts, wallclock.zone(timezone))
    there = fields["timeline"].mark if "timeline" in fields else node.mark
    return Trial(name, fields["name"].mark, began, timezone, events, expect, timeline, there, until, number)


def _events(scope: Scope, book: Book, fields: Mapping[str, Node]) -> tuple[Happening, ...]:
    nodes = scope.items(fields["events"], "events") if "events" in fields else []
    return tuple(found for each in nodes if (found := event(scope, book, each)) is not None)


def _expectations(scope: Scope, book: Book, fields: Mapping[str, Node]) -> tuple[Expected, ...]:
    nodes = scope.items(fields["expect"], "expectations") if "expect" in fields else []
    return tuple(found for each in nodes if (found := expectation(scope, book, each)) is not None)


def _timeline(scope: Scope, node: Node) -> tuple[Golden, ...]:
    """May stand empty: nothing happens, or nothing is written down yet."""
    if isinstance(node, Scalar) and node.is_null:
        return ()
    items = node.items if isinstance(node, Items) else scope.items(node, "lines of a timeline")
    return tuple(line for each in items if (line := _golden(scope, each)) is not None)


def _golden(scope: Scope, node: Node) -> Golden | None:
    if isinstance(node, Table) and len(node.entries) == 1:
        ((at, text),) = node.entries
        if isinstance(text, Scalar):
            return Golden(at.value, text.value)
    cure = "write `- 5m: ana paged by push (level 1)`, or let `--update` write it"
    scope.error("E306", node.mark, "this is not a line of a timeline", cure)
    return None
