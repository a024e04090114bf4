"""From texts to a Book: files are read, merged into sections, and each section compiled by the module that knows it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from escalator.core.book import Book
from escalator.core.instant import Instant
from escalator.language import calendars, ladders, people, routing, watching
from escalator.language.checks import check
from escalator.language.diagnostics import Diagnostic, Mark, Note
from escalator.language.nodes import Items, Node, Scalar, Table
from escalator.language.reading import read
from escalator.language.scope import Declared, Scope
from escalator.language.shapes.file import FREE, LISTED, NAMED, ONCE, TOP
from escalator.language.shapes.patterns import NAME
from escalator.language.sources import digest, is_calendar, is_policy


class Compiled(NamedTuple):
    """What compiling found."""

    book: Book | None
    """None where there is an error."""
    diagnostics: tuple[Diagnostic, ...]
    """In the order of files and lines."""
    parsed: Book | None = None
    """The Book even where checks of its meaning failed; None where shapes or names are wrong."""


class Merged(NamedTuple):
    """All files of a revision as one."""

    named: dict[str, dict[str, Declared]]
    listed: dict[str, list[Node]]
    once: dict[str, Declared]


def compile_book(sources: Mapping[str, str], revision: int = 0, now: Instant | None = None) -> Compiled:
    """Compile texts by relative path. `now` adds what only a present can tell: windows that are over."""
    scope = Scope(sources)
    merged = _merge(scope)
    if scope.unread:
        # Half of the names would be missing, and every complaint about them beside the point.
        return Compiled(None, _ordered(scope))
    scope.declared, scope.once = merged.named, merged.once
    book = _book(scope, merged, revision)
    shaped = scope.errors == 0
    check(scope, book, now)
    return Compiled(None if scope.errors else book, _ordered(scope), book if shaped else None)


def _ordered(scope: Scope) -> tuple[Diagnostic, ...]:
    """By place; what was found twice, once."""
    found = sorted(scope.diagnostics, key=lambda one: (one.file, one.line, one.column, one.code))
    return tuple(dict.fromkeys(found))


def _merge(scope: Scope) -> Merged:
    merged = Merged({section: {} for section in NAMED}, {section: [] for section in LISTED}, {})
    for file in sorted(name for name in scope.sources if not is_calendar(name)):
        root = read(file, scope.sources[file], scope)
        if root is None or (isinstance(root, Scalar) and root.is_null):
            continue
        scope.fields(root, TOP)
        for key, value in root.entries if isinstance(root, Table) else ():
            if not (isinstance(value, Scalar) and value.is_null) or key.value in ONCE:
                _section(scope, merged, key, value)
    return merged


def _section(scope: Scope, merged: Merged, key: Scalar, value: Node) -> None:
    section = key.value
    if section in NAMED:
        for name, node in scope.entries(value, f"`{section}`"):
            _declare(scope, section, merged.named[section], Declared(name, node))
    elif section in LISTED:
        merged.listed[section] += value.items if isinstance(value, Items) else scope.items(value, f"`{section}`")
    elif section in ONCE:
        first = merged.once.setdefault(section, Declared(key, value))
        if first.name is not key:
            cure = "keep it in one file, so that one place decides; others may have `route_groups`"
            notes = (Note(first.name.mark, "the other one"),)
            scope.error("E205", key.mark, f"`{section}` stands in two files", cure, notes)
    elif section == "version" and not (isinstance(value, Scalar) and value.value == "1"):
        scope.error("E140", value.mark, "this version of the language is not known", "write `version: 1`")


def _declare(scope: Scope, section: str, names: dict[str, Declared], new: Declared) -> None:
    name = new.name
    first = names.setdefault(name.value, new)
    if first is not new:
        notes = (Note(first.name.mark, "declared here already"),)
        scope.error(
            "E204", name.mark, f"`{name.value}` is declared twice under `{section}`", "rename one of them", notes
        )
    elif section not in FREE and not NAME.fullmatch(name.value):
        cure = "letters, digits and `_ . - + @`, at most 100"
        scope.error("E130", name.mark, f"`{name.value}` cannot be a name", cure)


def _book(scope: Scope, merged: Merged, revision: int) -> Book:
    named, once = merged.named, merged.once
    holidays = calendars.holidays(scope, named["holidays"])
    hours = calendars.hours(scope, named["hours"], holidays)
    schedules = calendars.schedules(scope, named["schedules"], hours)
    timing = routing.defaults(scope, _value(once, "defaults"))
    rules = _value(once, "notification_rules")
    routes = _value(once, "routes")
    if not named["policies"]:
        scope.error("E206", _somewhere(scope, once), "there is no policy", "add one under `policies:`")
    return Book(
        policies=MappingProxyType(ladders.policies(scope, named["policies"])),
        catch_all=_catch_all(scope, once),
        revision=revision,
        digest=digest(scope.sources),
        routes=routing.routes(scope, _route_nodes(scope, routes), named["route_groups"], timing),
        people=MappingProxyType(people.people(scope, named["people"])),
        teams=MappingProxyType(people.teams(scope, named["teams"])),
        channels=MappingProxyType(people.channels(scope, named["channels"])),
        schedules=MappingProxyType(schedules),
        hours=MappingProxyType(hours),
        holidays=MappingProxyType(holidays),
        rules=MappingProxyType(people.rules(scope, rules) if rules else {}),
        overrides=calendars.overrides(scope, merged.listed["overrides"], schedules),
        silences=watching.silences(scope, merged.listed["silences"], hours),
        heartbeats=watching.heartbeats(scope, named["heartbeats"]),
        refresh=MappingProxyType(watching.sources(scope, named["sources"])),
        alerts=MappingProxyType(watching.alerts(scope, named["alerts"])),
        guarantees=watching.guarantees(scope, merged.listed["guarantees"]),
        timing=timing,
    )


def _value(once: Mapping[str, Declared], section: str) -> Node | None:
    """What stands under a section, where anything does."""
    node = once[section].node if section in once else None
    return None if isinstance(node, Scalar) and node.is_null else node


def _route_nodes(scope: Scope, node: Node | None) -> list[Node]:
    if node is None:
        return []
    return node.items if isinstance(node, Items) else scope.items(node, "`routes`")


def _catch_all(scope: Scope, once: Mapping[str, Declared]) -> str:
    """The policy that takes what no route takes; empty where it is missing."""
    if "catch_all" not in once:
        cure = "write `catch_all: POLICY`: the policy that takes every alert that no route takes"
        scope.error("E201", _somewhere(scope, once), "there is no `catch_all`", cure)
        return ""
    node = once["catch_all"].node
    scope.marks["", "catch_all"] = node.mark
    if not scope.declared["policies"]:
        return ""  # that there is no policy is said already
    return scope.refer("policy", node) or ""


def _somewhere(scope: Scope, once: Mapping[str, Declared]) -> Mark:
    """Where something is missing altogether: the file that routes, else the first."""
    file = once["routes"].name.file if "routes" in once else min(filter(is_policy, scope.sources), default="main.yaml")
    return Mark(file, 1, 1, 2)
