"""From text to nodes: YAML 1.2 over PyYAML's events, bounded, with no aliases, anchors, tags or second documents.

Events, not `compose`: libyaml's composer recurses in C, and 100,000 brackets crash the process. We stop at depth 20.
"""

import re
from collections.abc import Callable
from typing import Any

import yaml

from escalator.language.diagnostics import LINE_END, Mark, Note, lines
from escalator.language.nodes import Items, Node, Scalar, Table
from escalator.language.scope import Scope

LARGEST = 256 * 1024
"""Bytes of UTF-8 in one file."""
DEEPEST = 20

# What YAML forbids, and the lone surrogates that stand for bytes which were not UTF-8 (see `sources`).
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
EATEN = re.compile(r"[-:\[{,]\s+#\S")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Refused(Exception):
    """The rest of this file cannot be read."""

    def __init__(self, code: str, mark: Mark, message: str, cure: str) -> None:
        super().__init__(message)
        self.code, self.mark, self.cure = code, mark, cure


def read(file: str, text: str, scope: Scope) -> Node | None:
    """The one document of a file; None where it is empty, or where `scope` was told why it cannot be read."""
    try:
        _admit(file, text)
        return _Builder(file, scope).build(text)
    except Refused as refusal:
        scope.unread.add(file)
        scope.error(refusal.code, refusal.mark, str(refusal), refusal.cure)
    except yaml.MarkedYAMLError as error:
        scope.unread.add(file)
        _explain(file, text, error, scope)
    except yaml.YAMLError as error:
        scope.unread.add(file)
        scope.error("E102", Mark(file, 1, 1, 2), f"this is not YAML: {error}", "")
    return None


def _admit(file: str, text: str) -> None:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > LARGEST:
        cure = "split it: a directory is read as one policy"
        raise Refused("E106", Mark(file, 1, 1, 2), f"a file may have {LARGEST // 1024} KiB, this one has more", cure)
    bad = FORBIDDEN.search(text)
    if bad is None:
        return
    before = LINE_END.split(text[: bad.start()].removeprefix("\ufeff"))
    mark = Mark(file, len(before), len(before[-1]) + 1, len(before[-1]) + 2)
    code = ord(bad.group())
    if 0xD800 <= code <= 0xDFFF:
        raise Refused("E101", mark, f"byte 0x{code & 0xFF:02x} is not UTF-8", "save the file as UTF-8")
    raise Refused("E109", mark, f"control character U+{code:04X}", "remove it")


def _explain(file: str, text: str, error: yaml.MarkedYAMLError, scope: Scope) -> None:
    """Says what does not fit, at an eaten `#`, else where it was noticed, else where what could not be finished begins:
    a file may end in nothing that a caret could point at.
    """
    every = lines(text)
    noticed = _visible(every, _mark(file, error.problem_mark or error.context_mark))
    begun = _visible(every, _mark(file, error.context_mark)) if error.context_mark is not None else noticed
    eaten = _eaten(file, every, begun.line, noticed.line)
    cure = '`#` after a space begins a comment: quote the text, as in "#channel"' if eaten else ""
    if "tab character" in (error.problem or ""):
        cure = "indent with spaces"
    place = eaten if eaten and "flow" in (error.context or "") else noticed
    notes = {noticed: "noticed here", begun: error.context or "begins here"}
    told = tuple(Note(mark, words) for mark, words in notes.items() if mark != place)
    scope.error("E102", place, f"this is not YAML: {error.problem}", cure, told)


def _visible(every: list[str], mark: Mark) -> Mark:
    """The place, or the last character before it where nothing stands there."""
    for number in range(min(mark.line, len(every)), 0, -1):
        if shown := every[number - 1].rstrip():
            return mark if number == mark.line else Mark(mark.file, number, len(shown), len(shown) + 1)
    return mark


def _mark(file: str, place: Any) -> Mark:
    line, column = (place.line + 1, place.column + 1) if place else (1, 1)
    return Mark(file, line, column, column + 1)


def _eaten(file: str, every: list[str], first: int, last: int) -> Mark | None:
    """Where a text was lost to a comment, on one of these lines."""
    for number, line in enumerate(every[first - 1 : last], first):
        if found := EATEN.search(line):
            rest = line[found.end() - 2 :].rstrip()
            column = found.end() - 1
            return Mark(file, number, column, column + len(rest))
    return None


