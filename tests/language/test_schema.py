"""The schema that editors get: valid draft-07, and of one mind with the loader about what a file may look like."""

import random
from collections import Counter

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalator.language import compile_book
from escalator.language.shapes.document import policies, written
from tests.language.editors import ROOT, SCHEMA, VALIDATOR, accepted, core, damaged, files, seen

GOOD = files()
DAMAGED = {**GOOD, "a calendar": "schedules: {a: {timezone: UTC, layers: [{ical: a.ics, timezone: Asia/Tokyo}]}}"}
ALONE = [text for name, text in GOOD.items() if "midsize" not in name]
"""Files that are a whole policy."""
SHAPES = {"E120", "E121", "E122", "E125", "E126"}


def codes(text: str) -> set[str]:
    return {each.code for each in compile_book({"main.yaml": text}).diagnostics}


def test_the_schema_is_valid_draft_07():
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema_rs.meta.validate(SCHEMA)
    assert not jsonschema_rs.meta.is_valid({**SCHEMA, "required": "people"})


@pytest.mark.parametrize("name", GOOD)
def test_every_good_policy_of_the_repository_is_good_to_an_editor(name):
    assert [str(error) for error in VALIDATOR.iter_errors(seen(GOOD[name]))] == []


def test_the_schema_beside_the_policies_is_what_the_command_prints():
    cure = "run: escalator policy schema --output policies/.schema.json"
    assert (ROOT / "policies" / ".schema.json").read_text(encoding="utf-8") == written(policies()), cure


def test_the_policies_of_the_repository_name_the_schema_beside_them():
    lines = GOOD["policies/main.yaml"].splitlines()
    (line,) = [line for line in lines if line.startswith("# yaml-language-server: $schema=")]
    assert (ROOT / "policies" / line.partition("=")[2]).is_file()


def test_nothing_is_left_to_one_of_several_schemas():
    """`oneOf` complains that none or more than one matched, and never which was meant."""
    assert "oneOf" not in written(policies())


def parts(drawn):
    if isinstance(drawn, dict):
        yield drawn
    for each in drawn.values() if isinstance(drawn, dict) else drawn if isinstance(drawn, list) else ():
        yield from parts(each)


def test_no_mapping_takes_keys_that_nobody_reads_except_the_catalogue():
    open_ones = [
        part for part in parts(SCHEMA) if "properties" in part and part.get("additionalProperties") is not False
    ]
    assert all(part["propertyNames"]["pattern"] == "^(?!alertname$)" for part in open_ones if "propertyNames" in part)
    # The `if` of a rule describes a part of a mapping, and forbids nothing.
    assert len([part for part in open_ones if "propertyNames" in part]) == 1
    others = [part for part in open_ones if "propertyNames" not in part and "else" not in part]
    assert {tuple(part["properties"]) for part in others} == {("every",), ("drop",)}
    chosen = [part for part in open_ones if "else" in part]
    assert [part[way]["additionalProperties"] for part in chosen for way in ("then", "else")] == [False, False]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("09:00", "09:00"),
        ("22:30", "22:30"),
        ("no", "no"),
        ("off", "off"),
        ("5", 5),
        ("0123", 123),
        ("0x1F", 31),
        ("5.5", 5.5),
        ("True", True),
        ("~", None),
        ("2026-01-05T09:00", "2026-01-05T09:00"),
        ("1w", "1w"),
    ],
)
def test_an_editor_reads_yaml_1_2(text, value):
    assert core(text) == value
    assert type(core(text)) is type(value)


# Each: what is wrong, and what a person sees in the editor: of which keyword, or in which words.
COMPLAINTS = [
    ("polices: {}", "'polices' was unexpected"),
    ("sources: {a: {refresh: 5}}", 'is not of type "string"'),
    ("sources: {a: {refresh: 5 minutes}}", "does not match"),
    ("routes: [{match: {a: b}}]", "is not valid under any"),
    ("routes: [{policy: page}]", '"match" is a required property'),
    ("routes: [{match: {a: b}, drop: true}]", '"reason" is a required property'),
    ("routes: [{match: {}, policy: page}]", "less than 1 property"),
    ("routes: [{match: {a: =~b}, policy: page}]", "does not match"),
    ("silences: [{match: {a: b}, until: 2026-03-01T23:30}]", '"timezone" is a required property'),
    ("alerts: {A: {alertname: B}}", "does not match"),
    ("teams: {a/b: [x]}", "does not match"),
    ("channels: {a: {email: a@b, body: x}}", '"webhook" is a required property'),
    ("version: 2", "1 was expected"),
]


@pytest.mark.parametrize(("text", "complaint"), COMPLAINTS, ids=[text for text, _ in COMPLAINTS])
def test_an_editor_marks(text, complaint):
    (error,) = VALIDATOR.iter_errors(seen(text))
    assert complaint in error.message


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(DAMAGED)), st.randoms(use_true_random=False))
def test_what_the_loader_calls_a_wrong_shape_is_wrong_to_an_editor_too(name, chance):
    text = damaged(DAMAGED[name], chance)
    if codes(text) & SHAPES:
        assert not accepted(text), text


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ALONE), st.randoms(use_true_random=False))
def test_what_the_loader_takes_an_editor_takes_too(text, chance):
    text = damaged(text, chance)
    if compile_book({"main.yaml": text}).book is not None and not narrower(text):
        assert accepted(text), text


def narrower(text: str) -> bool:
    """Where the schema leaves out what can only be a mistake; docs/editors.md says so."""
    value = seen(text)
    return value.get("version", 1) != 1 or '"acknowledges": "' in text


def test_such_damage_makes_every_kind_of_wrong_shape():
    """Or the two properties above would show little."""
    chance = random.Random(7)
    found: Counter[str] = Counter()
    for _ in range(600):
        found.update(codes(damaged(chance.choice(ALONE), chance)) & SHAPES)
    assert min(found[code] for code in SHAPES) >= 5, found


# What docs/editors.md says an editor cannot see: the loader refuses each, the schema takes it.
UNSEEN = [
    ("catch_all: page", "E206"),
    ("teams: {a: [nobody]}", "E210"),
    ("teams: {a: [x], a: [y]}", "E105"),
    ("routes: [{match: {a: {regex: '('}}, policy: page}]", "E131"),
    ("hours: {a: {timezone: Europe/Lundon}}", "E128"),
    ("holidays: {a: [2026-02-30]}", "E129"),
    ("holidays: {a: {country: Atlantis}}", "E134"),
    ("sources: {a: {refresh: 500d}}", "E127"),
    ("channels: {a: {webhook: secret:A, acknowledges: True}}", "E125"),
    ("channels: {a: {webhook: secret:A, body: '{% if %}'}}", "E142"),
    ("routes: [{match: {a: b}, policy: page, drop: x}]", "E139"),
]


@pytest.mark.parametrize(("text", "code"), UNSEEN, ids=[code for _, code in UNSEEN])
def test_what_an_editor_cannot_see_is_left_to_check(text, code):
    assert code in codes(text)
    assert accepted(text)
