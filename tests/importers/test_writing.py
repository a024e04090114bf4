"""Policy files as text: what is written is what is read, in the manner of the examples."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalator.importers.fields import clean
from escalator.importers.names import Names, fit, variable
from escalator.importers.writing import WIDTH, Said, document, scalar
from escalator.language.compiler import NAME
from escalator.language.nodes import Items, Scalar
from escalator.language.reading import read
from escalator.language.scope import Scope

TEXT = st.text(max_size=40).map(clean).filter(lambda text: "\ufeff" not in text)
VALUE = st.recursive(
    TEXT | st.integers(-5, 10**6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def plain(node):
    if isinstance(node, Scalar):
        assert not node.is_null
        return node.value
    return (
        [plain(item) for item in node.items]
        if isinstance(node, Items)
        else {k.value: plain(v) for k, v in node.entries}
    )


def parsed(text):
    scope = Scope({"f.yaml": text})
    node = read("f.yaml", text, scope)
    assert scope.diagnostics == [], text
    return plain(node)


def worded(value):
    if isinstance(value, dict):
        return {key: worded(each) for key, each in value.items()}
    return [worded(each) for each in value] if isinstance(value, list) else str(value)


@given(st.dictionaries(TEXT.filter(lambda key: key != "version"), VALUE, max_size=4))
def test_what_is_written_is_what_is_read(sections):
    assert parsed(document(sections)) == {"version": "1", **worded(sections)}


@pytest.mark.parametrize(
    "text", ["mon-fri", "09:00", "secret:ALICE", "a@example.com", "https://a.example.com/x", "no", "1w", "0123"]
)
def test_what_nobody_could_misread_is_plain(text):
    assert scalar(text) == text


@pytest.mark.parametrize(
    "text", ["", "null", "~", "#ops", "a: b", "x, y", "-", "!x", "*x", "a:", " x", '"', "{{ x }}", "é"]
)
def test_everything_else_is_quoted(text):
    assert json.loads(scalar(text)) == text


def test_short_mappings_stand_on_a_line_and_levels_do_not():
    text = document({
        "people": {"ana": {"contacts": {"push": "browser"}}},
        "policies": {"p": {"levels": [{"notify": [{"person": "ana"}], "escalate_after": "5m"}], "urgency": "high"}},
    })  # fmt: skip
    assert text == (
        "version: 1\npeople:\n  ana: {contacts: {push: browser}}\npolicies:\n  p:\n    levels:\n"
        "      - notify: [{person: ana}]\n        escalate_after: 5m\n    urgency: high\n"
    )


def test_what_is_too_long_for_a_line_goes_below():
    text = document({"teams": {"t": [f"somebody-{number}" for number in range(20)]}})
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "  t:\n    - somebody-0\n" in text


def test_a_remark_stands_beside_its_value():
    text = document(
        {"policies": {"p": {"levels": [Said({"notify": ["x"]}, "was: two")], "ack_timeout": Said("1h", "was: never")}}}
    )
    assert "    ack_timeout: 1h  # was: never\n" in text
    assert "      # was: two\n      - notify: [x]\n" in text
    assert parsed(text)["policies"]["p"]["ack_timeout"] == "1h"


@given(st.lists(st.text(max_size=120), min_size=1, max_size=8))
def test_names_are_valid_and_each_is_taken_once(wanted):
    names = Names()
    found = [names.take(text, "key") for text in wanted]
    assert all(NAME.fullmatch(name) for name in found), found
    assert len({name.lower() for name in found}) == len(found)


def test_a_name_that_is_one_stays_as_it_is():
    assert [fit("Back office"), fit("ops_team"), fit("Grafana :blush:"), fit("a/b"), fit("…")] == [
        "Back office", "ops_team", "Grafana -blush", "a-b", "",
    ]  # fmt: skip


@given(st.text(max_size=40), st.text(max_size=10))
def test_variables_are_names_of_environment_variables(one, other):
    import re

    assert re.fullmatch(r"[A-Z_][A-Z0-9_]*", variable(one, other))
