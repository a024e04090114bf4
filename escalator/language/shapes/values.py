"""What may stand under a key: each kind says what an editor shall accept, as JSON Schema (draft-07).

Editors read YAML 1.2: unquoted, `5` is a number to them and `true` a boolean, where the loader sees texts. Alternatives
are told apart by their type, never by `oneOf`, whose complaints nobody understands; `patternErrorMessage` is what YAML
and JSON language servers show in place of a pattern.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

from escalator.language.shapes import patterns

Schema: TypeAlias = dict[str, Any]
SCALAR = ["string", "number", "boolean"]
"""What an editor makes of a text that needs no quotes."""
BOOLEANS = {"true": True, "false": False}
SOMETHING = r"\S"


class Value(Protocol):
    """Anything that can stand under a key."""

    def schema(self) -> Schema:
        """What it must look like, without its title."""
        ...


class Text(NamedTuple):
    """Any text that is not blank."""

    pattern: str = SOMETHING
    otherwise: str = "expected a text"
    longest: int | None = None

    def schema(self) -> Schema:
        drawn: Schema = {"type": SCALAR, "pattern": self.pattern, "patternErrorMessage": self.otherwise}
        return drawn if self.longest is None else {**drawn, "maxLength": self.longest}


class Name(NamedTuple):
    """A name that some file declares under `section`. One file cannot tell whether it does."""

    section: str

    def schema(self) -> Schema:
        message = f"expected a name that stands under `{self.section}`"
        return {"type": SCALAR, "pattern": patterns.ecma(patterns.NAME), "patternErrorMessage": message}


class Spelled(NamedTuple):
    """A text of a certain spelling, or one of a few words."""

    what: str
    patterns: tuple[re.Pattern[str], ...]
    words: tuple[str, ...] = ()

    def schema(self) -> Schema:
        pattern = patterns.ecma(*self.patterns, words=self.words)
        drawn = {"type": ["string"], "pattern": pattern, "patternErrorMessage": f"expected {self.what}"}
        blank = any(each.fullmatch("") for each in self.patterns)
        return {**drawn, "minLength": 1} if blank else drawn


class Whole(NamedTuple):
    """A whole number within bounds, or one of a few words."""

    what: str
    least: int
    most: int
    words: tuple[str, ...] = ()

    def schema(self) -> Schema:
        return {
            "type": ["integer", "string"],
            "minimum": self.least,
            "maximum": self.most,
            "pattern": patterns.ecma(patterns.WHOLE, words=self.words),
            "patternErrorMessage": f"expected {self.what}: a whole number from {self.least} to {self.most}",
        }


class Words(NamedTuple):
    """One of a closed set of words, each with what it means."""

    spoken: str
    meanings: Mapping[str, str]

    def schema(self) -> Schema:
        words = [BOOLEANS.get(word, word) for word in self.meanings]
        kind = "boolean" if set(words) <= {True, False} else "string"
        told = list(self.meanings.values())
        drawn = {"type": [kind], "enum": words, "enumDescriptions": told}
        return {**drawn, "markdownEnumDescriptions": told} if any("`" in each for each in told) else drawn


class Listed(NamedTuple):
    """A list."""

    value: Value
    least: int = 1

    def schema(self) -> Schema:
        drawn: Schema = {"type": ["array"], "items": tidy(self.value.schema())}
        return {**drawn, "minItems": self.least} if self.least else drawn


class Named(NamedTuple):
    """A mapping whose keys are free, within a spelling."""

    value: Value
    names: re.Pattern[str] | None = None
    otherwise: str = ""
    least: int = 0

    def schema(self) -> Schema:
        drawn: Schema = {"type": ["object"], "additionalProperties": tidy(self.value.schema())}
        if self.names is not None:
            drawn["propertyNames"] = {"pattern": patterns.ecma(self.names), "patternErrorMessage": self.otherwise}
        return {**drawn, "minProperties": self.least} if self.least else drawn


class Either(NamedTuple):
    """One value or another, told apart by their types."""

    first: Value
    second: Value

    def schema(self) -> Schema:
        one, other = self.first.schema(), self.second.schema()
        assert not set(one["type"]) & set(other["type"]), "two values of one type cannot be told apart"
        kinds = {"type": [*one["type"], *other["type"]]}
        if any("enum" in each or _union(each) for each in (one, other)):
            # Every other keyword passes over values of types that are not its own; `enum` does not.
            return {**kinds, "anyOf": [*_alternatives(one), *_alternatives(other)]}
        return {**one, **other, **kinds}


def _union(drawn: Schema) -> bool:
    """Whether this was drawn as alternatives already."""
    return drawn.keys() == {"type", "anyOf"}


def _alternatives(drawn: Schema) -> list[Schema]:
    found: list[Schema] = drawn["anyOf"] if _union(drawn) else [tidy(drawn)]
    return found


class ByKey(NamedTuple):
    """One mapping where it has a certain key, another where it has not."""

    key: str
    having: Value
    lacking: Value

    def schema(self) -> Schema:
        one, other = tidy(self.having.schema()), tidy(self.lacking.schema())
        # Where nothing stands yet, editors ask neither: they offer what stands above both.
        offered = {**one["properties"], **other["properties"]}
        return {"type": ["object"], "properties": offered, "if": {"required": [self.key]}, "then": one, "else": other}


class OrNothing(NamedTuple):
    """A section that may also stand empty."""

    value: Value

    def schema(self) -> Schema:
        drawn = self.value.schema()
        return {**drawn, "type": [*drawn["type"], "null"]}


def one_or_more(value: Value, least: int = 1) -> Either:
    return Either(value, Listed(value, least))


def tidy(drawn: Schema) -> Schema:
    """One type is a word, several are a list."""
    kinds = drawn["type"]
    return {**drawn, "type": kinds[0] if len(kinds) == 1 else kinds}
