"""A calendar file as lines, before anybody asks what they mean: so that what is wrong in it has a place.

Law: a line that begins with a space goes on with the one before (RFC 5545, 3.1); it is the first of them that is named.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

CONTENT = re.compile(r"([A-Za-z0-9-]+)((?:;[^:\";]*(?:\"[^\"]*\"[^:\";]*)*)*):(.*)", re.DOTALL)
LINE_END = re.compile(r"\r\n|\n|\r")


class Problem(NamedTuple):
    """What is wrong with a calendar, and on which of its lines."""

    code: str
    line: int
    message: str
    cure: str = ""


class Event(NamedTuple):
    """Where one VEVENT and its properties stand: line numbers from 1."""

    begins: int
    properties: dict[str, int]
    """By name, the first of each."""

    def line(self, *names: str) -> int:
        """Of the first property there is, else of the event itself."""
        return next((self.properties[name] for name in names if name in self.properties), self.begins)


class Skimmed(NamedTuple):
    """What the lines alone tell."""

    events: list[Event]
    problem: Problem | None = None


def skim(text: str) -> Skimmed:
    """The events of a calendar in the order of the file; stops at the first line that cannot be one of a calendar."""
    if (broken := _not_utf8(text)) is not None:
        return Skimmed([], broken)
    events: list[Event] = []
    inside: list[tuple[str, int]] = []
    for number, line in unfolded(text):
        found = CONTENT.fullmatch(line)
        if found is None or (not inside and found[1].upper() != "BEGIN"):
            return Skimmed(events, _not_a_line(number, bool(events or inside)))
        name, value = found[1].upper(), found[3].strip().upper()
        if name == "BEGIN":
            inside.append((value, number))
            if value == "VEVENT":
                events.append(Event(number, {}))
        elif name == "END":
            if not inside or inside.pop()[0] != value:
                message = f"`END:{found[3].strip()}` ends what did not begin"
                return Skimmed(events, Problem("E151", number, message))
        elif inside[-1][0] == "VEVENT":
            events[-1].properties.setdefault(name, number)
    if inside:
        return Skimmed(events, Problem("E151", inside[-1][1], f"`BEGIN:{inside[-1][0]}` has no end"))
    return Skimmed(events, None if text.strip() else Problem("E151", 1, "this calendar is empty", EXPORT))


EXPORT = "export it again as iCalendar: the file begins with `BEGIN:VCALENDAR`"


def _not_utf8(text: str) -> Problem | None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line = len(LINE_END.split(text[: error.start]))
        return Problem("E101", line, "this calendar has bytes that are not UTF-8", "save it as UTF-8")
    return None


def _not_a_line(number: int, begun: bool) -> Problem:
    if begun:
        return Problem(
            "E151", number, "this is no line of a calendar", "`NAME:value`; what goes on begins with a space"
        )
    return Problem("E151", number, "this is not a calendar", EXPORT)


def unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Each content line whole, with the number of its first line; empty ones are left out."""
    whole: list[str] = []
    first = 1
    for number, line in enumerate(LINE_END.split(text.removeprefix("\ufeff")), 1):
        if line[:1] in (" ", "\t") and whole:
            whole.append(line[1:])
            continue
        if whole and any(whole):
            yield first, "".join(whole)
        whole, first = [line], number
    if whole and any(whole):
        yield first, "".join(whole)
