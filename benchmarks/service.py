"""Processes under test: Escalator as it is installed, with policies of its own, and any other server on loopback."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
POLICIES = """\
# Every benchmark's policies. `slow` alerts page after an hour, so that intake is measured alone; all others at once.
version: 1
people:
  alice: {contacts: {webhook: secret:BENCH_SINK}}
  bob: {contacts: {email: bob@example.com}}
notification_rules:
  high: [{via: webhook}, {via: email}]
  low: [{via: webhook}, {via: email}]
routes:
  - match: {bench: slow}
    group_by: [service]
    group_wait: 1h
    policy: page
  - match: {bench: mail}
    group_by: [service]
    policy: mail
  - match: {bench: page}
    group_by: [service]
    policy: page
catch_all: page
policies:
  page: {storm: off, levels: [{notify: [{person: alice}], escalate_after: 4h}]}
  mail: {storm: off, levels: [{notify: [{person: bob}], escalate_after: 4h}]}
"""


class NotServing(Exception):
    """A server did not answer in time, or died."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def get(port: int, path: str, timeout: float = 5.0) -> tuple[int, bytes]:
    """One GET on a connection of its own; raises OSError."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Server:
    """One child that listens; stopped at the end of a `with`."""

    def __init__(
        self, command: Sequence[str], port: int, log: Path, environ: Mapping[str, str] | None = None, path: str = "/"
    ) -> None:
        """Returns when `path` answers 200; `started` are the seconds that took. Raises NotServing."""
        self.port = port
        self._log = log
        began = time.monotonic()
        with log.open("ab") as out:
            self._child = subprocess.Popen(command, stdout=out, stderr=out, env=environ, cwd=log.parent)
        self._await(path, began + 90)
        self.started = time.monotonic() - began

    @property
    def pid(self) -> int:
        return self._child.pid

    def _await(self, path: str, end: float) -> None:
        while time.monotonic() < end and self._child.poll() is None:
            try:
                if get(self.port, path)[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.01)
        self.kill()
        raise NotServing(f"{self._log.name}: {self._log.read_text(errors='replace')[-2000:]}")

    def resident(self) -> int:
        """Bytes in memory now, its children's included (pages they share are counted for each)."""
        listed = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self.pid), "--ppid", str(self.pid)],
            capture_output=True,
            text=True,
            check=True,
        )
        return 1024 * sum(int(field) for field in listed.stdout.split())

    def stop(self) -> None:
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """SIGKILL."""
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def settings(url: str, folder: Path, web_port: int, mail_port: int) -> dict[str, str]:
    """The environment of a service whose messages go to our sinks; writes its policies into `folder`."""
    policies = folder / "policies"
    policies.mkdir(parents=True, exist_ok=True)
    (policies / "main.yaml").write_text(POLICIES)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ESCALATOR_")}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "ESCALATOR_DATABASE_URL": url,
        "ESCALATOR_POLICIES": str(policies),
        "ESCALATOR_OUTBOUND_ALLOW": "127.0.0.0/8",
        "ESCALATOR_SMTP_URL": f"smtp://127.0.0.1:{mail_port}?tls=none",
        "ESCALATOR_EMAIL_FROM": "escalator@example.com",
        "BENCH_SINK": f"http://127.0.0.1:{web_port}/hook",
    }


def escalator(environ: Mapping[str, str], folder: Path, path: str = "/readyz") -> Server:
    """A running service."""
    port = free_port()
    command = [sys.executable, "-m", "escalator", "serve", "--port", str(port)]
    return Server(command, port, folder / f"escalator-{port}.log", environ, path)


def bare(kind: str, folder: Path) -> Server:
    """One of the servers in `benchmarks.bare`."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.bare", kind, str(port)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return Server(command, port, folder / f"{kind}-{port}.log", environ, "/healthz")
