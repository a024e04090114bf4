"""Prometheus and Alertmanager as Debian ships them, on loopback, with intervals of a second; and a tiny exporter."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from tests.process.service import free_port, status, until

PROMETHEUS = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{folder}/rules.yml]
alerting: {{alertmanagers: [{{scheme: http, static_configs: [{{targets: ['127.0.0.1:{alertmanager}']}}]}}]}}
scrape_configs: [{{job_name: shop, static_configs: [{{targets: ['127.0.0.1:{exporter}']}}]}}]
"""

RULES = """
groups:
  - name: shop
    rules:
      - alert: CheckoutFailing
        expr: shop_failing > 0
        labels: {severity: critical, service: checkout}
        annotations: {summary: "{{ $labels.host }} fails"}
"""

ALERTMANAGER = """
route: {{receiver: escalator, group_by: [alertname], group_wait: 1s, group_interval: 2s, repeat_interval: 4s}}
receivers:
  - name: escalator
    webhook_configs:
      - url: {url}/integrations/alertmanager
        send_resolved: true
        max_alerts: 0
        http_config: {{authorization: {{type: Bearer, credentials_file: {folder}/token}}}}
"""


class Program:
    """One of them; may be stopped and started again with what it remembers."""

    def __init__(self, folder: Path, ready: str, *arguments: str) -> None:
        self.folder = folder
        self.ready = ready
        self.arguments = arguments
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.arguments, cwd=self.folder, stdout=log, stderr=log)
        await until(self._answers)

    async def stop(self) -> None:
        """Told to, and killed where it does not listen."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                await asyncio.to_thread(self.process.wait, 10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    async def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
        return await status(self.ready) == 200


def alertmanager(path: str, folder: Path, url: str, token: str) -> tuple[Program, int]:
    """Sends to our door, with the token from a file."""
    folder.mkdir()
    (folder / "token").write_text(token)
    (folder / "config.yml").write_text(ALERTMANAGER.format(url=url, folder=folder))
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    program = Program(
        folder, f"{base}/-/ready", path, f"--config.file={folder}/config.yml", f"--storage.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    )  # fmt: skip
    return program, port


def prometheus(path: str, folder: Path, alertmanager: int, exporter: int) -> Program:
    """Evaluates one rule over our exporter each second."""
    folder.mkdir()
    (folder / "rules.yml").write_text(RULES)
    text = PROMETHEUS.format(folder=folder, alertmanager=alertmanager, exporter=exporter)
    (folder / "prometheus.yml").write_text(text)
    port = free_port()
    return Program(
        folder, f"http://127.0.0.1:{port}/-/ready", path, f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}",
        "--rules.alert.resend-delay=1s",
    )  # fmt: skip


class Exporter:
    """What the shop says of itself: which hosts fail."""

    def __init__(self) -> None:
        self.failing: set[str] = set()

    async def metrics(self, request: web.Request) -> web.Response:
        return web.Response(
            text="".join(f'shop_failing{{host="{host}"}} {int(host in self.failing)}\n' for host in ("a", "b"))
        )


@asynccontextmanager
async def exporter() -> AsyncIterator[tuple[Exporter, int]]:
    one = Exporter()
    application = web.Application()
    application.router.add_get("/metrics", one.metrics)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield one, runner.addresses[0][1]
    finally:
        await runner.cleanup()
