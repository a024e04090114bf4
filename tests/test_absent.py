"""The last line of a test run: what was not run because this machine lacks the tool."""

import pytest

from tests import absent


def test_the_line_names_each_missing_tool_and_counts_its_tests():
    skips = ["Skipped: prometheus is not installed", "Skipped: Prometheus is not installed", "Skipped: too slow"]
    said = absent.sentence(skips, {"prometheus": None, "chromium": "/usr/bin/chromium", "alertmanager": None})
    assert "prometheus (2 tests), alertmanager (0 tests)" in said
    assert "chromium" not in said
    assert said.endswith("Skipped: too slow.")


def test_with_every_tool_there_the_line_says_so():
    assert absent.sentence([], {"prometheus": "/usr/bin/prometheus"}).startswith("Every tool is here")


def test_a_test_that_needs_a_missing_tool_is_skipped(monkeypatch):
    monkeypatch.setattr(absent.shutil, "which", lambda name: None)
    with pytest.raises(pytest.skip.Exception, match="chromium is not installed"):
        absent.need("chromium")


def test_debians_name_for_alertmanager_is_known(monkeypatch):
    monkeypatch.setattr(absent.shutil, "which", lambda name: {"prometheus-alertmanager": "/usr/bin/pa"}.get(name))
    assert absent.need("alertmanager") == "/usr/bin/pa"
