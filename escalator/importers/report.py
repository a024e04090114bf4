"""What an import says of itself: what carried over, what changed its meaning, what could not be carried, and why.

Each line names the object of the source. Secrets are named, never shown.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

Fate = Literal["carried", "changed", "lost"]
HEADINGS: dict[Fate, str] = {"carried": "Carried over", "changed": "Changed meaning", "lost": "Could not carry"}
SECRETS = "Secrets to set"


class Line(NamedTuple):
    """The fate of one object, or of one thing that it says."""

    fate: Fate
    source: str
    """The object in the source's own words: `schedule Primary, layer 2`."""
    why: str


class Report:
    """Collects lines while an export is read; the same line twice is said once."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._lines: dict[Line, None] = {}
        self.secrets: dict[str, str] = {}
        """By the name of the environment variable: whose it is and what belongs there."""

    def carried(self, source: str, why: str) -> None:
        self._lines[Line("carried", source, why)] = None

    def changed(self, source: str, why: str) -> None:
        self._lines[Line("changed", source, why)] = None

    def lost(self, source: str, why: str) -> None:
        self._lines[Line("lost", source, why)] = None

    def lines(self, fate: Fate) -> list[Line]:
        return [line for line in self._lines if line.fate == fate]

    def count(self) -> str:
        return ", ".join(f"{len(self.lines(fate))} {heading.lower()}" for fate, heading in HEADINGS.items())

    def as_text(self) -> str:
        return "\n".join(self._text()) + "\n"

    def _text(self) -> Iterator[str]:
        for fate, heading in HEADINGS.items():
            found = self.lines(fate)
            yield f"{heading}: {len(found)}"
            yield from (f"  {line.source}: {line.why}" for line in found)
        if self.secrets:
            yield f"{SECRETS}, for example in `.env`:"
            yield from (f"  {line}" for line in self.stanza())

    def stanza(self) -> list[str]:
        """Lines for a `.env` file: names and what they are for, never a value."""
        return [f"{name}=  # {what}" for name, what in self.secrets.items()]

    def as_document(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            fate: [{"source": line.source, "why": line.why} for line in self.lines(fate)] for fate in HEADINGS
        }
        return {"importer": self.source, **shown, "secrets": [{"name": k, "for": v} for k, v in self.secrets.items()]}

    def as_markdown(self) -> str:
        return "\n".join(self._markdown()) + "\n"

    def _markdown(self) -> Iterator[str]:
        yield f"# Imported from {self.source}"
        for fate, heading in HEADINGS.items():
            found = self.lines(fate)
            yield f"\n## {heading} ({len(found)})\n"
            yield from (f"- **{_plain(line.source)}**: {_plain(line.why)}" for line in found)
        if self.secrets:
            yield f"\n## {SECRETS}\n\n```bash"
            yield from self.stanza()
            yield "```"


def _plain(text: str) -> str:
    """Names come from outside: none of them becomes markup."""
    return "".join(f"\\{char}" if char in "\\*_[]<>`#|" else char for char in text)
