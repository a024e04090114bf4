"""What every shape needs while it reads: the diagnostics so far, the names that files declare, the places of keys.

Shapes ask for a key, a text, a name; where the file has something else, the complaint is made here, with its cure.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import NamedTuple, TypeVar

from escalator.language.diagnostics import Diagnostic, Mark, Note, source_line
from escalator.language.nodes import Items, Node, Scalar, Table
from escalator.language.shapes.ladders import TARGET
from escalator.language.shapes.shape import Shape
from escalator.language.shapes.values import Words

T = TypeVar("T")

MOST = 1000
"""Diagnostics; a file that has more of them is not a policy, and looking for cures would take its time."""

SECTION = {
    "person": "people", "schedule": "schedules", "team": "teams", "channel": "channels", "policy": "policies",
    "hours": "hours", "holidays": "holidays", "route_group": "route_groups",
}  # fmt: skip
SPOKEN = {"hours": "hours", "holidays": "holiday list", "route_group": "route group"}
GLUED = re.compile(r"([a-z_]+):(\S.*)")


class Declared(NamedTuple):
    """A name and what stands under it."""

    name: Scalar
    node: Node


class Scope:
    """Collects what is found while one set of files is compiled."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources
        self.diagnostics: list[Diagnostic] = []
        self.errors = 0
        self.declared: dict[str, dict[str, Declared]] = {}
        """By section (`people`, `schedules`, …), then by name."""
        self.once: dict[str, Declared] = {}
        """The sections that stand in one file: `routes`, `catch_all`, `defaults`, `notification_rules`."""
        self.marks: dict[tuple[str, str], Mark] = {}
        """Where a key's value stands, by the `where` of what it belongs to and the key."""
        self.unread: set[str] = set()
        """Files that could not be read: what they would have declared is not known."""
        self.doubtful: set[str] = set()
        """The `where` of routes and policies that have errors: checks of meaning pass them over."""

    # Complaints

    def error(self, code: str, mark: Mark, message: str, cure: str = "", notes: tuple[Note, ...] = ()) -> None:
        self.errors += 1
        if len(self.diagnostics) < MOST:
            self.diagnostics.append(Diagnostic(code, "error", message, *mark, cure, notes))

    def warn(self, code: str, mark: Mark, message: str, cure: str = "", notes: tuple[Note, ...] = ()) -> None:
        if len(self.diagnostics) < MOST:
            self.diagnostics.append(Diagnostic(code, "warning", message, *mark, cure, notes))

    def closest(self, word: str, known: Iterable[str]) -> str | None:
        """The known word that was probably meant."""
        if len(word) > 60 or len(self.diagnostics) >= MOST:
            return None
        lower = {each.lower(): each for each in known}
        near = get_close_matches(word.lower(), lower, n=1, cutoff=0.6)
        return lower[near[0]] if near else None

    def meant(self, word: str, known: Iterable[str]) -> str:
        """The cure for a word that is not known."""
        known = list(known)
        near = self.closest(word, known)
        if near is not None:
            return f"did you mean `{near}`?"
        return f"known here: {', '.join(f'`{each}`' for each in known[:24])}" if known else ""

    def wrong(self, node: Node, wanted: str) -> None:
        """Something else stands where `wanted` should."""
        if not isinstance(node, Scalar):
            kind = "a list" if isinstance(node, Items) else "a mapping"
            self.error("E122", node.mark, f"expected {wanted}, found {kind}")
        elif node.is_null:
            self.nothing(node, wanted)
        elif not node.quoted and (glued := GLUED.fullmatch(node.value)):
            key, value = glued.groups()
            self.error("E123", node.mark, f"expected {wanted}, found the text `{node.value}`", spaced(key, value))
        else:
            self.error("E122", node.mark, f"expected {wanted}, found the text `{node.value}`")

    def nothing(self, node: Scalar, wanted: str) -> None:
        rest = source_line(self.sources, node.file, node.line)[node.column - 1 :]
        if re.match(r"\s*#\S", rest):
            cure = f'`#` after a space begins a comment: write `"{rest.strip()}"`'
            self.error("E124", node.mark, f"expected {wanted}, found only a comment", cure)
        else:
            self.error("E122", node.mark, f"expected {wanted}, found nothing")

    # Shapes

    def fields(self, node: Node, shape: Shape) -> dict[str, Node] | None:
        """The known keys of a mapping; unknown and missing ones are reported. None where it is no mapping."""
        if not isinstance(node, Table):
            self.wrong(node, f"{shape.spoken}: a mapping")
            return None
        taken = {}
        for key, value in node.entries:
            if key.value in shape:
                taken[key.value] = value
            else:
                self.unknown(key, value, shape)
        for name in shape.required:
            if name not in taken:
                self.error("E121", node.mark, f"{shape.spoken} needs `{name}`")
        return taken

    def unknown(self, key: Scalar, value: Node, shape: Shape) -> None:
        glued = GLUED.fullmatch(key.value)
        if glued and glued[1] in shape and isinstance(value, Scalar) and value.is_null:
            self.error("E123", key.mark, f"`{key.value}` is one word, not a key and its value", spaced(*glued.groups()))
        else:
            self.error("E120", key.mark, f"{shape.spoken} has no key `{key.value}`", self.meant(key.value, shape))

    def entries(self, node: Node, what: str) -> list[tuple[Scalar, Node]]:
        """Key and value of a mapping whose keys are free."""
        if isinstance(node, Table):
            return node.entries
        self.wrong(node, f"{what}: a mapping")
        return []

    def items(self, node: Node, what: str) -> list[Node]:
        """The items of a list that has at least one."""
        if isinstance(node, Items) and node.items:
            return node.items
        if isinstance(node, Items):
            self.error("E122", node.mark, f"expected {what}, found an empty list")
        else:
            self.wrong(node, f"{what}: a list")
        return []

    def text(self, node: Node, what: str) -> str | None:
        if isinstance(node, Scalar) and not node.is_null and node.value.strip():
            return node.value
        self.wrong(node, what)
        return None

    def choice(self, node: Node, words: Words) -> str | None:
        """A word of a closed set."""
        word = self.text(node, words.spoken)
        if word is None or word in words.meanings:
            return word
        self.error("E125", node.mark, f"`{word}` is not {words.spoken}", self.meant(word, words.meanings))
        return None

    def each(self, node: Node, one: Callable[[Node], T | None]) -> tuple[T, ...]:
        """Every item of a list, or the one value, through `one`; what it refuses is left out."""
        found = node.items if isinstance(node, Items) else [node]
        return tuple(value for value in map(one, found) if value is not None)

    def keep(self, where: str, fields: Mapping[str, Node]) -> None:
        """Remember where these keys' values stand, for checks that come later."""
        for key, node in fields.items():
            self.marks[where, key] = node.mark

    # Names

    def refer(self, kind: str, node: Node, *, target: bool = False) -> str | None:
        """A name that some file must declare as `kind`; with `target`, the cure is a whole `{kind: name}`."""
        spoken = SPOKEN.get(kind, kind)
        name = self.text(node, f"the name of a {spoken}")
        if name is None or name in self.declared.get(SECTION[kind], ()):
            return name
        self.error("E210", node.mark, f"unknown {spoken} `{name}`", self.renamed(name, kind, target))
        return None

    def renamed(self, name: str, kind: str, target: bool) -> str:
        for other in SECTION:
            if name in self.declared.get(SECTION[other], ()):
                is_a = f"`{name}` is a {SPOKEN.get(other, other)}"
                writable = target and other in TARGET
                return f"{is_a}: write `{{{other}: {name}}}`" if writable else f"{is_a}, not a {SPOKEN.get(kind, kind)}"
        known = self.declared.get(SECTION[kind], {})
        near = self.closest(name, known)
        return f"did you mean `{near}`?" if near else f"declare it under `{SECTION[kind]}:`"


def spaced(key: str, value: str) -> str:
    return f"a colon needs a space after it: write `{key}: {value}`"
