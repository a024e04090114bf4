"""What a source itself says of who is on call when, compared with what the imported schedules say.

An export may hold the source's own final schedule. It is no part of the policies; it proves that they mean the same.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from escalator.core.book import Book
from escalator.core.instant import SECOND, Instant, from_datetime, rfc3339
from escalator.core.oncall import on_call
from escalator.importers.fields import Field
from escalator.importers.sheet import Imported, Sheet
from escalator.language import compile_book

MOST = 4000
"""Instants that are compared of one schedule."""


class Turn(NamedTuple):
    """Somebody serves from an instant to another; None: somebody who is not in the export."""

    since: Instant
    until: Instant
    person: str | None


class Witness:
    """Collects what the source says, by schedule."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.said: dict[str, tuple[tuple[str, ...], list[Turn]]] = {}

    def says(self, source: str, names: Sequence[str], zone: str, turns: Iterable[tuple[Field, Field, str]]) -> None:
        """(start, end, id of the person) of what a source says of one schedule."""
        own = [
            Turn(_instant(start, zone), _instant(end, zone), self.sheet.known("people", key))
            for start, end, key in turns
        ]
        if own and names:
            self.said.setdefault(source, (tuple(names), []))[1].extend(own)

    def compare(self, imported: Imported) -> Imported:
        """The same, with a line for each schedule in its report."""
        book = compile_book(imported.files).parsed if self.said else None
        for source, (names, turns) in self.said.items():
            if book is not None:
                self._one(book, source, names, turns)
        return imported

    def _one(self, book: Book, source: str, names: tuple[str, ...], turns: list[Turn]) -> None:
        moments = _moments(turns)
        wrong = [
            (at, there, here) for at in moments if (there := _serving(turns, at)) != (here := _named(book, names, at))
        ]
        wrong = [each for each in wrong if None not in each[1]]
        span = f"from {rfc3339(min(turn.since for turn in turns))} to {rfc3339(max(turn.until for turn in turns))}"
        if not wrong:
            self.sheet.report.carried(source, f"its own final schedule {span} names the same people, all the time")
            return
        at, there, here = wrong[0]
        why = f"there {_listed(there)}, here {_listed(here)}; {len(wrong)} of {len(moments)} instants differ"
        self.sheet.report.changed(source, f"its own final schedule {span} differs, first at {rfc3339(at)}: {why}")


def _instant(field: Field, zone: str) -> Instant:
    moment: datetime = field.moment()
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)))


def _moments(turns: list[Turn]) -> list[Instant]:
    """Where somebody's turn begins, and the second before it ends."""
    last = max(turn.until for turn in turns)
    edges = {turn.since for turn in turns} | {turn.until - SECOND for turn in turns} | {turn.until for turn in turns}
    return sorted(at for at in edges if at < last)[:MOST]


def _serving(turns: list[Turn], at: Instant) -> set[str | None]:
    return {turn.person for turn in turns if turn.since <= at < turn.until}


def _named(book: Book, names: tuple[str, ...], at: Instant) -> set[str | None]:
    return {on_call(book.schedules[name], book.overrides, at) for name in names} - {None}


def _listed(people: set[str | None]) -> str:
    return " and ".join(sorted(f"`{person}`" for person in people if person)) or "nobody"
