"""The axis: where an instant stands. Steps are about equal whether they last a minute or two days, and say which.

A picture is as wide as a page: what does not fit beside goes on in a further panel beneath, as music does.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from math import log10
from typing import NamedTuple

from escalator.core.instant import DAY, HOUR, MINUTE, Instant, Span, spoken, to_datetime
from escalator.core.wallclock import zone
from escalator.rehearsal.pictures.glyphs import width
from escalator.rehearsal.pictures.pen import em
from escalator.rehearsal.pictures.values import Picture

MOST_PANELS = 12
PAD = 6.0
"""Before the first mark of a cell."""
STRETCH = 3.0
"""A step of a day takes about twice the room that is left as one of a minute."""
BESIDE = 3
"""Marks of one cell that stand beside each other; further ones go beneath."""


class Panel(NamedTuple):
    """One row of music: instants, sorted, and where they stand; the last is where it ends."""

    instants: tuple[Instant, ...]
    edges: tuple[float, ...]

    @property
    def columns(self) -> tuple[Instant, ...]:
        return self.instants[:-1]

    @property
    def since(self) -> Instant:
        return self.instants[0]

    @property
    def until(self) -> Instant:
        return self.instants[-1]

    def shows(self, at: Instant) -> bool:
        return self.since <= at < self.until

    def x(self, at: Instant) -> float:
        """In between, by proportion."""
        place = min(max(bisect_right(self.instants, at) - 1, 0), len(self.instants) - 2)
        start, end = self.instants[place : place + 2]
        share = min(max((at - start) / (end - start), 0), 1)
        return self.edges[place] + share * (self.edges[place + 1] - self.edges[place])

    def width(self, at: Instant) -> float:
        """Of the column that begins there."""
        place = self.instants.index(at)
        return self.edges[place + 1] - self.edges[place]


def panels(picture: Picture, left: float, right: float) -> tuple[list[Panel], Instant]:
    """The panels of a picture, and up to which instant they go: one that is too long is cut."""
    columns = [*_columns(picture)]
    needs = _needs(picture, columns)
    instants = [*columns, picture.until if picture.until > columns[-1] else columns[-1] + _mean(columns)]
    cuts = _cuts([needs[at] for at in columns], right - left)[: MOST_PANELS + 1]
    found = []
    for start, stop in pairwise(cuts):
        shown = tuple(instants[start : stop + 1])
        found.append(Panel(shown, tuple(_edges(shown, needs, left, right))))
    return found, instants[cuts[-1]] if cuts[-1] < len(columns) else instants[-1] + 1


def offset(picture: Picture, at: Instant) -> str:
    """`+2d5h55m`: exact, unlike what is said in sentences."""
    days, rest = divmod(at - picture.since, DAY)
    hours = rest - rest % HOUR
    parts = [spoken(part) for part in (days * DAY, hours, rest - hours) if part]
    return "+" + ("".join(parts) or "0s")


def local(picture: Picture, at: Instant) -> datetime:
    return to_datetime(at).astimezone(zone(picture.zone))


def _columns(picture: Picture) -> list[Instant]:
    starts = (band.since for band in picture.bands if band.row in _levels(picture))
    wanted: Iterable[Instant] = (picture.since, *(mark.at for mark in picture.marks), *starts, *picture.ticks)
    return sorted({at for at in wanted if picture.since <= at <= picture.until})


def _levels(picture: Picture) -> set[str]:
    return {lane.key for lane in picture.strips if lane.kind == "levels"}


def _mean(columns: Sequence[Instant]) -> Span:
    """How long the last step seems, where nothing follows."""
    return max((columns[-1] - columns[0]) // max(len(columns) - 1, 1), MINUTE)


def _needs(picture: Picture, columns: Sequence[Instant]) -> Mapping[Instant, float]:
    """By column, the room for its widest cell and for the words above it."""
    cells: dict[tuple[Instant, str], list[float]] = {}
    for mark in picture.marks:
        cells.setdefault((mark.at, mark.lane), []).append(width(mark) + 3)
    found = {at: em(offset(picture, at)) * 15 + 12 for at in columns}
    for before, at in pairwise(columns):
        if local(picture, before).date() != local(picture, at).date():
            found[at] = max(found[at], em("Wed 00:00") * 14 + 12)
    for band in picture.bands:
        if band.since in found and band.row in _levels(picture) and band.texts:
            found[band.since] = max(found[band.since], em(band.texts[-1]) * 14 + 16)
    for (at, _), widths in cells.items():
        if at in found:
            found[at] = max(found[at], PAD + sum(widths[:BESIDE]) + 4)
    return found


def _cuts(needs: Sequence[float], room: float) -> list[int]:
    """Where panels begin and the last ends: as few as there can be, each of about as many columns."""
    for count in range(1, len(needs) + 1):
        cuts = [round(len(needs) * number / count) for number in range(count + 1)]
        if all(sum(needs[start:stop]) <= room for start, stop in pairwise(cuts)):
            return cuts
    return list(range(len(needs) + 1))


def _edges(instants: Sequence[Instant], needs: Mapping[Instant, float], left: float, right: float) -> list[float]:
    """What the columns do not need is given to the long steps."""
    weights = [_weight(end - start) for start, end in pairwise(instants)]
    spare = max(0.0, right - left - sum(needs[at] for at in instants[:-1]))
    found = [left]
    for at, weight in zip(instants, weights, strict=False):
        found.append(found[-1] + needs[at] + weight / sum(weights) * spare)
    found[-1] = right
    return found


def _weight(step: Span) -> float:
    return 1 + log10(1 + step / MINUTE) / STRETCH
