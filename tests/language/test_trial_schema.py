"""The schema that editors get for `*.test.yaml`: valid draft-07, and of one mind with the loader about test files."""

import json
import random
from collections import Counter

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalator.language.shapes import document
from escalator.language.shapes.trials import TRIALS
from escalator.language.shapes.values import tidy
from escalator.language.trials import compile_trials
from tests.language.editors import ROOT, blocks, damaged, seen
from tests.language.test_shapes import Entry, reached
from tests.rehearsal.nights import book, shipped

SCHEMA = document.trials()
VALIDATOR = jsonschema_rs.Draft7Validator(SCHEMA)
BESIDE = (ROOT / "policies" / "boardroom.test.yaml").read_text(encoding="utf-8")
PAGE = {f"policy-tests.md[{at}]": text for at, text in enumerate(blocks("docs/policy-tests.md"))}
GOOD = {name: (text, book()) for name, text in PAGE.items() if "people:" not in text} | {"beside": (BESIDE, shipped())}
SHAPES = {"E120", "E121", "E122", "E125", "E126"}
PLACES = list(reached(TRIALS, "", lambda inner: inner))
KEYS = {f"{place.path}.{key.name}".lstrip("."): Entry(place, key) for place in PLACES for key in place.shape.keys}


def codes(text: str, about=None) -> set[str]:
    return {each.code for each in compile_trials({"main.test.yaml": text}, about or book()).diagnostics}


def accepted(text: str) -> bool:
    return VALIDATOR.is_valid(seen(text))


def test_the_schema_is_valid_draft_07():
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema_rs.meta.validate(SCHEMA)
    assert "oneOf" not in document.written(SCHEMA)


@pytest.mark.parametrize("name", GOOD)
def test_every_good_test_file_is_good_to_an_editor(name):
    text, about = GOOD[name]
    assert codes(text, about) == set()
    assert [str(error) for error in VALIDATOR.iter_errors(seen(text))] == []


def test_policies_are_no_tests_and_tests_are_no_policies():
    assert not accepted((ROOT / "policies" / "main.yaml").read_text(encoding="utf-8"))
    assert not jsonschema_rs.Draft7Validator(document.policies()).is_valid(seen(BESIDE))


def test_the_schema_beside_the_tests_is_what_the_command_prints():
    cure = "run: escalator policy schema --tests --output policies/.test-schema.json"
    assert (ROOT / "policies" / ".test-schema.json").read_text(encoding="utf-8") == document.written(SCHEMA), cure


def test_the_tests_of_the_repository_name_the_schema_beside_them():
    (line,) = [line for line in BESIDE.splitlines() if line.startswith("# yaml-language-server: $schema=")]
    assert line.partition("=")[2] == ".test-schema.json"


def test_the_walk_reaches_every_corner():
    assert {"a fault", "an override", "a silence", "an escalation", "a status", "a row of the route table"} <= {
        place.shape.spoken for place in PLACES
    }
    assert len(KEYS) > 60


@pytest.mark.parametrize("path", KEYS)
def test_every_key_is_explained_and_its_examples_are_good(path):
    key = KEYS[path].key
    assert key.title
    assert key.about.endswith(".")
    assert key.examples
    own = jsonschema_rs.Draft7Validator(tidy(key.value.schema()))
    for example in key.examples:
        own.validate(example)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.path or "file")
def test_a_key_that_nobody_reads_is_refused_by_both(place):
    file = place.file({"nobody reads this": [[]]})
    assert not VALIDATOR.is_valid(file)
    assert codes(json.dumps(file)) & SHAPES


NIGHT = "{name: it, starts: 2026-03-04T03:10, timezone: UTC, events: [%s], expect: [%s]}"
FIRE, PAGED = "{at: 0m, fire: {alertname: Down}}", "{at: 0m, paged: [ben]}"
COMPLAINTS = [
    ("test: []", "'test' was unexpected"),
    ("tests: [{name: it}]", '"starts" is a required property'),
    (f"tests: [{NIGHT % ('{at: 5, ack: ben}', PAGED)}]", 'is not of type "string"'),
    (f"tests: [{NIGHT % ('{at: 5m, acknowledge: ben}', PAGED)}]", "'acknowledge' was unexpected"),
    (f"tests: [{NIGHT % ('{at: 5m, fault: {provider: twillio}}', PAGED)}]", '"twillio" is not one of'),
    (f"tests: [{NIGHT % (FIRE, '{at: 0m, status: acked}')}]", '"acked" is not valid under any'),
    (f"tests: [{NIGHT % (FIRE, '{at: 0m, event: climbed}')}]", '"climbed" is not valid under any'),
    ("routes: [{policy: page}]", '"labels" is a required property'),
]


@pytest.mark.parametrize(("text", "complaint"), COMPLAINTS, ids=[what for _, what in COMPLAINTS])
def test_an_editor_marks(text, complaint):
    assert complaint in "\n".join(error.message for error in VALIDATOR.iter_errors(seen(text)))


# What docs/editors.md says an editor cannot see: the loader refuses each, the schema takes it.
UNSEEN = [
    (NIGHT % ("{at: 0m, ack: nobody}", PAGED), "E210"),
    (NIGHT % ("{at: 0m, ack: ben, unack: ben}", PAGED), "E301"),
    (NIGHT % ("{at: 0m}", PAGED), "E301"),
    (NIGHT % (FIRE, "{at: 0m}"), "E302"),
]


@pytest.mark.parametrize(("night", "code"), UNSEEN, ids=[code for _, code in UNSEEN])
def test_what_an_editor_cannot_see_is_left_to_the_command(night, code):
    assert code in codes(f"tests: [{night}]")
    assert accepted(f"tests: [{night}]")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(GOOD)), st.randoms(use_true_random=False))
def test_what_the_loader_calls_a_wrong_shape_is_wrong_to_an_editor_too(name, chance):
    text, about = GOOD[name]
    text = damaged(text, chance)
    if codes(text, about) & SHAPES:
        assert not accepted(text), text


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(GOOD)), st.randoms(use_true_random=False))
def test_what_the_loader_takes_an_editor_takes_too(name, chance):
    text, about = GOOD[name]
    text = damaged(text, chance)
    if not codes(text, about) and not narrower(text):
        assert accepted(text), text


def narrower(text: str) -> bool:
    """Where the schema leaves out what can only be a mistake; docs/editors.md says so."""
    value = seen(text)
    lines = [
        line for test in value.get("tests") or () for entry in test.get("timeline") or () for line in entry.values()
    ]
    empty = any(key in value and not value[key] for key in ("tests", "routes"))
    empty = empty or any("timeline" in test and test["timeline"] is None for test in value.get("tests") or ())
    return empty or value.get("version", 1) != 1 or any(line is None or not str(line).strip() for line in lines)


def test_such_damage_makes_every_kind_of_wrong_shape():
    """Or the two properties above would show little."""
    chance = random.Random(7)
    found: Counter[str] = Counter()
    for _ in range(400):
        text, about = GOOD[chance.choice(sorted(GOOD))]
        found.update(codes(damaged(text, chance), about) & SHAPES)
    assert min(found[code] for code in SHAPES) >= 5, found
