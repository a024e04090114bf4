"""YAML documents of a source as fields. They are read by the policy language's own bounded reader, so every scalar is
text, and what it refuses (anchors, tags, a key twice) is refused with its line.
"""

import re

from escalator.importers.fields import Field, Unimportable
from escalator.language.nodes import Items, Node, Scalar
from escalator.language.reading import read
from escalator.language.scope import Scope

SECONDS = {"y": 365 * 86400, "w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 0}
DURATION = re.compile(r"(?:\d{1,6}(?:y|w|d|h|ms|m|s))+")


def document(name: str, raw: bytes) -> Field:
    """The one document of a file; raises Unimportable."""
    text = raw.decode("utf-8-sig", "surrogateescape")
    scope = Scope({name: text})
    node = read(name, text, scope)
    if scope.diagnostics:
        first = scope.diagnostics[0]
        cure = f" ({first.help})" if first.help else ""
        raise Unimportable(name, f"line {first.line}", f"{first.message}{cure}")
    return Field(name, "", _plain(node) if node is not None else None)


def _plain(node: Node) -> object:
    if isinstance(node, Scalar):
        return None if node.is_null else node.value
    if isinstance(node, Items):
        return [_plain(item) for item in node.items]
    return {key.value: _plain(value) for key, value in node.entries}


def yes(field: Field) -> bool:
    return field.text("").lower() in ("true", "yes", "on")


def seconds(field: Field, default: int) -> int:
    """A duration in Prometheus' words: `1h30m`, `4h`, `1d`."""
    text = field.text("")
    if not text:
        return default
    if text != "0" and not DURATION.fullmatch(text):
        field.wrong(f"`{text}` is not a duration such as `5m`")
    return sum(int(count) * SECONDS[unit] for count, unit in re.findall(r"(\d+)(ms|[ywdhms])", text))


def listed(field: Field) -> list[Field]:
    """A list, or the one value that stands in place of it."""
    return field.items() if isinstance(field.raw, list) or not field.given else [field]


def pairs(field: Field) -> list[tuple[str, str]]:
    """Key and text of a mapping; a value that is not there is the empty text."""
    if not field.given:
        return []
    if not isinstance(field.raw, dict):
        field.refuse("a mapping")
    return [(str(key), field[key].text("")) for key in field.raw]
