"""Every command of every page is one of ours, with options that it has."""

import re
from typing import Any

import pytest
import typer

from escalator.cli.main import app
from escalator.config import CLIENT, SETTINGS
from tests.pages.fences import PAGES, calls, fences, inline

OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
ROOT: Any = typer.main.get_command(app)
TYPED = [
    (fence.where, words)
    for fence in fences("console", "bash", "sh", "")
    for line in fence.typed
    if "escalator " in line
    for words in calls(line)
]
ROWS = [line for line in PAGES["docs/cli.md"].splitlines() if line.startswith("| `escalator ")]
SPOKEN = [(page, text) for page in PAGES for text in inline(page) if text.startswith("escalator ")]


def resolved(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words begin with, and the rest of them."""
    command = ROOT
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    return command, words


def understood(words: list[str]) -> None:
    """Raises where the command line would: nothing is run."""
    command, rest = resolved(words)
    assert not (rest and hasattr(command, "commands")) or rest[0].startswith("-"), f"no such command: {rest[0]}"
    command.make_context(" ".join(words), rest).close()


@pytest.mark.parametrize(("where", "words"), TYPED, ids=[f"{where} {words[:2]}" for where, words in TYPED])
def test_every_command_that_a_page_types_is_understood(where, words):
    understood(words)


def test_the_pages_type_what_the_product_is_about():
    typed = {" ".join(words[:2]) for _, words in TYPED}
    policy = ("check", "test", "simulate", "verify", "plan", "replay", "import", "schema", "live", "rollback")
    assert typed >= {f"policy {word}" for word in policy} | {"incident ack", "token create", "oncall", "doctor"}
    assert len(TYPED) > 40


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("fire", "Missing parameter"),
        ("fire Down --labels a=b", "No such option"),
        ("policy verfy", "no such command: verfy"),
        ("polcy", "no such command: polcy"),
    ],
)
def test_what_is_no_command_of_ours_is_found(words, said):
    with pytest.raises(Exception, match=said):
        understood(words.split())


def test_a_shell_is_read_as_far_as_our_commands():
    line = (
        'id=$(escalator incident list --json | jq -r ".a | .b") && escalator incident ack "$id" || exit 1  # escalator'
    )
    assert list(calls(line)) == [["incident", "list", "--json"], ["incident", "ack", "$id"]]


def options(command: Any) -> set[str]:
    return {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help"}


def spoken(text: str) -> tuple[list[str], set[str]]:
    """The words before the first option or metavariable, and the options, of `escalator a b [PATH] [--x Y]`."""
    return re.match(r"[a-z ]*", text.removeprefix("escalator "))[0].split(), set(OPTION.findall(text))


@pytest.mark.parametrize(("page", "text"), SPOKEN, ids=[f"{page} {text[:60]}" for page, text in SPOKEN])
def test_every_command_that_a_page_speaks_of_exists_with_its_options(page, text):
    words, asked = spoken(text)
    command, rest = resolved(words)
    assert command is not ROOT, text
    assert not (rest and hasattr(command, "commands")), f"{text}: no command {rest}"
    assert asked <= options(command), text


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[3:50])
def test_every_option_of_a_row_belongs_to_one_of_its_commands(row):
    """Also those that only the second column names."""
    named = [text for text in re.findall(r"`([^`]+)`", row.split(" | ")[0]) if not text.startswith("-")]
    commands = [resolved(spoken(text)[0])[0] for text in named]
    assert ROOT not in commands
    asked = set(OPTION.findall(" ".join(re.findall(r"`(-[^`]+)`", row))))
    assert asked <= set().union(*map(options, commands)), row


def test_every_setting_that_a_page_names_exists():
    known = {setting.name for setting in SETTINGS} | set(CLIENT)
    for page, text in PAGES.items():
        for name in re.findall(r"\bESCALATOR_[A-Z_]*[A-Z]\b", text):
            assert name in known or name.removesuffix("_FILE") in known, f"{page}: {name}"
