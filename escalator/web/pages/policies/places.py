"""Places in the policies' files, and the lines that stand there."""

from typing import Any, Final

from escalator.language.diagnostics import lines, printable

MOST: Final = 200
"""Lines of one policy that are shown."""


def place(where: str) -> dict[str, Any] | None:
    """`file:line:column` with its parts; None where it stands in no file."""
    file, _, rest = where.rpartition(":")[0].rpartition(":")
    return {"file": file, "line": int(rest)} if file and rest.isdecimal() else None


def block(text: str, line: int) -> list[dict[str, Any]]:
    """The line, and what stands below it further in."""
    every = lines(text)[line - 1 :]
    if not every:
        return []
    deep = _indent(every[0])
    end = next((at for at, each in enumerate(every) if at and each.strip() and _indent(each) <= deep), len(every))
    while end > 1 and not every[end - 1].strip():
        end -= 1
    shown = every[: min(end, MOST)]
    return [{"number": at, "text": printable(each), "meant": False} for at, each in enumerate(shown, line)]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
