"""A git repository as a team pushes to it: real, bare, in a folder of the test."""

import os
import subprocess
from pathlib import Path

START = 1_772_582_400
"""2026-03-04T00:00:00Z: the commits' own clock, a minute each."""


class Forge:
    """`url` is where others fetch it from."""

    def __init__(self, folder: Path, branch: str = "main") -> None:
        self.bare, self.tree = folder / "forge.git", folder / "tree"
        self.url = f"file://{self.bare}"
        self._minutes = 0
        self.git("init", "--quiet", "--bare", f"--initial-branch={branch}", str(self.bare), where=folder)
        self.git("init", "--quiet", f"--initial-branch={branch}", str(self.tree), where=folder)
        self.git("remote", "add", "origin", str(self.bare))

    def git(self, *words: str, where: Path | None = None) -> str:
        when = f"{START + self._minutes * 60} +0000"
        env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
            "GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@example.com", "GIT_AUTHOR_DATE": when,
            "GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "ana@example.com", "GIT_COMMITTER_DATE": when,
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
        }  # fmt: skip
        done = subprocess.run(
            ["git", *words], cwd=where or self.tree, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commits(self, subject: str, **files: str) -> str:
        """Names have `__` for `/`, and are YAML. Returns the commit; nothing is pushed."""
        self._minutes += 1
        for name, text in files.items():
            file = self.tree / f"{name.replace('__', '/')}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def pushes(self, subject: str, **files: str) -> str:
        """Commits and pushes; the commit."""
        made = self.commits(subject, **files)
        self.git("push", "--quiet", "--force", "origin", "HEAD")
        return made

    def goes_back_to(self, commit: str) -> None:
        """A force-push."""
        self.git("reset", "--quiet", "--hard", commit)
        self.git("push", "--quiet", "--force", "origin", "HEAD")
