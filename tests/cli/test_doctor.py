"""`escalator doctor` says what is wrong and what to do, and pages nobody."""

from datetime import UTC, datetime, timedelta

import pytest

from escalator.cli import running
from escalator.cli.doctor import clock, examine
from escalator.config import Finding

NOW = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "ok"), [(0, True), (5, True), (-5, True), (6, False), (-60, False)])
def test_a_clock_may_differ_by_five_seconds(seconds, ok):
    assert clock(NOW + timedelta(seconds=seconds), NOW).ok is ok


async def test_settings_that_cannot_be_used_are_all_that_is_told():
    found = await examine({"ESCALATOR_PORT": "x", "ESCALATOR_TYPO": "y"})
    assert [finding.ok for finding in found] == [False, False]
    assert "ESCALATOR_TYPO is not a setting" in found[0].text
    assert "ESCALATOR_PORT=x" in found[1].text


@pytest.fixture
def findings(monkeypatch):
    found = [
        Finding("settings", True, "all can be read"),
        Finding("policies", False, "error[E100]\n --> main.yaml:1:1"),
    ]

    async def examined(environ):
        return found

    monkeypatch.setattr(running.examination, "examine", examined)
    return found


def test_what_is_wrong_stands_out_and_fails(run, findings):
    printed = run("doctor")
    assert printed.code == 1
    assert printed.out.splitlines() == [
        "ok     settings: all can be read",
        "WRONG  policies: error[E100]",
        "        --> main.yaml:1:1",
    ]
    assert run("doctor", "--json").json[1]["ok"] is False


def test_with_nothing_wrong_the_exit_code_is_0(run, findings):
    findings.pop()
    assert run("doctor").code == 0
