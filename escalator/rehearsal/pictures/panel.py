"""One panel: the axis on top, the strips under it, then the lanes with their marks.

Law: nothing is drawn outside; what does not fit is cut, and its whole text is in a `title`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from escalator.core.instant import Instant
from escalator.rehearsal.pictures import pen
from escalator.rehearsal.pictures.axis import PAD, Panel, local, offset
from escalator.rehearsal.pictures.glyphs import glyph, width
from escalator.rehearsal.pictures.signs import SIZE
from escalator.rehearsal.pictures.values import Band, Lane, Mark, Picture

LEFT, RIGHT, WIDTH = 118.0, 630.0, 640.0
AXIS, STRIP, GAP = 42.0, 24.0, 4.0
STEP = SIZE + 4.0


class Row(NamedTuple):
    """A lane and where it stands."""

    lane: Lane
    y: float
    height: float


def draw_panel(picture: Picture, panel: Panel, top: float) -> tuple[str, float]:
    """The drawing and its height."""
    strips = [Row(lane, top + AXIS + place * (STRIP + GAP), STRIP) for place, lane in enumerate(picture.strips)]
    lanes = _lanes(picture, panel, top + AXIS + len(strips) * (STRIP + GAP) + GAP)
    bottom = lanes[-1].y + lanes[-1].height if lanes else top + AXIS + len(strips) * (STRIP + GAP)
    drawn = _ground(lanes) + _nights(picture, panel, top + AXIS, bottom) + _axis(picture, panel, top, bottom)
    drawn += "".join(_strip(picture, panel, row) for row in strips)
    drawn += "".join(_lane(picture, panel, row) for row in lanes)
    return drawn, bottom - top


def _lanes(picture: Picture, panel: Panel, y: float) -> list[Row]:
    """Those of the panel; somebody of whom there is nothing to tell here has none."""
    found: list[Row] = []
    for lane in picture.lanes:
        cells = [_rows(marks, panel.width(at)) for at, marks in _cells(picture, panel, lane)]
        if cells or not picture.marks:
            found.append(Row(lane, y, max((len(rows) for rows in cells), default=1) * STEP + PAD))
            y += found[-1].height
    return found


def _cells(picture: Picture, panel: Panel, lane: Lane) -> list[tuple[Instant, list[Mark]]]:
    found: dict[Instant, list[Mark]] = {}
    for mark in picture.marks:
        if mark.lane == lane.key and panel.shows(mark.at):
            found.setdefault(mark.at, []).append(mark)
    return sorted(found.items())


def _rows(marks: Sequence[Mark], room: float) -> list[list[Mark]]:
    """The marks of one cell, beside each other as far as there is room."""
    rows: list[list[Mark]] = [[]]
    used = PAD
    for mark in marks:
        needs = width(mark) + 3
        if rows[-1] and used + needs > room + 1:
            rows.append([])
            used = PAD
        rows[-1].append(mark)
        used += needs
    return rows


# --- what lies behind -------------------------------------------------------------------------------------------------


def _ground(lanes: Sequence[Row]) -> str:
    return "".join(pen.rect(0, row.y, WIDTH, row.height, "row") for row in lanes[::2])


def _nights(picture: Picture, panel: Panel, top: float, bottom: float) -> str:
    drawn = ""
    for since, until in picture.nights:
        if since < panel.until and until > panel.since:
            x = panel.x(since)
            drawn += pen.rect(x, top, panel.x(until) - x, bottom - top, "night", pen.title("night"))
    return pen.element("g", drawn, opacity=0.55) if drawn else ""


# --- the axis ---------------------------------------------------------------------------------------------------------


def _axis(picture: Picture, panel: Panel, top: float, bottom: float) -> str:
    drawn, before = "", None
    for at in panel.columns:
        x, room = panel.x(at), panel.width(at) - 8
        here = local(picture, at)
        drawn += pen.line(x, top + 4, x, bottom, "tick")
        drawn += pen.text(x + 4, top + 17, pen.fitted(offset(picture, at), room, 15), "strong ink")
        drawn += pen.text(x + 4, top + 35, pen.first_that_fits(_clock(here, before), room, 14), "small soft")
        before = here
    return drawn


def _clock(here: datetime, before: datetime | None) -> tuple[str, ...]:
    """The day too where it is another than before."""
    seconds = f"{here:%H:%M:%S}" if here.second else f"{here:%H:%M}"
    if before is None or here.date() != before.date():
        return f"{here:%a} {seconds}", f"{here:%a %H:%M}", f"{here:%H:%M}"
    return seconds, f"{here:%H:%M}"


# --- strips and lanes -------------------------------------------------------------------------------------------------


def _label(row: Row, class_: str, size: float) -> str:
    """On two smaller lines where one does not do."""
    room = (LEFT - 14) / (1.12 if "strong" in class_ else 1)
    lines, middle = pen.folded(row.lane.name, room, size), row.y + row.height / 2
    if len(lines) == 1:
        words = pen.text(10, middle + size * 0.36, lines[0], class_)
    else:
        words = "".join(pen.text(10, middle - 2.5 + 14 * n, each, f"{class_} tiny") for n, each in enumerate(lines))
    return pen.element("g", pen.title(row.lane.name) + words)


def _strip(picture: Picture, panel: Panel, row: Row) -> str:
    bands = [band for band in picture.bands if band.row == row.lane.key]
    return _label(row, "small soft", 14) + "".join(_band(band, panel, row) for band in bands)


def _band(band: Band, panel: Panel, row: Row) -> str:
    x, end = panel.x(band.since), panel.x(band.until)
    if band.since >= panel.until or band.until <= panel.since or end - x < 0.5:
        return ""
    drawn = pen.rect(x + 1, row.y, end - x - 2, row.height, f"b-{band.kind}", rx=5)
    words = pen.first_that_fits(band.texts, end - x - 14, 14)
    drawn += pen.text(x + 8, row.y + row.height / 2 + 5, words, "small ink") if words else ""
    return pen.element("g", (pen.title(band.texts[0]) if band.texts else "") + drawn)


def _lane(picture: Picture, panel: Panel, row: Row) -> str:
    drawn = "".join(
        _tint(band, panel, row) for band in picture.bands if band.row == row.lane.key
    ) + _label(row, "ink strong" if row.lane.kind == "person" else "ink", 15)  # fmt: skip
    for at, marks in _cells(picture, panel, row.lane):
        for number, line in enumerate(_rows(marks, panel.width(at))):
            x = panel.x(at) + PAD
            for mark in line:
                drawn += glyph(x, row.y + PAD / 2 + 2 + number * STEP, mark, row.lane.kind)
                x += width(mark) + 3
    return drawn


def _tint(band: Band, panel: Panel, row: Row) -> str:
    """Behind a lane's marks, without words: the strip above says them."""
    x, end = panel.x(band.since), panel.x(band.until)
    if band.since >= panel.until or band.until <= panel.since:
        return ""
    return pen.rect(x, row.y + 1, end - x, row.height - 2, f"b-{band.kind}")
