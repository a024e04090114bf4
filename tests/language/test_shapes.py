"""The shapes of the language: every key is explained, its examples are true, and the loader knows no key of its own."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalator.core.alert import SEVERITIES
from escalator.core.policy import TargetKind, Templates, Timing
from escalator.language import compile_book, ladders, people, watching
from escalator.language.shapes import labels, patterns, times
from escalator.language.shapes.document import document
from escalator.language.shapes.file import LISTED, NAMED, ONCE, TOP
from escalator.language.shapes.ladders import TARGET, WORDING
from escalator.language.shapes.patterns import ecma
from escalator.language.shapes.routing import GROUP_ROUTE, ROUTE, TIMING
from escalator.language.shapes.shape import Key, Shape
from escalator.language.shapes.values import ByKey, Either, Listed, Named, Spelled, Text, Value, Words, tidy
from tests.language.editors import ROOT, VALIDATOR

LOADER = [
    path
    for path in sorted((ROOT / "escalator" / "language").glob("*.py"))
    if re.search(r"\.(fields|choice|entries)\(", path.read_text(encoding="utf-8"))
]
"""What asks mappings for keys. The checks ask a Book, where `person` and `team` are kinds of targets."""
MALFORMED = re.compile("E1[0-4].")

# What must stand beside a key that makes no sense alone.
COMPANY: dict[tuple[str, str], dict[str, Any]] = {
    ("a policy by severity", word): {"default": "page"} for word in SEVERITIES
}  # fmt: skip
COMPANY |= {("a channel", key): {"webhook": "secret:A"} for key in ("body", "headers", "acknowledges")}
COMPANY |= {("a route", key): {"policy": "page"} for key in ("match", *TIMING)}
COMPANY |= {
    ("a route", "reason"): {"drop": True},
    ("a layer", "every"): {"during": "business-hours"},
    ("a silence", "match"): {"during": "business-hours"},
    ("a silence", "from"): {"until": "2026-03-02T00:00", "timezone": "UTC"},
    ("a silence", "until"): {"timezone": "UTC"},
}


class Place(NamedTuple):
    """A shape, and what makes a whole file of something that has this shape."""

    shape: Shape
    path: str
    file: Callable[[Any], Any]


class Entry(NamedTuple):
    """A key at a place."""

    place: Place
    key: Key

    def file(self, value: Any) -> Any:
        return self.place.file(beside(self.place.shape, self.key) | {self.key.name: value})


def beside(shape: Shape, key: Key) -> dict[str, Any]:
    """The least that a shape needs for this key to stand in it."""
    needed = {other.name: other.examples[0] for other in shape.keys if other.needed}
    if shape.spoken == "a route":
        needed["match"] = {"team": "payments"}
    return needed | COMPANY.get((shape.spoken, key.name), {})


def reached(value: Value, path: str, file: Callable[[Any], Any]) -> Iterator[Place]:
    """Every shape below a value."""
    if isinstance(value, Shape):
        yield Place(value, path, file)
        for key in value.keys:
            entry = Entry(Place(value, path, file), key)
            yield from reached(key.value, f"{path}.{key.name}", entry.file)
    elif isinstance(value, Either):
        yield from reached(value.first, path, file)
        yield from reached(value.second, path, file)
    elif isinstance(value, ByKey):
        yield from reached(value.having, f"{path}({value.key})", file)
        yield from reached(value.lacking, path, file)
    elif isinstance(value, Listed):
        yield from reached(value.value, f"{path}[]", lambda inner: file([inner]))
    elif isinstance(value, Named):
        yield from reached(value.value, f"{path}.*", lambda inner: file({"page": inner}))
    elif hasattr(value, "value"):
        yield from reached(value.value, path, file)


PLACES = list(reached(TOP, "", lambda inner: inner))
ENTRIES = {f"{place.path}.{key.name}".lstrip("."): Entry(place, key) for place in PLACES for key in place.shape.keys}


def wrong(file: Any) -> list[str]:
    """What the loader says against the shape of a file; JSON is YAML."""
    found = compile_book({"main.yaml": json.dumps(file)}).diagnostics
    return [f"{each.code} {each.message}" for each in found if MALFORMED.match(each.code)]


def test_the_walk_reaches_every_corner():
    reached_shapes = {place.shape.spoken for place in PLACES}
    assert {"a policy file", "a person", "a step", "a target", "what repages", "a condition", "public holidays"} <= (
        reached_shapes
    )
    assert len(ENTRIES) > 150


@pytest.mark.parametrize("path", ENTRIES)
def test_every_key_is_explained(path):
    key = ENTRIES[path].key
    assert re.fullmatch(r"[A-Z][\w -]+", key.title)
    assert key.about[0].isupper() or key.about[0] in "`(…"
    assert key.about.rstrip().endswith((".", "1."))
    assert len(key.about) > 8
    assert key.examples


@pytest.mark.parametrize("path", ENTRIES)
def test_every_example_and_default_is_good_to_editors_and_to_the_loader(path):
    entry = ENTRIES[path]
    own = jsonschema_rs.Draft7Validator(tidy(entry.key.value.schema()))
    for example in [*entry.key.examples, *([] if entry.key.default is None else [entry.key.default])]:
        own.validate(example)
        file = entry.file(example)
        VALIDATOR.validate(file)
        assert wrong(file) == []


@pytest.mark.parametrize("path", [path for path, entry in ENTRIES.items() if entry.key.needed and "(" not in path])
def test_a_key_that_is_needed_is_missed_by_both(path):
    """Of shapes in parentheses it is the key in them that makes the shape."""
    entry = ENTRIES[path]
    without = {name: value for name, value in beside(entry.place.shape, entry.key).items() if name != entry.key.name}
    file = entry.place.file(without)
    assert not VALIDATOR.is_valid(file)
    spoken = entry.place.shape.spoken
    assert f"E121 {spoken} needs `{entry.key.name}`" in wrong(file)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.path or "file")
def test_a_key_that_nobody_reads_is_refused_by_both(place):
    file = place.file({"nobody reads this": [[]]})
    assert not VALIDATOR.is_valid(file)
    assert any(each[:4] in ("E120", "E122") for each in wrong(file))


# Each: a default that the schema tells, and what the rules hold.
def test_the_defaults_told_are_those_of_the_rules():
    file = {
        "people": {"a": {"contacts": {"push": "browser"}}},
        "policies": {"p": {"levels": [{"notify": [{"person": "a"}]}]}},
        "catch_all": "p",
    }
    told = {key.name: key.default for key in TIMING.keys}
    policy = {key.name: key.default for key in ladders.POLICY.keys if key.default is not None}
    level = {key.name: key.default for key in ladders.LEVEL.keys if key.default is not None}
    said = {
        **file,
        "defaults": told,
        "policies": {"p": {**policy, "levels": [{**file["policies"]["p"]["levels"][0], **level}]}},
    }
    bare, spoken = (compile_book({"main.yaml": json.dumps(each)}).book for each in (file, said))
    assert bare is not None
    assert spoken is not None
    assert bare.timing == spoken.timing == Timing()
    assert _unplaced(bare.policies["p"]) == _unplaced(spoken.policies["p"])


def _unplaced(policy):
    return re.sub(r"where='[^']*'", "", repr(policy))


# One source


def test_the_words_of_the_rules_and_of_the_shapes_are_the_same():
    assert tuple(TARGET) == get_args(TargetKind) == ladders.TARGETS
    assert tuple(labels.SEVERITY.meanings) == tuple(SEVERITIES)
    assert tuple(WORDING) == Templates._fields
    assert set(TIMING) == set(Timing._fields)
    assert set(people.SECRET_ONLY) == {"sms", "call", "webhook", "apprise", "pagerduty"}
    assert watching.WORDS == {"summary": "summary", "description": "description", "runbook": "runbook_url"}
    assert set(TOP) == {"version", *NAMED, *LISTED, *ONCE}
    assert set(ROUTE) - set(GROUP_ROUTE) == {"route_group"}


def test_the_loader_is_all_of_it():
    assert {path.stem for path in LOADER} >= {
        "calendars", "compiler", "forms", "imported", "ladders", "matching", "people", "routing", "watching",
    }  # fmt: skip


def calls(tree: ast.Module, method: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield node


def taken_from_shapes(tree: ast.Module) -> set[str]:
    """Names that a module imports from the shapes, and parameters that are shapes."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("escalator.language.shapes"):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.arg) and isinstance(node.annotation, ast.Name) and node.annotation.id == "Shape":
            found.add(node.arg)
    return found


