"""Values that a condition on a label tells from others: those that it names; for a pattern, texts that it matches.

A pattern's texts are guessed from its own letters and kept where RE2 agrees. None may be found: no proof rests on that.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import re2

from escalator.core.alert import Matcher

PATTERNS = ("=~", "!~")
GROUP = re.compile(r"\((?:\?:)?([^()]*)\)")
SET = re.compile(r"\[(\^?)\\?(.)[^]]*\]")
REPEATED = re.compile(r"(\\?.)(?:[*?]|\{0?,?[0-9]*\})\??")
ESCAPED = re.compile(r"\\([dwsDWSbB])")
LETTERS = {"d": "1", "w": "x", "s": " "}
FILLERS = ("", "x", "1")
MOST = 64
"""Alternatives of one pattern."""


@lru_cache(maxsize=4096)
def samples(matcher: Matcher) -> tuple[str, ...]:
    """In the order in which they are written."""
    if matcher.operator not in PATTERNS:
        return matcher.value if isinstance(matcher.value, tuple) else (matcher.value,)
    pattern = str(matcher.value)
    fullmatch = re2.compile(pattern).fullmatch
    guesses = (_plain(text, filler) for text in _alternatives(pattern) for filler in FILLERS)
    return tuple(dict.fromkeys(guess for guess in guesses if fullmatch(guess) is not None))


def _alternatives(pattern: str) -> Iterator[str]:
    """The pattern without its groups and without `|`, once for each way to choose."""
    waiting, count = [pattern], 0
    while waiting and count < MOST:
        text = waiting.pop(0)
        group = GROUP.search(text)
        if group is None:
            count += 1
            yield from text.split("|")
        else:
            choices = group[1].split("|")
            waiting += [text[: group.start()] + choice + text[group.end() :] for choice in choices[:MOST]]


def _plain(text: str, filler: str = "") -> str:
    """The text of a pattern as a value: `.` and classes become a letter, what may be left out is."""
    text = SET.sub(lambda found: filler or "x" if found[1] else found[2], text.strip("^$"))
    text = REPEATED.sub(filler, text) if filler == "" else REPEATED.sub(lambda found: found[1], text)
    text = re.sub(r"(?<!\\)\.", filler or "x", text.replace("+", ""))
    return ESCAPED.sub(lambda found: LETTERS.get(found[1], ""), text).replace("\\", "")
