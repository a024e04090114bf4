"""The demo as a newcomer meets it: somebody is paged at once, the next one later, and an acknowledgement ends it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.process.service import free_port

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ESCALATOR_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "COLUMNS": "160"}


def start(tmp_path: Path, port: int, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "escalator", "demo", "--port", str(port), "--directory", str(tmp_path), *options],
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


def test_ana_ben_or_cleo_is_paged_then_the_next_and_an_acknowledgement_is_told(tmp_path: Path) -> None:
    port = free_port()
    demo = start(tmp_path, port, "--fast", "--json")
    assert demo.stdout is not None
    try:
        pages: list[dict[str, str]] = []
        # The first page, and (five seconds later, for five minutes) somebody else's.
        while len({page["person"] for page in pages if page["person"]}) < 2:
            pages.append(json.loads(demo.stdout.readline()))
        assert {page["kind"] for page in pages} == {"page"}
        assert all(page["acknowledge"].startswith(f"http://localhost:{port}/replies/") for page in pages)
        url = f"http://localhost:{port}"
        command = [sys.executable, "-m", "escalator", "incident", "ack", "1", "--by", "ana", "--url", url]
        done = subprocess.run(command, env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        while (line := json.loads(demo.stdout.readline()))["kind"] != "update":
            pages.append(line)
        assert "ACKNOWLEDGED" in line["short"]
    finally:
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) == 0
        demo.stdout.close()


def test_the_terminal_shows_who_by_which_way_when_what_and_how_to_acknowledge(tmp_path: Path) -> None:
    port = free_port()
    demo = start(tmp_path, port)
    assert demo.stdout is not None
    try:
        shown = ""
        while "Ctrl-C ends the demo" not in shown:
            line = demo.stdout.readline()
            assert line, shown
            shown += line
    finally:
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) == 0
        demo.stdout.close()
    assert "ops-slack" in shown
    assert any(f"{name}   " in shown for name in ("ana", "ben", "cleo"))
    assert " email " in shown
    assert "CRITICAL #1 CriticalResponseTime" in shown
    assert f"escalator incident ack 1 --by ana --url http://localhost:{port}" in shown
    assert f"http://localhost:{port}/incidents/1" in shown
    assert "Traceback" not in shown
