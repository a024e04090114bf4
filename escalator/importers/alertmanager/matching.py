"""Matchers in Alertmanager's words, old (`match`, `match_re`) and new (`matchers`), as conditions on labels."""

import re

from escalator.core.alert import Matcher
from escalator.importers.documents import listed, pairs
from escalator.importers.fields import Field

PART = (
    r"""(?P<label>"(?:[^"\\]|\\.)*"|[^=!~"{},\s]+)\s*(?P<operator>=~|!~|!=|=)\s*(?P<value>"(?:[^"\\]|\\.)*"|[^"{},]*)"""
)
MATCHER = re.compile(PART)
ESCAPED = re.compile(r"\\(.)")


def matchers(route: Field) -> list[Matcher]:
    """All that a route asks for; raises Unimportable."""
    found = [Matcher(label, "=", value) for label, value in pairs(route["match"])]
    found += [Matcher(label, "=~", value) for label, value in pairs(route["match_re"])]
    for line in listed(route["matchers"]):
        found += _line(line)
    return [each for each in found if not _always(each)]


def _line(field: Field) -> list[Matcher]:
    """One or several matchers, with braces or without: `{a="b", c=~"d|e"}`."""
    text = field.text("").strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    found, at = [], 0
    while at < len(text):
        part = MATCHER.match(text, at)
        if part is None:
            field.wrong(f'`{text[at:]}` is not a matcher such as `team="payments"`')
        found.append(Matcher(_unquoted(part["label"]), part["operator"], _unquoted(part["value"].strip())))
        at = re.compile(r"\s*,?\s*").match(text, part.end()).end()  # type: ignore[union-attr]  # it matches nothing too
    return found


def _unquoted(text: str) -> str:
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    return ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text[1:-1])


def _always(matcher: Matcher) -> bool:
    """`.*` takes every alert: as a condition it says nothing."""
    return matcher.operator == "=~" and matcher.value == ".*"
