"""What the pages show as printed is what the commands print, today, for the example that the page names.

On Wednesday, 4 March 2026 at 09:00 in London, for the policies of the repository; a `diff` of a page is what was
changed in them. A line `…` stands for lines that the page leaves out.
"""

import json
import re
import shlex
import shutil
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from escalator.core.instant import MINUTE, from_datetime
from escalator.language import compile_book, render
from escalator.rehearsal.night import Night
from escalator.rehearsal.standing import Open, Standing, encode
from tests.pages.fences import ROOT, Fence, fences
from tests.rehearsal.nights import shipped

NOW = from_datetime(datetime(2026, 3, 4, 9, tzinfo=UTC))
MAIN = (ROOT / "policies" / "main.yaml").read_text(encoding="utf-8")

STYLE = re.compile("\x1b\\[[0-9;]*m")


README = next(fence.text for fence in fences("yaml") if fence.page == "README.md" and "people:" in fence.text)


def only(page: str, language: str) -> Fence:
    (found,) = [fence for fence in fences(language) if fence.page == f"docs/{page}.md"]
    return found


def patched(diff: str) -> str:
    """The policies of the repository with what a page says was changed."""
    text = MAIN
    for part in re.split(r"^@@\n", diff, flags=re.MULTILINE):
        lines = part.splitlines(keepends=True)
        old, new = ("".join(line[1:] for line in lines if line[0] in kept) for kept in (" -", " +"))
        assert text.count(old) == 1, f"stands {text.count(old)} times in policies/main.yaml:\n{old}"
        text = text.replace(old, new)
    return text


def shows(shown: str, printed: str) -> None:
    """`…` is any lines, at least one; spaces at the end of a line are none."""
    lines = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines())
    pattern = re.escape(shown.strip("\n") + "\n").replace(re.escape("\n…\n"), r"\n(?:.*\n)+?")
    assert re.fullmatch(pattern, lines), f"{lines}\n--- is not what the page shows:\n{shown}"


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def example(run, tmp_path, monkeypatch):
    """The policies as they were, those of a page's `diff`, and what a command of the page prints on a terminal."""
    monkeypatch.setattr("escalator.cli.policy.books.time", SimpleNamespace(time_ns=lambda: NOW * 1000))
    shutil.copytree(ROOT / "policies", tmp_path / "policies")

    def played(fence: Fence, *more: str, diff: str = "") -> int:
        command, _, shown = fence.text.partition("\n")
        if diff:
            shutil.copytree(tmp_path / "policies", tmp_path / "policies-before")
            (tmp_path / "policies" / "main.yaml").write_text(patched(diff), encoding="utf-8")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        printed = run(*shlex.split(command.removeprefix("$ escalator ")), *more)
        shows(shown, STYLE.sub("", printed.out) + printed.err)
        return printed.code

    return played


def test_verify(example):
    assert example(only("policy-verify", "console")) == 0


def test_the_readme_is_told_that_it_does_not_hold_and_what_mends_it(example, tmp_path):
    broken, mended = [fence for fence in fences("console") if fence.page == "README.md" and "verify" in fence.text]
    (tmp_path / "policies" / "main.yaml").write_text(README)
    assert example(broken) == 1
    both = README.replace("{email:", "{push: browser, email:")
    (tmp_path / "policies" / "main.yaml").write_text(both)
    assert example(mended) == 0


def test_the_commands_of_the_readme_answer_for_its_own_policies(run, tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "main.yaml").write_text(README)
    checked = run("policy", "check", "policies")
    assert (checked.code, set(re.findall(r"\w\d{3}", checked.out + checked.err))) == (0, {"W275"})
    told = run("policy", "simulate", "DiskFull", "policies", "--at", "03:10")
    assert told.code == 0
    assert "level 2 pages alice by email; bob by email" in told.out
    (tmp_path / "last-month.json").write_text(only("policy-replay", "json").text, encoding="utf-8")
    assert run("policy", "replay", "policies", "--record", "last-month.json").code == 0
    untold = run("policy", "test", "policies")
    assert (untold.code, untold.err.splitlines()[-1]) == (1, "No test was found.")


def test_a_test_that_fails(run, tmp_path, monkeypatch):
    """The first example of the page, where level 1 waits for 7 minutes."""
    policies, night, *_ = [fence.text for fence in fences("yaml") if fence.page == "docs/policy-tests.md"]
    (tmp_path / "policies").mkdir()
    slower = policies.replace("escalate_after: 5m", "escalate_after: 7m")
    (tmp_path / "policies" / "main.yaml").write_text(slower, encoding="utf-8")
    (tmp_path / "policies" / "main.test.yaml").write_text(night, encoding="utf-8")
    printed = run("policy", "test", "policies")
    assert printed.code == 1
    shows(only("policy-tests", "text").text, printed.out)


