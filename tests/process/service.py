"""Real processes: `python -m escalator serve` on loopback, to be killed, stopped and starved."""

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

PATIENCE = 40.0
"""Seconds for a start: two cores may be busy with other tests."""

POLICIES = """
version: 1
people: {alice: {contacts: {webhook: secret:HOOK}}}
policies: {page: {levels: [{notify: [{person: alice}], escalate_after: 1h}]}}
catch_all: page
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Service:
    """One replica; may be started again on the same port and database."""

    def __init__(self, url: str, folder: Path, policies: str = POLICIES, **settings: str) -> None:
        self.folder = folder
        (folder / "policies").mkdir(parents=True, exist_ok=True)
        (folder / "policies" / "main.yaml").write_text(policies)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ESCALATOR_")}
        self.environment = kept | {
            "ESCALATOR_DATABASE_URL": url, "ESCALATOR_POLICIES": str(folder / "policies"),
            "ESCALATOR_PORT": str(self.port), "ESCALATOR_OUTBOUND_ALLOW": "127.0.0.0/8",
            "PYTHONPATH": str(Path(__file__).parents[2]), **settings,
        }  # fmt: skip
        self.log: list[str] = []
        self.process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        # The log goes through a pipe: a file would suffer from the limits that tests put on files.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "escalator", "serve"], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()

    async def ready(self) -> None:
        """Once it answers."""

        async def answers() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, "".join(self.log[-30:])
            return await status(self.base + "/healthz") == 200

        await until(answers)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    async def terminate(self) -> tuple[float, int]:
        """Seconds until it left, and its exit code."""
        assert self.process is not None
        before = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(self.process.wait, PATIENCE)
        return time.monotonic() - before, code

    async def left(self) -> tuple[int, str]:
        """The exit code of one that ends by itself, and what it said."""
        assert self.process is not None
        assert self._reader is not None
        code = await asyncio.to_thread(self.process.wait, PATIENCE)
        self._reader.join(5)
        return code, "".join(self.log)

    def largest_file(self, size: int) -> None:
        """From now on no file of the process may be written beyond so many bytes."""
        assert self.process is not None
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        if self._reader is not None:
            self._reader.join(5)

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self.log.append(line)


async def until(question: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Asks until the answer is truthy; the answer. The only sleeps here: a process of its own tells us nothing."""
    end = time.monotonic() + patience
    while True:
        answer = question()
        answer = await answer if asyncio.iscoroutine(answer) else answer
        if answer:
            return answer
        assert time.monotonic() < end, f"not within {patience:g} s"
        await asyncio.sleep(0.05)


async def status(url: str) -> int | None:
    """None: nobody answers."""
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as session, session.get(url) as answer:
            return answer.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None


def webhook(*names: str) -> dict[str, Any]:
    """A version 4 body in which each name is an alert, and an incident, of its own."""
    alerts = [
        {"status": "firing", "labels": {"alertname": "Killed", "service": name}, "startsAt": "2026-01-01T00:00:00Z"}
        for name in names
    ]
    return {"version": "4", "groupKey": "g", "truncatedAlerts": 0, "alerts": alerts}
