"""The files of docs/gitops that people copy: they parse, and every command in them is one of ours with such options."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from escalator.cli.main import app

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "docs" / "gitops").iterdir())


def texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)
    elif isinstance(node, str):
        yield node


def calls(path: Path) -> list[list[str]]:
    """`escalator …` in every text of a file, up to what only a shell understands."""
    found = []
    for text in texts(yaml.safe_load(path.read_text(encoding="utf-8"))):
        for line in text.splitlines():
            if match := re.match(r"\s*escalator (policy .*)", line):
                words = shlex.split(match[1])
                ends = [words.index(each) for each in (">", "||", "&&", "|") if each in words]
                found.append(words[: min(ends, default=len(words))])
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_command_of_a_ready_file_is_understood(path: Path) -> None:
    group = typer.main.get_command(app)
    there = group.commands["policy"].commands  # type: ignore[attr-defined]
    for words in calls(path):
        there[words[1]].make_context(words[1], words[2:])


def test_they_check_test_verify_and_plan() -> None:
    for name in ("github-actions.yaml", "gitlab-ci.yaml"):
        run = {words[1] for words in calls(ROOT / "docs" / "gitops" / name)}
        assert run == {"check", "test", "verify", "plan"}, name


def test_the_hooks_have_what_pre_commit_asks_for() -> None:
    config = yaml.safe_load((ROOT / "docs/gitops/pre-commit-config.yaml").read_text())
    offered = yaml.safe_load((ROOT / "docs/gitops/pre-commit-hooks.yaml").read_text())
    for hook in (*config["repos"][0]["hooks"], *offered):
        assert {"id", "name", "entry", "language"} <= hook.keys()
        assert hook["pass_filenames"] is False, "a folder is one policy: single files are not"
    assert {hook["id"] for hook in offered} == {hook["id"] for hook in config["repos"][0]["hooks"]}


def test_no_expression_of_a_pull_request_stands_in_a_script() -> None:
    """Whoever names a branch `$(…)` would run it."""
    workflow = yaml.safe_load((ROOT / "docs/gitops/github-actions.yaml").read_text())
    scripts = [step["run"] for step in workflow["jobs"]["policies"]["steps"] if "run" in step]
    assert len(scripts) == 6
    assert not [script for script in scripts if "${{" in script]


def test_the_page_links_every_ready_file() -> None:
    page = (ROOT / "docs" / "gitops.md").read_text(encoding="utf-8")
    assert all(f"gitops/{path.name}" in page for path in FILES)
