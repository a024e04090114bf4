"""The reference for users: its examples compile, and every key that the language knows stands in it."""

import re
from pathlib import Path

import pytest

from escalator.language import calendars, compile_book, compiler, ladders, matching, people, render, routing, watching

PAGE = (Path(__file__).parents[2] / "docs" / "policy-language.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
KEYS = (
    *compiler.TOP,
    *people.PERSON,
    *people.CONTACTS,
    *people.CHANNELS,
    *people.URGENCIES,
    *calendars.HOURS,
    *calendars.SCHEDULE,
    *calendars.LAYER,
    *calendars.OVERRIDE,
    *ladders.POLICY,
    *ladders.LEVEL,
    *ladders.WHEN,
    *ladders.TARGETS,
    *matching.CONDITIONS,
    *routing.ROUTE,
    *watching.SILENCE,
    *watching.WORDS,
)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.partition("\n")[2][:20].strip())
def test_every_example_of_the_page_compiles_without_a_warning(text):
    sources = {"main.yaml": text}
    compiled = compile_book(sources)
    assert render(compiled.diagnostics, sources) == ""
    assert compiled.book is not None


@pytest.mark.parametrize("key", sorted(set(KEYS)))
def test_every_key_is_documented(key):
    assert re.search(rf"`[^`]*\b{key}\b[^`]*`", PAGE)


def test_the_page_has_an_example_for_every_section():
    shown = set(re.findall(r"^(\w+):", "\n".join(EXAMPLES), re.MULTILINE))
    assert shown >= set(compiler.TOP) - {"version"}
