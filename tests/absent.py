"""A pytest plugin: after the tests, one line names the tools that this machine lacks and what was not run for it.

A test asks for its tool with `absent.need("prometheus")`, which returns the path, or skips the test.
"""

import shutil

import pytest

TOOLS = {
    "prometheus": ("prometheus",),
    "alertmanager": ("prometheus-alertmanager", "alertmanager"),
    "chromium": ("chromium", "chromium-browser"),
}
"""Names under which distributions install each of them."""


def find(tool: str) -> str | None:
    """The path of the tool, or None."""
    return next((path for name in TOOLS[tool] if (path := shutil.which(name))), None)


def need(tool: str) -> str:
    """The path of the tool; where the machine has none, the test is skipped and counted."""
    path = find(tool)
    if path is None:
        pytest.skip(f"{tool} is not installed")
    return path


def sentence(skips: list[str], present: dict[str, str | None]) -> str:
    """What the last line says, from the reasons of the skipped tests (which name their tool) and the tools by path."""
    missing = [tool for tool, path in present.items() if path is None]
    parts = [f"{tool} ({_tests(sum(tool in reason.lower() for reason in skips))})" for tool in missing]
    others = [reason for reason in skips if not any(tool in reason.lower() for tool in missing)]
    lines = ["Every tool is here: " + ", ".join(present) + "."]
    if missing:
        lines = [f"Not run, because this machine lacks the tools: {', '.join(parts)}. `.ci/run` installs them."]
    return " ".join(lines + [f"Skipped: {reason.removeprefix('Skipped: ')}." for reason in sorted(set(others))])


def _tests(count: int) -> str:
    return "1 test" if count == 1 else f"{count} tests"


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Speaks last, after the summary; workers of xdist keep silent."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput") or config.option.collectonly:
        return
    skips = [str(report.longrepr[2]) for report in reporter.stats.get("skipped", []) if len(report.longrepr or ()) == 3]
    reporter.write_line(sentence(skips, {tool: find(tool) for tool in TOOLS}))
