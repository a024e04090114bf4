"""A fake service on a real socket, and a terminal: `run("incident", "list")` is what a person types."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

from escalator.cli.main import main


class Asked(NamedTuple):
    method: str
    path: str
    body: Any
    token: str | None


class FakeService:
    """Answers what it was told to, the newest rule first, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.rules: list[tuple[str, int, Any, dict[str, str]]] = []
        service = self

        class Door(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                service.asked.append(Asked(self.command, self.path, body, self.headers.get("Authorization")))
                status, answer, headers = service.rule(f"{self.command} {self.path}")
                raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PATCH = do_DELETE = answer

            def log_message(self, *arguments: Any) -> None:
                """Keeps the terminal quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def says(self, request: str, answer: Any, status: int = 200, **headers: str) -> None:
        """Answers requests that begin so (`GET /api/v1/incidents`)."""
        self.rules.insert(0, (request, status, answer, headers))

    def rule(self, request: str) -> tuple[int, Any, dict[str, str]]:
        for prefix, status, answer, headers in self.rules:
            if request.startswith(prefix):
                return status, answer, headers
        return 404, {"title": "Not found", "detail": f"no such door: {request}"}, {}

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Printed(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeService]:
    fake = FakeService()
    monkeypatch.setenv("ESCALATOR_URL", fake.url)
    monkeypatch.delenv("ESCALATOR_TOKEN", raising=False)
    yield fake
    fake.close()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Types a command in an empty directory: (exit code, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)

    def typed(*words: str) -> Printed:
        with pytest.raises(SystemExit) as left:
            main(words)
        code = left.value.code
        captured = capsys.readouterr()
        return Printed(code if isinstance(code, int) else 0 if code is None else 1, captured.out, captured.err)

    return typed
