"""Workflow commands of GitHub: one line each, which nothing in a policy can leave."""

import re

from escalator.language import compile_book
from escalator.language.annotations import annotations
from escalator.language.codes import CODES
from tests.language.completion import completed, parted

COMMAND = re.compile(r"::(error|warning) ([a-zA-Z]+=[^,:]*(?:,[a-zA-Z]+=[^,:]*)*)::(.*)")


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner reads it."""
    found = COMMAND.fullmatch(line)
    assert found is not None, line
    pairs = dict(pair.split("=", 1) for pair in found[2].split(","))
    return found[1], {key: unescaped(value) for key, value in pairs.items()}, unescaped(found[3])


def unescaped(text: str) -> str:
    for escape, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, sign)
    return text


def of(sources: dict[str, str]) -> list[tuple[str, dict[str, str], str]]:
    return [read(line) for line in annotations(compile_book(sources).diagnostics)]


def test_an_error_stands_at_its_line_with_its_cure():
    ((severity, place, text),) = of(completed("policies: {page: {levels: [{notify: [{schedule: ana}]}]}}\n"))
    assert severity == "error"
    # The last column is the last character's, not the one after it.
    assert place == {
        "file": "main.yaml", "line": "1", "endLine": "1", "col": "49", "endColumn": "51", "title": "E210 in a policy",
    }  # fmt: skip
    assert text == "unknown schedule `ana`\nhelp: `ana` is a person: write `{person: ana}`"


def test_a_warning_is_a_warning():
    ((severity, place, _text),) = of(completed("routes: [{match: {env: {not: prod}}, policy: page}]\n"))
    assert (severity, place["title"]) == ("warning", "W251 in a policy")


def test_every_code_makes_one_line_that_the_runner_can_read():
    for code, each in CODES.items():
        if code != "E100":
            found = annotations(compile_book(parted(each.wrong) if each.whole else completed(each.wrong)).diagnostics)
            assert all("\n" not in line and "\r" not in line and read(line) for line in found)


def test_no_name_ends_a_command_and_begins_another():
    file = "a,b:c%0A\n::error::x.yaml"
    key = '"100% ::error file=x,line=1::\\n::stop-commands::t"'
    ((severity, place, text),) = of({file: f"{key}: 1\npolicies: {{p: {{levels: []}}}}\n"})[:1]
    assert severity == "error"
    assert place["file"] == file
    assert "::stop-commands::" in text
    assert "100% " in text