def literal_keys(tree: ast.Module, known: set[str]) -> list[str]:
    """Tuples, lists and sets that are keys, written out; severities are words of labels too."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List | ast.Set) and len(node.elts) > 1:
            words = [each.value for each in node.elts if isinstance(each, ast.Constant)]
            if len(words) == len(node.elts) and all(word in known - set(SEVERITIES) for word in words):
                found.append(f"{node.lineno}: {words}")
    return found


KNOWN = {key.name for place in PLACES for key in place.shape.keys}


@pytest.mark.parametrize("path", LOADER, ids=lambda path: path.name)
def test_the_loader_takes_every_shape_and_every_choice_from_the_shapes(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    shapes = taken_from_shapes(tree)
    for method in ("fields", "choice"):
        for call in calls(tree, method):
            asked = call.args[1]
            assert isinstance(asked, ast.Name), f"{path.name}:{call.lineno}"
            assert asked.id in shapes, f"{path.name}:{call.lineno} {asked.id}"
    assert literal_keys(tree, KNOWN) == []


@pytest.mark.parametrize("path", LOADER, ids=lambda path: path.name)
def test_the_loader_asks_for_no_key_that_no_shape_has(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    asked = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "fields":
            asked |= {node.slice.value} if isinstance(node.slice, ast.Constant) else set()
        elif isinstance(node, ast.Compare) and any(
            isinstance(each, ast.Name) and each.id == "fields" for each in node.comparators
        ):
            asked |= {node.left.value} if isinstance(node.left, ast.Constant) else set()
    assert asked <= KNOWN


def test_a_loader_with_keys_of_its_own_is_found():
    planted = ast.parse('def f(scope, node):\n    return scope.fields(node, "a level", ("notify", "attempts"))')
    assert literal_keys(planted, KNOWN)
    (call,) = calls(planted, "fields")
    assert not isinstance(call.args[1], ast.Name)
    assert taken_from_shapes(ast.parse("from escalator.language.shapes.ladders import LEVEL as L")) == {"L"}


# How values are drawn

SPELLED = {
    "duration": (patterns.DURATION, ["90s", "5m", "1h30m", "2d", "1w"], ["5", "5 minutes", "m", "1m1h", "-5m"]),
    "turn": (patterns.TURN, ["1w", "12h"], ["0w", "1s", "1h30m", "w"]),
    "clock": (patterns.CLOCK, ["09:00", "24:00"], ["9:00", "25:00", "09:60", "0900"]),
    "wall": (patterns.WALL, ["2026-01-05T09:00", "2026-01-05 09:00:30"], ["2026-01-05", "2026-01-05T09:00Z"]),
    "date": (patterns.DATE, ["2026-12-25"], ["25.12.2026", "2026-1-1"]),
    "place": (
        patterns.PLACE,
        ["Europe/London", "America/Argentina/Buenos_Aires"],
        ["EST", "+01:00", "Etc/GMT+5", "a/"],
    ),
    "days": (patterns.DAY_RANGE, ["mon", "mon-fri", "sat-mon"], ["monday", "mon-", "mon-fri-sun", "Mon"]),
    "secret": (patterns.SECRET, ["secret:ALICE_PHONE"], ["secret:", "secret:A-B", "secret:1"]),
    "mail": (patterns.MAIL, ["a@example.com"], ["a", "a@", "a b@c"]),
    "slack": (patterns.SLACK, ["#ops", "U024BE7LH", "a@b.c"], ["ops", "#", "# ops"]),
    "header": (patterns.HEADER, ["X-Severity"], ["X Severity", "X:", ""]),
    "factor": (patterns.FACTOR, ["2x", "1.5x"], ["2", "x", "1.x"]),
    "whole": (patterns.WHOLE, ["0", "12"], ["-1", "1.5", "1234567890"]),
    "name": (patterns.NAME, ["a", "Bärbel Team", "日本", "on-call", "a@b"], ["a/b", " a", "a ", "", "-a", "x" * 101]),
}
SPELLINGS = [each for _, good, bad in SPELLED.values() for each in (*good, *bad)]


@pytest.mark.parametrize("name", SPELLED)
def test_editors_and_the_loader_spell_alike(name):
    pattern, good, bad = SPELLED[name]
    editor = jsonschema_rs.Draft7Validator({"type": "string", "pattern": ecma(pattern)})
    assert [each for each in good if not editor.is_valid(each) or not pattern.fullmatch(each)] == []
    assert [each for each in bad if editor.is_valid(each) or pattern.fullmatch(each)] == []
    for each in SPELLINGS:
        assert editor.is_valid(each) == bool(pattern.fullmatch(each)), each


@given(st.text(alphabet=st.sampled_from("aZé日٣9_ .@+-/#:\n\u00a0\u0301"), max_size=6))
def test_a_name_is_the_same_to_editors_and_to_the_loader(text):
    editor = jsonschema_rs.Draft7Validator({"pattern": ecma(patterns.NAME)})
    assert editor.is_valid(text) == bool(patterns.NAME.fullmatch(text))


def test_every_pattern_that_means_unicode_says_so_inside_brackets():
    """Or `ecma` would spell it out where it stands alone."""
    for name, pattern in vars(patterns).items():
        if isinstance(pattern, re.Pattern) and not pattern.flags & re.ASCII:
            outside = re.sub(r"\[(?:\\.|[^\]])*\]", "", pattern.pattern)
            assert not re.search(r"\\[wdb]", outside), name


def test_a_default_is_told_as_people_write_it():
    """Editors show descriptions and examples, and keep defaults for completion."""
    policy = {key.name: key for key in ladders.POLICY.keys}
    assert policy["ack_timeout"].schema()["description"].endswith("Default: `1h`.")
    assert policy["repage_on"].told.endswith("Default: `[severity, {growth: 2x}]`.")
    assert policy["storm"].told.endswith("Default: `{over: 20, within: 5m}`.")
    assert {key.name: key for key in people.FORM.keys}["acknowledges"].told.endswith("Default: `false`.")
    assert "Default" not in policy["levels"].told


def test_two_values_of_one_type_cannot_be_told_apart():
    with pytest.raises(AssertionError):
        Either(Text(), times.SPAN).schema()


def test_a_word_among_other_types_does_not_refuse_them():
    either = jsonschema_rs.Draft7Validator(
        Either(Words("a", {"off": "Never."}), Listed(Spelled("b", (patterns.DATE,)))).schema()
    )
    assert either.is_valid("off")
    assert either.is_valid(["2026-12-25"])
    assert not either.is_valid("on")
    assert not either.is_valid(["on"])
    assert not either.is_valid(5)


def test_another_kind_of_file_gets_its_schema_from_a_shape_of_its_own():
    event = Shape("an event", (Key("at", "At", "When.", times.SPAN, ["5m"], needed=True),))
    tests = Shape("a test file", (Key("tests", "Tests", "The tests.", Listed(event), [[{"at": "5m"}]], needed=True),))
    drawn = document(tests, "Tests", "Tests of policies.")
    jsonschema_rs.meta.validate(drawn)
    validator = jsonschema_rs.Draft7Validator(drawn)
    assert validator.is_valid({"tests": [{"at": "5m"}]})
    assert not validator.is_valid({"tests": [{"at": 5}]})
    assert not validator.is_valid({"test": []})
