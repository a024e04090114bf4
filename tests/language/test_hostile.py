"""Whatever stands in a policy file, compiling neither hangs, nor crashes, nor raises, and rendering does not either."""

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalator.language import compile_book, render
from escalator.language.calendars import HOURS, LAYER, OVERRIDE, SCHEDULE
from escalator.language.compiler import TOP
from escalator.language.ladders import LEVEL, POLICY, TARGETS, WHEN
from escalator.language.matching import CONDITIONS
from escalator.language.people import CHANNELS, CONTACTS, PERSON
from escalator.language.routing import ROUTE

SHIPPED = (Path(__file__).parents[2] / "policies" / "main.yaml").read_text()
KEYS = sorted(
    {*HOURS, *LAYER, *OVERRIDE, *SCHEDULE, *LEVEL, *POLICY, *TARGETS, *WHEN, *CONDITIONS, *CHANNELS, *CONTACTS, *PERSON}
    | {*ROUTE, "info", "critical", "default", "country", "over", "within", "growth", "label", "via", "after"}
)


TEMPLATED = """\
version: 1
people: {{a: {{contacts: {{push: browser}}}}}}
policies: {{p: {{levels: [{{notify: [{{person: a}}]}}], templates: {{short: {0}}}}}}}
catch_all: p
"""


def codes(text: str) -> set[str]:
    """What is found, within two seconds."""
    start = time.process_time()
    sources = {"main.yaml": text}
    found = compile_book(sources)
    render(found.diagnostics, sources)
    assert time.process_time() - start < 5, "far above what these take, to bear a busy machine"
    assert (found.book is None) == any(each.severity == "error" for each in found.diagnostics)
    return {each.code for each in found.diagnostics}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # The billion laughs: refused at the first anchor, before anything is expanded.
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n", "E103"),
        # libyaml's composer would overflow the stack of the process.
        ("[" * 100_000, "E107"),
        ("- " * 100_000, "E107"),
        ("{a: " * 60_000, "E107"),
        ("? " * 100_000, "E102"),
        ("a: " + "x" * 1_000_000, "E106"),
        ("a: !!python/object/apply:os.system [true]", "E104"),
        ("a: \0", "E109"),
        ('a: "\\0"', "E109"),
        ("a: \udcff", "E101"),
        ("k: 1\n" * 40_000, "E105"),
        ("<<: {a: 1}", "E120"),
        ("a: 1\n---\na: 2", "E108"),
        ("%YAML 9.9\n---\na: 1", "E102"),
        ('"' * 100_000, "E102"),
        ("'a'," * 60_000, "E102"),
        ("*" * 200_000, "E102"),
        ("[a]: b", "E102"),
        # A thousand complaints are enough, and each looks for a cure.
        ("".join(f"k{number}: 1\n" for number in range(20_000)), "E120"),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_hostile_yaml_gets_a_diagnostic(text, code):
    assert code in codes(text)


def test_thousands_of_routes_are_compared_in_time():
    routes = "".join(f"  - {{match: {{team: [x, y{n}], s: [q, a{n}]}}, policy: critical}}\n" for n in range(3000))
    head, _, tail = SHIPPED.partition("routes:\n")
    assert codes(head + "routes:\n" + routes + tail[tail.index("catch_all") :]) <= {"W211", "W231", "W232"}


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_random_text_never_raises(text):
    codes(text)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_policies_with_random_damage_never_raise(chance: random.Random):
    text = SHIPPED
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.choice([0, 1, 1, 3, 20, 200]))
        patch = chance.choice(["", " ", ":", "\n", "[", "]", "{", "}", "#", "0", "-", "null", "'", "&a", "\t", "~"])
        text = text[:start] + patch + text[end:]
    codes(text)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.sampled_from(["page", "1", "", "5m", "mon-fri", "secret:A", "{}", "never", "Europe/London", "09:00", "'x'"]),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
            st.dictionaries(
                st.sampled_from(KEYS),
                inner,
                max_size=4,
            ).map(lambda entries: "{" + ", ".join(f"{key}: {value}" for key, value in entries.items()) + "}"),
        ),
        max_leaves=12,
    ),
    st.sampled_from(TOP),
)
def test_any_shape_under_any_section_never_raises(shape, section):
    for text in (f"{section}: {shape}\n", f"{section}: {{page: {shape}}}\n", f"{section}: [{shape}]\n"):
        codes(
            text + "policies: {page: {levels: [{notify: [{person: a}]}]}}\ncatch_all: page\npeople: {a: {contacts: {}}}"
        )


@pytest.mark.parametrize(
    "template",
    [
        # Jinja2 would work these out while it compiles.
        "{% set x = [0] * 1000000000 %}{{ kind }}",
        "{{ 'x' * 10000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%1000000000d' | format(1) }}",
        "{{ ('x' * 1000000000) | length }}",
        "{% if [1] * 1000000000 %}{% endif %}",
        "{% for x in [1] * 1000000000 %}{% endfor %}",
        "{{ {'a': [1] * 1000000000} | tojson }}",
    ],
)
def test_checking_a_template_never_works_it_out(template):
    assert codes(TEMPLATED.format(json.dumps(template))) == set()


NO_TEMPLATES = (
    "{{ " + "(" * 9000 + "1" + ")" * 9000 + " }}",
    "{% if 1 %}" * 1500,
    "{{ " + "-" * 9000 + "1 }}",
    "{{ 1 | }}",
    "{{ kind | random }}",
    "{% extends 'x' %}",
    "{% block a %}{% endblock %}{% block a %}{% endblock %}",
    "{% break %}",
)
PARTS = (
    "{{", "}}", "{%", "%}", "{#", "#}", "kind", " if ", "for ", " in ", "set ", "x", "=", "(", ")", "[", "]", "'", "|",
    "block ", "endif", "endfor", "macro ", "loop", ".", "1", "**", "\n",
)  # fmt: skip


@pytest.mark.parametrize("template", NO_TEMPLATES, ids=lambda text: text[:24])
def test_what_is_no_template_is_said_and_not_raised(template):
    assert codes(TEMPLATED.format(json.dumps(template))) == {"E142"}


@given(st.lists(st.sampled_from(PARTS)))
def test_any_template_compiles_or_is_said(parts):
    assert codes(TEMPLATED.format(json.dumps("x" + "".join(parts)))) <= {"E142", "E143"}
