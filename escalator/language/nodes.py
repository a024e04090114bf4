"""What a YAML file holds before anybody asks what it means: text with its place. Nothing is guessed here."""

from typing import NamedTuple, TypeAlias

from escalator.language.diagnostics import Mark

NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Scalar(NamedTuple):
    """Text: `no`, `22:30` and `0123` stay what they look like."""

    value: str
    quoted: bool
    file: str
    line: int
    column: int
    end: int

    @property
    def mark(self) -> Mark:
        return Mark(self.file, self.line, self.column, self.end)

    @property
    def is_null(self) -> bool:
        return not self.quoted and self.value in NULLS


class Items(NamedTuple):
    """A list."""

    items: list["Node"]
    mark: Mark


class Table(NamedTuple):
    """A mapping, in the order of the file; its keys are unique."""

    entries: list[tuple[Scalar, "Node"]]
    mark: Mark


Node: TypeAlias = Scalar | Items | Table
