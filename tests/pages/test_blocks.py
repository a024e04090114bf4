"""Every YAML and JSON block of every page is what it says: policies, a test of them, a file of another program."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from escalator.language import compile_book, render
from escalator.language.shapes.file import TOP
from escalator.language.trials import compile_trials
from escalator.rehearsal.history.recording import from_record
from tests import absent
from tests.language.editors import accepted
from tests.pages.fences import PAGES, ROOT, Fence, fences
from tests.rehearsal.nights import book

ELSEWHERE = {
    "docs/codes.md": "right and wrong examples of every code: tests/language/test_codes.py compiles each",
}
"""Pages whose blocks another test runs."""
MODELINE = "# yaml-language-server: $schema="
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//EN
BEGIN:VEVENT
UID:1
SUMMARY:alice
DTSTART:20260302T090000Z
DTEND:20260309T090000Z
END:VEVENT
END:VCALENDAR
"""
BESIDE = {"docs/schedules.md": {"calendars/boardroom.ics": CALENDAR}}
"""What a page says lies beside its policies."""


def kind(fence: Fence) -> str:
    """What a YAML block is, from what stands in it."""
    value = yaml.load(fence.text, yaml.BaseLoader)
    if value is None and fence.text.startswith("#"):
        return "comment"
    keys = set(value)
    if keys == {"route", "receivers"}:
        return "alertmanager"
    if keys == {"tests"} or (keys == {"routes"} and any("labels" in row for row in value["routes"])):
        return "tests"
    return "policies" if keys <= set(TOP) else f"nothing that is known here: {sorted(keys)}"


YAML = [fence for fence in fences("yaml", "yml") if fence.page not in ELSEWHERE]
KINDS = {fence.where: kind(fence) for fence in YAML}


def all_of(wanted: str) -> Any:
    found = [fence for fence in YAML if KINDS[fence.where] == wanted]
    return pytest.mark.parametrize("fence", found, ids=[fence.where for fence in found])


def test_every_block_is_something():
    assert set(KINDS.values()) == {"policies", "tests", "alertmanager", "comment"}
    assert set(ELSEWHERE) <= set(PAGES)


def test_every_fence_is_closed_and_of_a_language_that_a_test_looks_at():
    """Python and Lua are other programs' settings; what stands under `text` and `diff` is shown, not copied."""
    known = ("console", "bash", "sh", "yaml", "json", "text", "diff", "python", "lua", "")
    assert sum(text.count("```") for text in PAGES.values()) == 2 * len(fences(*known))


def completed(fence: Fence) -> dict[str, str]:
    """A part of policies, with people whom its schedules name, a policy that pages them, and `catch_all`."""
    value = yaml.load(fence.text, yaml.BaseLoader)
    layers = [layer for each in value.get("schedules", {}).values() for layer in each["layers"]]
    names = list(value.get("people", {})) or sorted({name for layer in layers for name in layer.get("people", ())})
    rest: dict[str, Any] = {}
    if "people" not in value:
        rest["people"] = {name: {"contacts": {"push": "browser"}} for name in names or ["alice"]}
    if "policies" not in value:
        rest["policies"] = {"page": {"levels": [{"notify": [{"person": name} for name in names or ["alice"]]}]}}
    if "catch_all" not in value:
        rest["catch_all"] = next(iter(value.get("policies", {"page": {}})))
    return {"main.yaml": fence.text, **({"rest.yaml": json.dumps(rest)} if rest else {}), **BESIDE.get(fence.page, {})}


@all_of("policies")
def test_policies_compile_without_an_error_and_are_good_to_an_editor(fence):
    sources = completed(fence)
    compiled = compile_book(sources)
    assert compiled.book is not None, render(compiled.diagnostics, sources)
    assert accepted(fence.text), "an editor marks something"


@all_of("tests")
def test_tests_go_with_the_policies_of_their_page(fence):
    assert fence.page == "docs/policy-tests.md", "tests/rehearsal/test_trials.py plays those of that page"
    assert compile_trials({"page.test.yaml": fence.text}, book()).diagnostics == ()


@all_of("comment")
def test_a_comment_alone_names_the_schema_that_lies_beside_the_policies(fence):
    assert fence.text.startswith(MODELINE)
    assert (ROOT / "policies" / fence.text.strip().removeprefix(MODELINE)).is_file()


@all_of("alertmanager")
def test_alertmanager_takes_what_a_page_gives_it(fence, tmp_path):
    tool = Path(absent.need("alertmanager")).with_name("amtool")
    if not tool.exists():
        pytest.skip("alertmanager came without amtool")
    (tmp_path / "alertmanager.yml").write_text(fence.text)
    done = subprocess.run([tool, "check-config", tmp_path / "alertmanager.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "1 receivers" in done.stdout


JSON = fences("json")


@pytest.mark.parametrize("fence", JSON, ids=[fence.where for fence in JSON])
def test_json_is_json(fence):
    assert json.loads(fence.text)


def test_the_record_of_the_page_is_one_that_a_replay_reads():
    (fence,) = [fence for fence in JSON if fence.page == "docs/policy-replay.md"]
    recording = from_record(json.loads(fence.text))
    assert len(recording.deliveries) == 2
    assert [answer.by for answer in recording.answers] == ["ana"]


def test_a_block_that_is_none_of_ours_is_found():
    assert kind(Fence("x.md", 1, "yaml", "peple: {}\n")).startswith("nothing that is known here")
