"""One week of a schedule as it is drawn: bars in percent of the week across, pixels down. Pure.

Law: across, an hour is as wide as any other, so a day on which clocks change is narrower or wider than its neighbours.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from escalator.core.instant import MINUTE, Instant, rfc3339
from escalator.web.pages.oncall.days import Day, View, Week
from escalator.web.pages.oncall.rows import Kind, Piece, Row
from escalator.web.pages.oncall.words import Known, clock, span

HEAD, GAP = 30, 5
HEIGHTS: Mapping[Kind, int] = {"layer": 26, "override": 26, "swap": 26, "final": 46}


class Look(NamedTuple):
    """What all weeks of a page share."""

    schedule: str
    timezone: str
    view: View
    colours: Mapping[str, str]
    now: Instant
    known: Known
    may: bool
    """Whether who looks may change it."""


class Mark(NamedTuple):
    """One bar."""

    x: float
    width: float
    y: int
    height: int
    kind: Kind
    colour: str
    """Empty for a gap."""
    label: str
    handoff: str
    """When it begins, where that is in view."""
    title: str
    href: str
    asked: bool
    """A swap that nobody has accepted."""


class Line(NamedTuple):
    """One row, for the names beside the picture."""

    kind: Kind
    title: str
    y: int
    height: int


class Column(NamedTuple):
    """One day."""

    day: Day
    x: float
    width: float
    today: bool


class Strip(NamedTuple):
    """One week."""

    week: Week
    height: int
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    columns: tuple[Column, ...]
    now: float | None
    """Where the present is, if it is in this week."""
    ticks: tuple[float, ...]
    """Six, twelve and eighteen o'clock, more or less: every quarter of a day."""


def strip(week: Week, rows: Sequence[Row], look: Look) -> Strip:
    """A row of overrides or swaps that has nothing this week is left out."""
    lines: list[Line] = []
    marks: list[Mark] = []
    y = HEAD
    for row in rows:
        seen = [each for each in row.pieces if each.starts_at < week.until and each.ends_at > week.since]
        if not seen and row.kind in ("override", "swap"):
            continue
        again = bool(lines) and (lines[-1].kind, row.kind) in (("override", "override"), ("swap", "swap"))
        lines.append(Line(row.kind, "" if again else row.title, y, HEIGHTS[row.kind]))
        marks += [_mark(piece, row.kind, week, look, y) for piece in seen]
        y += HEIGHTS[row.kind] + GAP
    columns = tuple(_column(day, week, look.now) for day in week.days)
    now = week.place(look.now) if week.since <= look.now < week.until else None
    return Strip(week, y, tuple(lines), tuple(marks), columns, now, _ticks(columns))


def _mark(piece: Piece, kind: Kind, week: Week, look: Look, y: int) -> Mark:
    x = week.place(piece.starts_at)
    begins = week.since <= piece.starts_at
    return Mark(
        x, round(week.place(piece.ends_at) - x, 4), y, HEIGHTS[kind], kind,
        look.colours.get(piece.person, "") if piece.person else "",
        piece.person or "nobody",
        clock(piece.starts_at, look.timezone) if begins and kind == "final" else "",
        f"{piece.person or 'Nobody'}, {span(piece.starts_at, piece.ends_at, look.timezone, look.known)}"
        + (f" ({piece.why})" if piece.why and piece.person else ""),
        change_link(look, piece) if kind == "final" else "",
        piece.swap is not None and piece.swap.state == "asked",
    )  # fmt: skip


def change_link(look: Look, piece: Piece) -> str:
    """Where the form below has this time; empty for what is over, and for who may not."""
    return change_path(look.schedule, look.view, *piece[:2], look.now) if look.may else ""


def change_path(schedule: str, view: View, starts_at: Instant, ends_at: Instant, now: Instant) -> str:
    """The calendar with its form filled; empty for what is over. What has begun is changed from now on."""
    if ends_at <= now:
        return ""
    start = max(starts_at, now // MINUTE * MINUTE)
    return f"/oncall/{quote(schedule, safe='')}?view={view}&from={rfc3339(start)}&until={rfc3339(ends_at)}#change"


def _column(day: Day, week: Week, now: Instant) -> Column:
    x = week.place(day.starts_at)
    return Column(day, x, round(week.place(day.ends_at) - x, 4), day.starts_at <= now < day.ends_at)


def _ticks(columns: Sequence[Column]) -> tuple[float, ...]:
    return tuple(round(each.x + each.width * quarter / 4, 4) for each in columns for quarter in (1, 2, 3))