class _Open:
    """A list or mapping whose end was not read yet."""

    __slots__ = ("entries", "items", "key", "keys", "mark")

    def __init__(self, mark: Mark, mapping: bool) -> None:
        self.mark = mark
        self.items: list[Node] = []
        self.entries: list[tuple[Scalar, Node]] = []
        self.keys: dict[str, Scalar] | None = {} if mapping else None
        self.key: Scalar | None = None


class _Builder:
    """Takes events one by one; its own stack stands in for recursion."""

    def __init__(self, file: str, scope: Scope) -> None:
        self.file, self.scope = file, scope
        self.stack: list[_Open] = []
        self.root: Node | None = None
        self.documents = 0
        self.steps: dict[type[Any], Callable[[Any], None]] = {
            yaml.ScalarEvent: self.scalar,
            yaml.MappingStartEvent: lambda event: self.begin(event, True),
            yaml.SequenceStartEvent: lambda event: self.begin(event, False),
            yaml.MappingEndEvent: self.end,
            yaml.SequenceEndEvent: self.end,
            yaml.AliasEvent: self.alias,
            yaml.DocumentStartEvent: self.document,
        }

    def build(self, text: str) -> Node | None:
        for event in yaml.parse(text, Loader=LOADER):
            step = self.steps.get(type(event))
            if step is not None:
                step(event)
        return self.root

    def mark(self, event: Any) -> Mark:
        start = event.start_mark
        return Mark(self.file, start.line + 1, start.column + 1, start.column + 2)

    def document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise Refused(
                "E108", self.mark(event), "a file holds one document", "put what follows `---` into its own file"
            )

    def alias(self, event: Any) -> None:
        cure = "write it out: a policy is read more often than it is written"
        raise Refused("E103", self.mark(event), f"aliases (`*{event.anchor}`) are not part of the language", cure)

    def plain(self, event: Any) -> None:
        if event.anchor is not None:
            cure = "remove it; text that begins with `&` must be quoted"
            raise Refused("E103", self.mark(event), f"anchors (`&{event.anchor}`) are not part of the language", cure)
        if event.tag is not None:
            cure = "remove it; text that begins with `!` must be quoted"
            raise Refused("E104", self.mark(event), f"tags (`{event.tag}`) are not part of the language", cure)

    def scalar(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self.plain(event)
        start, end = event.start_mark, event.end_mark
        column = start.column + 1
        last = end.column + 1 if end.line == start.line else column + 1
        value = event.value
        if FORBIDDEN.search(value):
            raise Refused("E109", self.mark(event), "control character in this text", "remove the escape")
        # `style` is empty for plain scalars in the C parser and None in the Python one.
        self.place(Scalar(value, bool(event.style), self.file, start.line + 1, column, max(last, column + 1)))

    def begin(self, event: Any, mapping: bool) -> None:
        self.plain(event)
        if len(self.stack) >= DEEPEST:
            raise Refused(
                "E107", self.mark(event), f"nested deeper than {DEEPEST}", "nothing in the language nests so deep"
            )
        parent = self.stack[-1] if self.stack else None
        if parent is not None and parent.keys is not None and parent.key is None:
            raise Refused("E102", self.mark(event), "a key must be text", "")
        self.stack.append(_Open(self.mark(event), mapping))

    def end(self, _event: Any) -> None:
        done = self.stack.pop()
        self.place(Items(done.items, done.mark) if done.keys is None else Table(done.entries, done.mark))

    def place(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if parent.keys is None:
            parent.items.append(node)
        elif parent.key is None:
            assert isinstance(node, Scalar)
            parent.key = node
        else:
            self.enter(parent, parent.keys, parent.key, node)

    def enter(self, parent: _Open, keys: dict[str, Scalar], key: Scalar, node: Node) -> None:
        parent.key = None
        first = keys.setdefault(key.value, key)
        if first is key:
            parent.entries.append((key, node))
        else:
            notes = (Note(first.mark, "stands here already"),)
            self.scope.error("E105", key.mark, f"`{key.value}` appears twice", "keep one of them", notes)
