"""Texts as YAML has them: plain where every reader reads the same in it, else in quotes."""

import json
import re

from escalator.language.trials.values import Golden

PLAIN = re.compile(r"[^\W_](?:[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff:#]|:(?=\S)|(?<=\S)#)*(?<![\s:])")
WORDS = re.compile(r"[\d.,:_+eE-]*|0[xob][\da-f_]+|true|false|null|yes|no|on|off|y|n", re.IGNORECASE)
"""What some reader takes for a number, a truth or nothing."""


def written(line: Golden) -> str:
    """`5m: ana paged by push (level 2)`."""
    return f"{plain(line.at)}: {plain(line.text)}"


def plain(text: str) -> str:
    return text if PLAIN.fullmatch(text) and not WORDS.fullmatch(text) else quoted(text)


def quoted(text: str) -> str:
    """In double quotes; what cannot be printed is spelled out as YAML does, which here is as JSON does."""
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escaped(char) for char in shown)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"
