"""Promises about names: what is documented exists, what exists is documented, and no file says where it was made."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from escalator import __version__
from escalator.cli.main import app
from escalator.config import SETTINGS
from escalator.language import compile_book

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DOCUMENTED = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
LOCKS = sorted(ROOT.glob("requirements*.lock"))

PROMISED = (
    "serve", "demo", "migrate", "doctor", "fire", "explain",
    "policy check", "policy test", "policy simulate", "policy verify", "policy record",
    "policy replay", "policy schema", "policy plan",
    "incident list", "incident show",
    "incident ack",
    "policy import",
    "policy explain", "policy live", "policy history", "policy pull", "policy rollback",
    "incident unack", "incident snooze", "incident escalate", "incident reassign", "incident resolve",
    "incident reopen", "incident note",
    "oncall", "oncall shifts", "oncall gaps", "oncall fairness", "oncall take", "oncall feed",
    "swap ask", "swap accept", "swap decline", "swap list", "silence list", "silence create", "silence delete",
    "silence change",
    "override list", "override create", "override delete",
    "token create", "token list", "token revoke", "slack manifest",
    "device link", "device list", "device forget", "contact list", "contact verify",
)  # fmt: skip

FORBIDDEN = {
    "the host of a registry": re.compile(
        r"pypi\.org|pythonhosted\.org|--(extra-)?index-url|--find-links|registry\.npmjs"
    ),
    "a path of somebody's machine": re.compile(r"(?<![\w.])/(work|root|home/\w+|Users/\w+|opt/pypi|opt/wheels)/"),
    "how the work was organised": re.compile(r"(\.\./|/|\b)shared/(design|corpus|hooks)|\.library/|/tmp/contract"),
    "a private key": re.compile("-----BEGIN [A-Z ]*PRIVATE KEY"),
}


def commands(group, prefix=()):
    """The words of every command below a Typer application."""
    for command in group.registered_commands:
        yield " ".join((*prefix, command.name or command.callback.__name__.replace("_", "-")))
    for below in group.registered_groups:
        alone = below.typer_instance.registered_callback
        if alone is not None and alone.invoke_without_command is True:
            yield " ".join((*prefix, below.name))
        yield from commands(below.typer_instance, (*prefix, below.name))


def tracked():
    """Files of the repository, or all below the root where this is no checkout."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented_with_its_default(setting):
    row = re.search(rf"^\| `{setting.name}` \|(.*?)\| (.+) \|$", DOCUMENTED, re.MULTILINE)
    assert row, f"docs/settings.md has no row for {setting.name}"
    assert row[1].strip("` ") == (setting.default or "")


def test_every_documented_setting_exists():
    named = set(re.findall(r"`(ESCALATOR_[A-Z_]+)`", DOCUMENTED))
    assert named == {setting.name for setting in SETTINGS}


def test_every_promised_command_exists_and_is_documented():
    assert set(commands(app)) == set(PROMISED)
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for command in PROMISED:
        assert re.search(rf"`(escalator )?{command}\b", text), command


def test_every_command_of_a_document_exists():
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for words in re.findall(r"^\$ escalator ([a-z]+(?: [a-z]+)?)", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert words in PROMISED or words.split()[0] in PROMISED, f"{path.name}: escalator {words}"


def test_links_between_documents_lead_somewhere():
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_the_versions_agree():
    assert PROJECT["project"]["version"] == __version__


def test_the_policies_of_the_readme_are_good():
    blocks = re.findall(r"```yaml\n(version: 1\n.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 1
    compiled = compile_book({"readme.yaml": blocks[0]})
    assert compiled.book is not None, compiled.diagnostics


def test_every_metric_of_the_operations_page_exists():
    told = re.findall(r"escalator_[a-z_]+", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8"))
    source = (ROOT / "escalator" / "engine" / "metrics.py").read_text(encoding="utf-8")
    assert [name for name in told if name.removesuffix("_bucket").removesuffix("_total") not in source] == []


def test_the_licence_is_apache_2():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert PROJECT["project"]["license"] == "Apache-2.0"


def test_every_dependency_gives_its_reason_on_its_line():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lists = re.findall(r"^(?:dependencies|build|dev) = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert len(lists) == 3
    lines = [line for part in lists for line in part.splitlines() if line.strip().startswith('"')]
    assert [line for line in lines if not re.search(r"#\s+\S+", line)] == []


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_a_lock_pins_everything_by_hash_and_names_no_place(path):
    text = path.read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[a-z0-9._-]+==[^ ]+( ; .+?)? \\\n", entry), entry.splitlines()[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry.splitlines()[0]
    assert not re.search(r"://|--index|--find|file:|#", text)


def test_the_locks_agree_and_hold_every_dependency():
    pins = {path.name: dict(re.findall(r"^(\S+)==(\S+)", path.read_text(), re.MULTILINE)) for path in LOCKS}
    everything = pins["requirements-dev.lock"]
    for name, held in pins.items():
        assert held.items() <= everything.items(), name
    wanted = {re.split(r"[\[><=;! ]", line)[0].lower() for line in PROJECT["project"]["dependencies"]}
    assert wanted <= set(pins["requirements.lock"])


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what):
    this = Path(__file__)
    found = []
    for path in tracked():
        if path == this:
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in FORBIDDEN[what].finditer(text)]
    assert found == []


def test_continuous_integration_calls_make_test():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text().rstrip().endswith("exec make test")
    assert subprocess.run(["bash", "-n", script]).returncode == 0
