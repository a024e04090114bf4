"""What the pages show: fenced blocks and inline code, with the place of each."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
}
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
BETWEEN = frozenset("();<>|&")
"""Where a shell ends one command and begins another."""


class Fence(NamedTuple):
    page: str
    line: int
    language: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def typed(self) -> list[str]:
        """The lines that a person types: after `$ ` where what is printed stands there too, else all of them."""
        lines = self.text.replace("\\\n", " ").splitlines()
        if self.language in ("bash", "sh"):
            return lines
        return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def fences(*languages: str) -> list[Fence]:
    """Those of these languages in every page."""
    found = [
        Fence(page, text.count("\n", 0, match.start()) + 1, match[2], dedent(match[3]))
        for page, text in PAGES.items()
        for match in FENCE.finditer(text)
    ]
    return [fence for fence in found if fence.language in languages]


def calls(line: str) -> Iterator[list[str]]:
    """The arguments of every `escalator …` in a line of a shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    run: list[str] = []
    for word in [*lexer, ";"]:
        if not set(word) <= BETWEEN:
            run.append(word)
            continue
        if run[:1] == ["escalator"]:
            yield run[1:]
        run = []


def inline(page: str) -> list[str]:
    """What stands in single backticks, outside of fences."""
    prose = re.sub(r"^( *)```.*?^\1```$", "", PAGES[page], flags=re.DOTALL | re.MULTILINE)
    return [found.replace("\\|", "|") for found in re.findall(r"`([^`\n]+)`", prose)]
