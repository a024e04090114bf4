"""A shape: a mapping with known keys. The loader takes keys from it and the schema draws it: one key, one place.

A shape reads as the sequence of the names of its keys, in the order in which they are told to people.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, overload

from escalator.language.shapes.values import Schema, Value, tidy


class Key(NamedTuple):
    """A key, and what is said about it."""

    name: str
    title: str
    about: str
    value: Value
    examples: Sequence[Any]
    default: Any = None
    """What the language takes where the key is missing, where that is one value."""
    needed: bool = False

    def schema(self) -> Schema:
        drawn = {"title": self.title, "description": self.told, **tidy(self.value.schema())}
        if "`" in self.told:
            drawn["markdownDescription"] = self.told
        if self.default is not None:
            drawn["default"] = self.default
        return {**drawn, "examples": list(self.examples)}

    @property
    def told(self) -> str:
        """What it means, with its default: editors show the one and not the other."""
        return self.about if self.default is None else f"{self.about} Default: `{flow(self.default)}`."


def flow(value: Any) -> str:
    """A value as people write it in one line of YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


class Shape(Sequence[str]):
    """The keys of a mapping, those it needs, and the name by which people are told of it."""

    def __init__(self, spoken: str, keys: Iterable[Key], rules: Schema | None = None) -> None:
        self.spoken = spoken
        self.keys = tuple(keys)
        self.names = tuple(key.name for key in self.keys)
        self.required = tuple(key.name for key in self.keys if key.needed)
        self.rules = rules or {}
        """What the schema can say beyond single keys; the loader has its own words for it."""

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        return self.names[at]

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def without(self, *names: str) -> "Shape":
        """The same with fewer keys."""
        return Shape(self.spoken, (key for key in self.keys if key.name not in names), self.rules)

    def schema(self) -> Schema:
        required = [*self.required, *self.rules.get("required", ())]
        drawn: Schema = {
            "type": ["object"],
            "properties": {key.name: key.schema() for key in self.keys},
            "additionalProperties": False,
            **self.rules,
        }
        return {**drawn, "required": required} if required else drawn
