"""The company's policies as their repository has them: three commits, so that a revision has an author and a reason.

The commits are the same on every machine, to the last digit of their names.
"""

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from escalator.core.instant import DAY, HOUR, SECOND, Instant
from pictures.weeks import NOW, WEEKS

HERE = Path(__file__).parent / "company"


class Step(NamedTuple):
    """One commit. `differs`: what stood there instead of what stands in the files now."""

    at: Instant
    author: str
    subject: str
    differs: tuple[tuple[str, str], ...] = ()


STORM = ("    storm: {over: 4, within: 5m}\n", "")
SLOW = (
    "      - {notify: [{schedule: payments}, {channel: payments-slack}], escalate_after: 5m}",
    "      - {notify: [{schedule: payments}, {channel: payments-slack}], escalate_after: 6m}",
)
STEPS = (
    Step(NOW - WEEKS * 7 * DAY - HOUR, "ana", "The policies of both teams", (STORM, SLOW)),
    Step(NOW - 16 * DAY, "emil", "Nodes that fall together are one storm", (SLOW,)),
    Step(NOW - 38 * HOUR, "cleo", "Payments escalate after 5 minutes, as promised"),
)


def commit(folder: Path, step: Step) -> None:
    """Writes the policies as they were at this step; the first makes the repository."""
    if not folder.exists():
        folder.mkdir()
        _git(folder, step, "init", "--quiet", "--initial-branch=main")
    for path in sorted(HERE.glob("*.yaml")):
        text = path.read_text("utf-8")
        for now, then in step.differs:
            text = text.replace(now, then)
        (folder / path.name).write_text(text, "utf-8")
    _git(folder, step, "add", ".")
    _git(folder, step, "commit", "--quiet", "--message", step.subject)


def _git(folder: Path, step: Step, *words: str) -> None:
    who = {"NAME": step.author, "EMAIL": f"{step.author}@example.com", "DATE": f"{step.at // SECOND} +0000"}
    named = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    # Nobody's own settings: no signatures, no hooks.
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}
    subprocess.run(["git", *words], cwd=folder, env=alone | named, check=True)  # noqa: S603, S607
