"""Charts as places and lengths, for the template that draws them: no words are measured, no colour is chosen here.

Law: a figure stands beside every bar; what a picture shows is also a table below it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from escalator.core.insight.burdens import Burden
from escalator.core.insight.trends import Mark
from escalator.core.instant import Instant, Span, spoken, to_datetime
from escalator.core.wallclock import zone
from escalator.web.insight.report import Week

WIDTH = 320
"""Of every picture; the page scales it, so a phone shows letters of a size that can be read."""
ROW, LEFT = 26, 96
FIGURES, LONG_FIGURES = 66, 100
"""Room beside the longest bar."""
TALL, FOOT, HEAD = 130, 20, 22
MOST_ROWS = 12
MOST_WEEKS = 8
LEAST_WEEKS = 13
LONGEST_NAME = 14


class Bar(NamedTuple):
    """A line: a name, a bar, the part of it that is told apart, and the figures beside it."""

    name: str
    y: int
    width: float
    part: float
    words: str
    loud: bool = False


class Bars(NamedTuple):
    title: str
    desc: str
    height: int
    bars: tuple[Bar, ...]
    left: int = LEFT


class Column(NamedTuple):
    """A week."""

    x: float
    y: float
    width: float
    height: float
    figure: str
    mark: str
    label: str
    running: bool


class Columns(NamedTuple):
    title: str
    desc: str
    height: int
    foot: int
    columns: tuple[Column, ...]


class Cell(NamedTuple):
    x: float
    y: int
    size: float
    shade: float
    figure: str


class Grid(NamedTuple):
    title: str
    desc: str
    height: int
    width: float
    names: tuple[tuple[str, int], ...]
    heads: tuple[tuple[str, float], ...]
    cells: tuple[Cell, ...]


def short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def day(at: Instant, timezone: str) -> str:
    local: datetime = to_datetime(at).astimezone(zone(timezone))
    return f"{local.day} {local.strftime('%b')}"


def people_bars(people: Sequence[Burden]) -> Bars | None:
    """Interruptions, those at night told apart."""
    shown = [each for each in people if each.interruptions][:MOST_ROWS]
    if not shown:
        return None
    most = max(each.interruptions for each in shown)
    bars = tuple(
        _bar(
            each.person,
            place,
            each.interruptions / most,
            each.at_night / most,
            f"{each.interruptions} ({each.at_night})",
            each.too_much,
        )
        for place, each in enumerate(shown)
    )
    first = shown[0]
    desc = f"{first.person} was interrupted most: {first.interruptions} times, {first.at_night} of them at night."
    return Bars("Interruptions by person, at night in brackets", desc, len(bars) * ROW + 4, bars)


def span_bars(title: str, what: str, rows: Sequence[tuple[str, Span, Span, int]]) -> Bars | None:
    """(name, median, p95, number): the bar is the p95, the part told apart the median."""
    shown = rows[:MOST_ROWS]
    if not shown:
        return None
    most = max(p95 for _, _, p95, _ in shown) or 1
    bars = tuple(
        _bar(name, place, p95 / most, middle / most, f"{spoken(middle)} · {spoken(p95)}", beside=LONG_FIGURES)
        for place, (name, middle, p95, _) in enumerate(shown)
    )
    name, middle, p95, number = shown[0]
    desc = f"{name}: {what} after {spoken(middle)} in the middle, {spoken(p95)} at the 95th percentile of {number}."
    return Bars(title, desc, len(bars) * ROW + 4, bars)


def _bar(
    name: str, place: int, share: float, part: float, words: str, loud: bool = False, beside: int = FIGURES
) -> Bar:
    room = WIDTH - LEFT - beside
    return Bar(short(name), place * ROW + 4, _width(share, room), _width(part, room), words, loud)


def _width(share: float, room: float) -> float:
    return round(max(1.5, share * room), 1) if share else 0.0


def week_columns(
    title: str, noun: str, weeks: Sequence[Week], counts: Sequence[int], found: Sequence[Mark | None], timezone: str
) -> Columns | None:
    if not any(counts):
        return None
    shown = _recent(list(zip(weeks, counts, found, strict=True)))
    step, most = WIDTH / len(shown), max(count for _, count, _ in shown)
    columns = tuple(
        _column(place, step, count / most, str(count), mark, day(week.week.since, timezone), place == len(shown) - 1)
        for place, (week, count, mark) in enumerate(shown)
    )
    marked = [(week, count, mark) for week, count, mark in shown if mark]
    said = " ".join(
        f"The week of {day(week.week.since, timezone)} is {mark.kind} with {count}, where {mark.usual:g} are usual."
        for week, count, mark in marked
    )
    desc = f"{len(shown)} weeks, {sum(count for _, count, _ in shown)} {noun} in all. {said or 'No week stands out.'}"
    return Columns(title, desc, HEAD + TALL + FOOT, HEAD + TALL, columns)


def _recent(rows: list[tuple[Week, int, Mark | None]]) -> list[tuple[Week, int, Mark | None]]:
    """Without the weeks before anything had happened, but a quarter of a year at least; half a year at most."""
    first = next((place for place, (week, _, _) in enumerate(rows) if week.incidents or week.pages), 0)
    return rows[min(first, max(0, len(rows) - LEAST_WEEKS)) :][-2 * LEAST_WEEKS :]


def _column(place: int, step: float, share: float, figure: str, mark: Mark | None, label: str, running: bool) -> Column:
    height = _width(share, TALL)
    return Column(
        round(place * step + step * 0.12, 1), round(HEAD + TALL - height, 1), round(step * 0.76, 1), height, figure,
        {"high": "▲", "low": "▼"}.get(mark.kind, "") if mark else "", label, running,
    )  # fmt: skip


def person_grid(people: Sequence[Burden], weeks: Sequence[Week], timezone: str) -> Grid | None:
    """People by week, each cell with its figure."""
    shown = [each for each in people if any(each.weeks[-MOST_WEEKS:])][:MOST_ROWS]
    if not shown:
        return None
    last = weeks[-MOST_WEEKS:]
    size = (WIDTH - LEFT) / len(last)
    most = max(count for each in shown for count in each.weeks[-MOST_WEEKS:])
    cells = tuple(
        Cell(
            round(LEFT + place * size + 1, 1),
            HEAD + row * ROW,
            round(size - 2, 1),
            round(0.75 * count / most, 2),
            str(count),
        )
        for row, each in enumerate(shown)
        for place, count in enumerate(each.weeks[-MOST_WEEKS:])
    )
    names = tuple((short(each.person), HEAD + row * ROW + 17) for row, each in enumerate(shown))
    heads = tuple(
        (day(week.week.since, timezone), round(LEFT + place * size + size / 2, 1)) for place, week in enumerate(last)
    )
    desc = f"{len(shown)} people over the last {len(last)} weeks; the most in one week is {most}."
    return Grid(
        "Interruptions by person and week", desc, HEAD + len(shown) * ROW + 2, round(size - 2, 1), names, heads, cells
    )
