"""Debian's Alertmanager, where it is installed: it keeps alerts in memory and writes nothing to disk for them."""

import shutil
from pathlib import Path

from benchmarks.service import Server, free_port

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
ALERTS = "/api/v2/alerts"
CONFIGURATION = """\
route: {receiver: nobody, group_by: [alertname], group_wait: 1h}
receivers: [{name: nobody}]
"""


def alertmanager(folder: Path) -> Server:
    """A fresh one; its memory grows with every alert, so each shot has its own."""
    assert PROGRAM is not None
    port = free_port()
    home = folder / f"alertmanager-{port}"
    home.mkdir()
    (home / "alertmanager.yml").write_text(CONFIGURATION)
    command = [
        PROGRAM, f"--config.file={home / 'alertmanager.yml'}", f"--storage.path={home}", "--log.level=error",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    return Server(command, port, home / "log", path="/-/ready")
