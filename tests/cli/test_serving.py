"""`escalator serve` as a process: it starts, answers, is spoken to, and leaves when it is told to."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "escalator"]


@pytest.fixture
def port():
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        return reserved.getsockname()[1]


@pytest.fixture
def environ(tmp_path, port):
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("ESCALATOR_")},
        "PYTHONPATH": str(ROOT),
        "ESCALATOR_POLICIES": str(ROOT / "policies"),
        "ESCALATOR_TRANSPORT": "sandbox",
        "ESCALATOR_PORT": str(port),
        "ESCALATOR_URL": f"http://127.0.0.1:{port}",
    }


def answers(url, until):
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return False


@pytest.mark.slow
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_serve_answers_the_command_line_and_leaves_with_0_its_database_closed(tmp_path, environ, port, told):
    # A shell's background jobs ignore SIGINT, and so would their children: start with the default.
    served = subprocess.Popen(
        [*COMMAND, "serve"], cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    try:
        assert answers(f"http://127.0.0.1:{port}/healthz", time.monotonic() + 30)
        fired = subprocess.run(
            [*COMMAND, "fire", "DiskFull"], cwd=tmp_path, env=environ, capture_output=True, text=True
        )
        assert (fired.returncode, fired.stdout.splitlines()[0]) == (0, "accepted: 1")
        served.send_signal(told)
        _, log = served.communicate(timeout=15)
    finally:
        served.kill()
        served.wait()
    assert served.returncode == 0, log
    # SQLite removes its log when the last connection is closed in good order.
    assert not (tmp_path / "escalator.db-wal").exists()


@pytest.mark.slow
def test_serve_without_a_token_refuses_an_address_that_others_reach(tmp_path, environ):
    words = [*COMMAND, "serve", "--host", "0.0.0.0"]
    done = subprocess.run(words, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "ESCALATOR_ADMIN_TOKEN" in done.stderr
