"""Plain values as policy files: short mappings on one line, long ones in blocks, `# was: …` where a meaning changed.

The same values always make the same text, and the text means these values: what is not plainly text is quoted.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias, Union

from escalator.language.nodes import NULLS

WIDTH = 120
BLOCKS = frozenset({"levels", "layers"})
"""Keys whose list is read line by line, and what holds them too."""
SHORT = frozenset({"defaults"})
"""Sections that fit on a line."""
PLAIN = re.compile(r"[A-Za-z0-9_./+](?:[\w ./+@=:-]*[\w./+@=-])?", re.ASCII)


class Said(NamedTuple):
    """A value and the remark that stands beside it."""

    value: "Value"
    remark: str


Value: TypeAlias = Union[str, int, "list[Value]", "dict[str, Value]", Said]


def document(sections: Mapping[str, Value]) -> str:
    """One policy file."""
    return "\n".join(["version: 1", *_entries(sections, 0)]) + "\n"


def _entries(table: Mapping[str, Value], indent: int) -> Iterator[str]:
    for key, value in table.items():
        tall = (
            key in BLOCKS or (indent == 0 and key not in SHORT) or (isinstance(value, dict) and BLOCKS & value.keys())
        )
        yield from _entry(f"{' ' * indent}{scalar(key)}:", value, indent, bool(tall))


def _entry(head: str, value: Value, indent: int, block: bool) -> Iterator[str]:
    value, remark = (value.value, f"  # {value.remark}") if isinstance(value, Said) else (value, "")
    line = f"{head} {flow(value)}"
    short = not block and not _remarks(value) and len(line) <= WIDTH
    if short or not isinstance(value, dict | list) or not value:
        yield line + remark
    else:
        yield head + remark
        yield from _block(value, indent + 2)


def _block(value: Value, indent: int) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _entries(value, indent)
    elif isinstance(value, list):
        for item in value:
            yield from _item(item, indent)


def _item(item: Value, indent: int) -> Iterator[str]:
    """One item of a list: on a line if it is short and has but one way to be read, else key below key."""
    item, remark = (item.value, item.remark) if isinstance(item, Said) else (item, "")
    if remark:
        yield f"{' ' * indent}# {remark}"
    line = f"{' ' * indent}- {flow(item)}"
    if not isinstance(item, dict) or (not _remarks(item) and len(line) <= WIDTH and not _stacked(item)):
        yield line
        return
    for index, part in enumerate(_entries(item, indent + 2)):
        yield f"{' ' * indent}- {part.lstrip()}" if index == 0 else part


def _stacked(item: Mapping[str, Value]) -> bool:
    """Levels and routes: their keys stand below each other."""
    return "notify" in item or "match" in item


def _remarks(value: Value) -> bool:
    if isinstance(value, Said):
        return True
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_remarks, parts))


def flow(value: Value) -> str:
    """The value on one line."""
    if isinstance(value, Said):
        return flow(value.value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(str(value))


def scalar(text: str) -> str:
    """Plain where no reader could take it for anything else."""
    if PLAIN.fullmatch(text) and ": " not in text and text not in NULLS:
        return text
    return json.dumps(text, ensure_ascii=False)
