"""Whether policies may follow those that are live, asked of a child process: this one goes on paging meanwhile.

What cannot be proved is not admitted: the last good revision runs on.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

from escalator.core.instant import Instant

CHILD = (sys.executable, "-m", "escalator.rehearsal.proof.proving")
DEADLINE = 120.0
"""Seconds. 200 people in 50 teams take 8."""


def prove(
    sources: Mapping[str, str],
    live: Mapping[str, str] | None,
    now: Instant,
    child: Sequence[str] = CHILD,
    deadline: float = DEADLINE,
) -> list[str]:
    """What is broken, in words; to be run in a thread."""
    asked = json.dumps({"sources": dict(sources), "live": dict(live) if live else None, "now": now}).encode()
    try:
        ended = subprocess.run(child, input=asked, capture_output=True, timeout=deadline, check=True)  # noqa: S603
        found = json.loads(ended.stdout)
    except subprocess.TimeoutExpired:
        return [f"they could not be proved within {deadline:g} s"]
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        return [f"they could not be proved: {_last(error)}"]
    return [str(each) for each in found]


def _last(error: Exception) -> str:
    """The child's last words, else what happened to it."""
    said = getattr(error, "stderr", None) or b""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else f"{type(error).__name__}: {error}"[:200]
