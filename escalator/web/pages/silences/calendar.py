"""Silences and maintenance windows over the days: as bars, and as a table behind them.

Times are those of one zone, which the page names and its address says.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from escalator.core.instant import Instant
from escalator.store import windows
from escalator.web.access import AnyNeeds
from escalator.web.pages.entry import PageReader
from escalator.web.pages.frame import console
from escalator.web.pages.oncall import words
from escalator.web.pages.oncall.days import Day, View, Week, shown, today
from escalator.web.pages.silences.shown import Written, every
from escalator.web.pages.silences.words import known_zone, own_zone, written, zones

router = APIRouter(include_in_schema=False)

MOST: Final = 100
"""Silences of one page."""
HEAD: Final = 30
ROW: Final = 34
"""Pixels."""
NARROWEST: Final = 0.6
"""Percent: a silence of minutes is seen in a week too."""


class Line(NamedTuple):
    """One silence, and when it holds."""

    name: str
    path: str
    """Of its page."""
    reason: str
    by: str
    where: str
    during: str
    spells: list[tuple[Instant, Instant]]


class Bar(NamedTuple):
    x: float
    width: float
    y: int
    title: str
    kind: str


class Strip(NamedTuple):
    """One week drawn; only with silences that hold in it."""

    week: Week
    columns: list[tuple[Day, float, float, bool]]
    """Day, place, width, whether it is today."""
    lines: list[Line]
    bars: list[Bar]
    height: int
    now: float | None


@router.get("/silences/calendar")
@router.head("/silences/calendar")
async def show(needs: AnyNeeds, visitor: PageReader, request: Request) -> HTMLResponse:
    """A week or a month."""
    book, now, asked = needs.revisions.book, needs.database.now(), request.query_params
    zone = known_zone(asked.get("zone", ""), own_zone(book, visitor))
    view: View = "month" if asked.get("view") == "month" else "week"
    page = shown(view, _day(asked.get("at", ""), today(zone, now)), zone)
    made = await needs.database.read(partial(windows.within, since=page.since, until=page.until, limit=MOST + 1))
    lines = list(_lines(every(book, made[:MOST]), page.since, page.until))
    strips = [_strip(week, lines, zone, now) for week in page.weeks]
    context: dict[str, Any] = {"page": page, "lines": lines, "strips": strips, "zone": zone, "today": today(zone, now)}
    return console(
        request, needs, visitor, "silences/calendar.html", at="silences", words=words, instant=now,
        more=len(made) > MOST, zones=list(dict.fromkeys([zone, *zones(book, visitor)])), **context,
    )  # fmt: skip


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def _lines(found: Iterable[Written], since: Instant, until: Instant) -> Iterator[Line]:
    for mute, where, during in found:
        spells, silence = mute.spells(since, until), mute.silence
        if spells:
            name = ", ".join(map(written, silence.matchers))
            yield Line(name, f"/silences/{quote(silence.id)}", silence.reason, silence.by, where, during, spells)


def _strip(week: Week, lines: Iterable[Line], zone: str, now: Instant) -> Strip:
    held = [(line, spells) for line in lines if (spells := _within(line.spells, week))]
    bars = [
        _bar(week, line, spell, HEAD + ROW * row, zone) for row, (line, spells) in enumerate(held) for spell in spells
    ]
    here = today(zone, now)
    columns = [_column(week, day, day.date == here) for day in week.days]
    present = week.place(now) if week.since <= now < week.until else None
    return Strip(week, columns, [line for line, _ in held], bars, HEAD + ROW * max(1, len(held)), present)


def _column(week: Week, day: Day, is_today: bool) -> tuple[Day, float, float, bool]:
    begin = week.place(day.starts_at)
    return day, begin, round(week.place(day.ends_at) - begin, 4), is_today


def _within(spells: Iterable[tuple[Instant, Instant]], week: Week) -> list[tuple[Instant, Instant]]:
    return [(begin, end) for begin, end in spells if begin < week.until and end > week.since]


def _bar(week: Week, line: Line, spell: tuple[Instant, Instant], y: int, zone: str) -> Bar:
    begin, end = week.place(spell[0]), week.place(spell[1])
    width = max(NARROWEST, round(end - begin, 4))
    title = f"{line.name}, {words.span(*spell, zone)}: {line.reason or 'no reason given'}"
    return Bar(min(begin, 100 - width), width, y + 4, title, "policies" if line.where else "hand")
