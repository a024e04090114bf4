"""The ladders that pages show: each is drawn by the command that stands beside it, from this repository's policies."""

import os
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from escalator.cli.main import main

ROOT = Path(__file__).resolve().parent.parent
HERE = Path("docs") / "pictures"
LADDERS = {
    "simulate": ["CriticalResponseTime", "--at", "2026-03-04T03:10"],
    "simulate-broken": [
        "CriticalResponseTime", "--at", "2026-03-09T08:52", "--fault", "provider:twilio:rejecting",
        "--ack", "cleo@12m", "--resolve", "25m",
    ],
}  # fmt: skip


def draw(name: str, into: Path = HERE) -> Path:
    """Draws one as a reader would, in the repository; raises KeyError for a name that is not there."""
    before, target = Path.cwd(), into / f"{name}.svg"
    os.chdir(ROOT)
    try:
        with redirect_stdout(StringIO()):
            main(["policy", "simulate", *LADDERS[name], "policies", "--svg", str(target)])
    except SystemExit as left:
        if left.code:
            sys.exit(left.code)
    finally:
        os.chdir(before)
    return target
