"""Asking an export for what it holds: JSON of any shape, read by name, each value with the place where it stands.

Law: what is not as its vendor documents it is said with file and field, as Unimportable; nothing else is ever raised.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from escalator.language.reading import FORBIDDEN

LARGEST = 2**31
EARLIEST, LATEST = 2001, 2098
"""Years of dates: a year short of what the language takes, so that a time zone cannot carry one beyond."""
SHAPES = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


class Unimportable(ValueError):
    """The export is not what its vendor documents; the message names the file and the field."""

    def __init__(self, file: str, field: str, message: str) -> None:
        super().__init__(": ".join(part for part in (file, field, message) if part))
        self.file, self.field = file, field


def clean(text: str) -> str:
    """One line that YAML can hold: line breaks are spaces, what YAML forbids is U+FFFD."""
    return re.sub(r"\s+", " ", FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)).strip()


@dataclass(frozen=True, slots=True)
class Field:
    """A value of the export and where it stands; `raw` is None for one that is missing or null."""

    file: str
    path: str
    raw: object

    def __getitem__(self, key: str) -> "Field":
        """What stands under a key; missing where this is missing itself."""
        if self.raw is None:
            return Field(self.file, f"{self.path}.{key}", None)
        if not isinstance(self.raw, dict):
            self.refuse("an object")
        return Field(self.file, f"{self.path}.{key}" if self.path else str(key), self.raw.get(key))

    @property
    def given(self) -> bool:
        return self.raw is not None

    def refuse(self, wanted: str) -> NoReturn:
        found = "nothing" if self.raw is None else SHAPES.get(type(self.raw), "something else")
        raise Unimportable(self.file, self.path, f"expected {wanted}, found {found}")

    def wrong(self, message: str) -> NoReturn:
        raise Unimportable(self.file, self.path, message)

    def text(self, default: str | None = None) -> str:
        """Text, cleaned; the default where it is missing or blank. An id may be a number."""
        raw = str(self.raw) if isinstance(self.raw, int) and not isinstance(self.raw, bool) else self.raw
        if raw is not None and not isinstance(raw, str):
            self.refuse("text")
        text = clean(raw or "")
        if not text and default is None:
            self.refuse("text")
        return text or (default or "")

    def whole(self, default: int | None = None, least: int = 0, most: int = LARGEST) -> int:
        raw = default if self.raw is None else self.raw
        if isinstance(raw, float) and raw.is_integer():
            raw = int(raw)
        if not isinstance(raw, int) or isinstance(raw, bool):
            self.refuse("a whole number")
        if not least <= raw <= most:
            self.wrong(f"{raw} is not from {least} to {most}")
        return raw

    def flag(self, default: bool = False) -> bool:
        if self.raw is None:
            return default
        if not isinstance(self.raw, bool):
            self.refuse("true or false")
        return self.raw

    def items(self) -> "list[Field]":
        """The items of a list; none where it is missing."""
        if self.raw is None:
            return []
        if not isinstance(self.raw, list):
            self.refuse("a list")
        return [Field(self.file, f"{self.path}[{index}]", item) for index, item in enumerate(self.raw)]

    def texts(self) -> list[str]:
        return [item.text() for item in self.items()]

    def moment(self) -> datetime:
        """A date and time; with its zone where one is written."""
        text = self.text()
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            self.wrong(f"`{text}` is not a date and time")
        if not EARLIEST <= found.year <= LATEST:
            self.wrong(f"the year {found.year} is not from {EARLIEST} to {LATEST}")
        return found

    def clock(self) -> int:
        """Minutes after midnight of `09:00`, `09:00:00` and `09:00:00Z`."""
        found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::[0-5][0-9](?:\.[0-9]+)?)?Z?", self.text())
        if found is None:
            self.wrong(f"`{self.text()}` is not a time of day")
        return int(found[1]) * 60 + int(found[2])
