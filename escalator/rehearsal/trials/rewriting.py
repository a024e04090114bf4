"""`--update`: the timelines that came are written into the file, and nothing else of it is touched.

Law: a text is cut where a parser's marks say and put together again; no YAML is dumped. What was written and is still
so keeps its lines, and comments within a timeline stay.
"""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import yaml

from escalator.language.trials.values import Golden
from escalator.rehearsal.trials.scalars import quoted, written


class Edit(NamedTuple):
    """Characters from `start` to `end` give way to a text."""

    start: int
    end: int
    text: str


def rewritten(text: str, timelines: Mapping[int, Sequence[Golden]]) -> str:
    """The text with the timelines of these tests, by their number. The text has passed the loader."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    trials = _at(root, "tests").value
    newline = "\r\n" if "\r\n" in text else "\n"
    edits = [_edit(text, trials[number], lines, newline) for number, lines in timelines.items()]
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _at(node: Any, key: str) -> Any:
    return next((value for name, value in node.value if name.value == key), None)


def _key(node: Any, key: str) -> Any:
    return next(name for name, _ in node.value if name.value == key)


def _edit(text: str, trial: Any, lines: Sequence[Golden], newline: str) -> Edit:
    old = _at(trial, "timeline")
    if trial.flow_style:
        flow = "[" + ", ".join(f"{{{quoted(line.at)}: {quoted(line.text)}}}" for line in lines) + "]"
        if old is not None:
            return Edit(old.start_mark.index, _end(text, old), flow)
        end = trial.end_mark.index - 1
        comma = "" if text[:end].rstrip().endswith(",") else ", "
        return Edit(end, end, f"{comma}timeline: {flow}")
    indent = " " * trial.value[0][0].start_mark.column
    if old is None:
        end = _line_end(text, _end(text, trial))
        head = newline
        return Edit(end, end, f"{head}{indent}timeline:{_block(lines, indent, newline) or ' []'}")
    colon = text.index(":", _key(trial, "timeline").end_mark.index) + 1
    end = max(colon, _end(text, old))
    if isinstance(old, yaml.SequenceNode) and not old.flow_style and lines:
        return _merged(text, old, lines, newline)
    last = _line_end(text, end)
    return Edit(colon, last, (" []" if not lines else "") + text[end:last] + _block(lines, indent, newline))


def _block(lines: Sequence[Golden], indent: str, newline: str) -> str:
    return "".join(f"{newline}{indent}  - {written(line)}" for line in lines)


def _merged(text: str, old: Any, lines: Sequence[Golden], newline: str) -> Edit:
    """Lines that are still so stay as they stand; the comments between all of them do."""
    begins = [_dash(text, item) for item in old.value]
    start, end = begins[0], _end(text, old)
    column = " " * old.value[0].start_mark.column
    column = column[: start - (text.rfind("\n", 0, start) + 1)]
    pieces = [text[here:there] for here, there in zip(begins, [*begins[1:], end], strict=True)]
    was = [Golden(item.value[0][0].value, item.value[0][1].value) for item in old.value]
    made: list[str] = []
    for tag, i, j, k, m in SequenceMatcher(None, was, lines, autojunk=False).get_opcodes():
        if tag == "equal":
            made += [piece.rstrip() for piece in pieces[i:j]]
        else:
            made += [f"- {written(line)}" for line in lines[k:m]]
            made += [comment for piece in pieces[i:j] for comment in _comments(piece)]
    return Edit(start, end, f"{newline}{column}".join(made))


def _dash(text: str, item: Any) -> int:
    return text.rindex("-", 0, item.start_mark.index)


def _comments(piece: str) -> list[str]:
    """Those that stand on lines of their own."""
    return [line.strip() for line in piece.splitlines()[1:] if line.strip().startswith("#")]


def _end(text: str, node: Any) -> int:
    """Behind its last character; the parser's own marks of blocks lie behind the comments that follow."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        end: int = node.end_mark.index
        return len(text[:end].rstrip()) if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">") else end
    last = node.value[-1]
    return max(_end(text, each) for each in (last if isinstance(last, tuple) else (last,)))


def _line_end(text: str, index: int) -> int:
    """The end of that line, a comment on it included."""
    found = text.find("\n", index)
    end = len(text) if found < 0 else found
    return end - 1 if text[:end].endswith("\r") else end