def test_tests(example):
    assert example(only("policy-tests", "console")) == 0


def test_plan_with_an_incident_that_is_open(example, service):
    before = shipped()
    night = Night(before, NOW - 2 * MINUTE)
    night.fire({"alertname": "CriticalResponseTime"})
    night.until(NOW)
    standing = Standing(NOW, 41, {"main.yaml": MAIN}, (Open(night.incidents[1], night.open_alerts(1)),))
    service.says("GET /api/v1/rehearsal", json.loads(encode(standing)))
    assert example(only("policy-plan", "console"), diff=only("policy-plan", "diff").text) == 1


def test_replay_of_the_record_that_the_page_shows(example, tmp_path):
    (tmp_path / "last-month.json").write_text(only("policy-replay", "json").text, encoding="utf-8")
    assert example(only("policy-replay", "console"), diff=only("policy-replay", "diff").text) == 0
    assert (tmp_path / "charts.svg").read_text(encoding="utf-8").startswith("<svg")


def shown_of(page: str, command: str) -> Fence:
    (found,) = [
        fence for fence in fences("console") if fence.page == page and fence.text.startswith(f"$ escalator {command}")
    ]
    return found


def stamp(commit: str, author: str, subject: str) -> dict[str, str]:
    return {"commit": commit.ljust(40, "0"), "author": author, "subject": subject}


def test_what_runs_and_what_waits_and_why(example, service):
    """What a service says of a change in which a name is misspelt; the reason is what the loader says of it."""
    sources = {"main.yaml": MAIN.replace("{people: [ana, ben, cleo], every", "{people: [anna, ben, cleo], every")}
    wrong = [each for each in compile_book(sources, now=NOW).diagnostics if each.severity == "error"]
    live = {"revision": 41, "admitted_at": "2026-03-04T09:12:00Z", "by": "pod-1:7", "restores": None}
    waiting = {"refused_at": "2026-03-04T09:20:02Z", "refused_by": "pod-2:7", "reason": render(wrong, sources)}
    answer = {
        "origin": "https://***@git.example.com/acme/oncall.git#main:policies",
        "live": {**live, **stamp("8d21f00c9a4e", "Ana <ana@example.com>", "Page the DBAs sooner")},
        "waiting": {**waiting, **stamp("1b6f0e5dd2aa", "Bob <bob@example.com>", "Tidy up")},
        "problem": None,
    }
    service.says("GET /api/v1/policies", answer)
    assert example(shown_of("docs/gitops.md", "policy live")) == 1


def test_a_rollback(example, service):
    service.says("POST /api/v1/policies/revisions/40/rollback", {"revision": 42})
    assert example(shown_of("docs/gitops.md", "policy rollback")) == 0


def test_who_is_on_call(example, service):
    row = {"schedule": "boardroom", "person": "alice", "until": "2026-03-09T09:00:00Z", "next": ["bob", "carol"]}
    service.says("GET /api/v1/oncall", {"items": [row | {"then": "bob"}]})
    assert example(shown_of("docs/schedules.md", "oncall\n")) == 0


def test_what_a_page_shows_of_something_that_was_changed_since_is_found():
    shows("a\n…\nd\n", "a\nb \nc\nd\n")
    for shown in ("a\nb\nd", "a\n…\nc", "b\n…\nd", "a\nb\nc\nd\n…"):
        with pytest.raises(AssertionError, match="is not what the page shows"):
            shows(shown, "a\nb\nc\nd\n")


PLAYED = {
    "README.md": ["policy verify", "policy verify"],
    "docs/gitops.md": ["policy live", "policy rollback"],
    "docs/policy-plan.md": ["policy plan"],
    "docs/policy-replay.md": ["policy replay"],
    "docs/policy-simulate.md": ["policy simulate", "policy simulate"],  # in test_policy_simulate.py
    "docs/policy-tests.md": ["policy test"],
    "docs/policy-verify.md": ["policy verify"],
    "docs/schedules.md": ["oncall"],
}
SECRET = {"docs/channels/push.md": ["device link"], "docs/schedules.md": ["oncall feed"]}
"""What is printed is an address with a secret in it, which the page cuts."""


def test_no_page_shows_output_that_nothing_prints():
    """Every block with a command and something printed is played; one more, and it is to be played too."""
    found: dict[str, list[str]] = {}
    for fence in fences("console", ""):
        if fence.typed and len(fence.typed) < len(fence.text.splitlines()):
            (command,) = fence.typed
            found.setdefault(fence.page, []).append(command.removeprefix("escalator "))
    for page, commands in found.items():
        known = PLAYED.get(page, []) + SECRET.get(page, [])
        assert len(commands) == len(known), f"{page}: {commands}"
        assert all(command.startswith(word) for command, word in zip(commands, known, strict=True)), page
    assert set(found) == {*PLAYED, *SECRET}
