"""What people wrote down at an incident: notes of their own, and words that they gave with an act."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from markupsafe import Markup

from escalator.web.pages.incidents.markdown import rendered

MOST: Final = 30
"""Notes that are shown, the last."""


class Note(NamedTuple):
    at: str
    by: str
    said: str
    """What they did with it: `acknowledged`; empty for a plain note."""
    text: Markup


def notes_of(timeline: Iterable[dict[str, Any]]) -> list[Note]:
    """The newest first."""
    found = [note for line in timeline if (note := _note(line))]
    return [
        Note(line["at"], line["by"] or "somebody", said, rendered(text)) for line, said, text in found[: -MOST - 1 : -1]
    ]


def _note(line: dict[str, Any]) -> tuple[dict[str, Any], str, str] | None:
    if line["event"] == "note":
        return line, "", line["reason"]
    text = (line["detail"] or {}).get("note", "")
    return (line, line["event"], text) if text else None
