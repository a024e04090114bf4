"""The page of insight: who bears how much, how long things take, what is noisy and what to do about it."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from escalator.core.insight.burdens import HANDFUL
from escalator.core.insight.noise import Group
from escalator.core.instant import SECOND, Span, rfc3339, spoken
from escalator.core.spread import Spread
from escalator.rehearsal.history.tallies import zone_of_person
from escalator.web.access import AnyNeeds
from escalator.web.insight.asked import DEFAULT, PRESETS, Look, Scope
from escalator.web.insight.report import Report, report
from escalator.web.insight.tables import TABLES, Cell, Column, Kind, enough, rows
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageReader, Visitor
from escalator.web.pages.frame import console
from escalator.web.pages.incidents.filters import STATUSES
from escalator.web.pages.insight import pictures

router = APIRouter(include_in_schema=False)

MOST_SERVICES: Final = 200
LONGEST: Final = {"weeks": 110, "alerts": 10, "times": 40}
FIRST_ROWS: Final = 20
"""Of a long table on the page; the export has them all."""


@router.get("/insight")
@router.head("/insight")
async def show(needs: AnyNeeds, visitor: PageReader, request: Request, look: Annotated[Look, Query()]) -> HTMLResponse:
    scope = look.scope(needs.revisions.book, needs.database.now())
    found = await report(needs, scope)
    return console(
        request, needs, visitor, "insight/show.html", at="insight", found=found, look=look, handful=HANDFUL,
        since=rfc3339(scope.period.since), until=rfc3339(scope.period.until),
        tabs=[(days, _address(look, days=days, until=None, **{"from": None}), days == _days(look)) for days in PRESETS],
        query=urlencode(look.words()), narrowed=bool(look.words(days=None)),
        choices=_choices(needs, visitor, found, look), totals=_totals(found),
        tables={name: _shown(name, found) for name in TABLES}, charts=_charts(found, scope), counsels=found.counsels,
        nothing=_nothing(found), evidence=partial(_evidence, scope),
    )  # fmt: skip


def _evidence(scope: Scope, group: Group) -> str:
    """Where all of them are listed."""
    since, until = rfc3339(scope.period.since), rfc3339(scope.period.until)
    match = f"alertname={json.dumps(group.name, ensure_ascii=False)}"
    asked = {"status": STATUSES, "policy": group.policy, "match": match, "since": since, "until": until}
    return urlencode(asked, doseq=True)


def _days(look: Look) -> int | None:
    return None if look.since or look.until else look.days or DEFAULT


def _address(look: Look, **changes: Any) -> str:
    query = urlencode(look.words(**changes))
    return f"/insight?{query}" if query else "/insight"


def _choices(needs: Needs, visitor: Visitor, found: Report, look: Look) -> dict[str, list[str]]:
    book = needs.revisions.book
    own = [zone_of_person(book, visitor.person)] if visitor.person else []
    return {
        "policy": sorted({*book.policies, *found.policies, look.policy} - {""}),
        "team": sorted(book.teams),
        "person": sorted({*book.people, look.person} - {""}),
        "service": sorted(name for name in found.services if name)[:MOST_SERVICES],
        "zone": list(dict.fromkeys(["UTC", *own, look.zone])),
    }


def _nothing(found: Report) -> str:
    """Why there is so little to see; empty where there is enough."""
    count = found.whole.incidents
    if not count and not found.pages:
        return "No incident opened in this time, and nobody was paged."
    if count < HANDFUL:
        return (
            f"Only {count} incident{'' if count == 1 else 's'} opened in this time: too few to conclude anything from."
        )
    return ""


def _totals(found: Report) -> list[dict[str, str]]:
    whole, before = found.whole, found.before
    now = {"taken": enough(whole.taken), "lives": enough(whole.lives)}
    then = {"taken": enough(before.taken), "lives": enough(before.lives)}
    return [
        _total("Incidents", str(whole.incidents), str(before.incidents), f"{whole.unresolved} still open"),
        _total("Pages", str(found.pages), str(found.pages_before), f"{found.at_night} at night"),
        *(
            _total(title, _spoken(now[key].median), _spoken(then[key].median), _beside(now[key]))
            for key, title in (("taken", "Acknowledged after"), ("lives", "Resolved after"))
        ),
    ]


def _beside(found: Spread) -> str:
    return f"median of {found.number}; p95 {_spoken(found.p95)}"


def _total(title: str, now: str, before: str, more: str) -> dict[str, str]:
    return {"title": title, "now": now, "before": before, "more": more}


def _spoken(span: Span | None) -> str:
    return "too few" if span is None else spoken(span)


def _charts(found: Report, scope: Scope) -> dict[str, Any]:
    weeks, zone = found.weeks, scope.timezone
    columns = {
        noun: pictures.week_columns(
            f"{noun.capitalize()} by week", noun, weeks, [getattr(week, noun) for week in weeks],
            [getattr(week, f"{noun}_mark") for week in weeks], zone,
        )
        for noun in ("incidents", "pages")
    }  # fmt: skip
    return {
        **columns,
        "people": pictures.people_bars(found.people),
        "grid": pictures.person_grid(found.people, weeks, zone),
        "taken": pictures.span_bars(
            "Until acknowledged, median · p95", "acknowledged", _spans(found.policies, "taken")
        ),
        "lives": pictures.span_bars("Until resolved, median · p95", "resolved", _spans(found.policies, "lives")),
    }


def _spans(groups: Mapping[str, Group], which: str) -> list[tuple[str, Span, Span, int]]:
    """By policy, those with enough to speak of: the slowest first."""
    found = [(name, enough(getattr(group, which))) for name, group in groups.items()]
    told = [
        (name, each.median, each.p95, each.number)
        for name, each in found
        if each.median is not None and each.p95 is not None
    ]
    return sorted(told, key=lambda row: (-row[2], row[0]))


def _shown(name: str, found: Report) -> dict[str, Any]:
    """A share stands behind its number, not in a column of its own: a page is narrower than a file."""
    table = TABLES[name]
    every, keys = rows(table, found), {column.key for column in table.columns}
    columns = [
        column for column in table.columns if column.key.removesuffix("_share") not in keys or column.kind != "share"
    ]
    order = list(reversed(every)) if name == "weeks" else every
    cells = [[(column, _cell(column, row)) for column in columns] for row in order[: LONGEST.get(name, FIRST_ROWS)]]
    return {"table": table, "columns": columns, "rows": cells, "count": len(every)}


def _cell(column: Column, row: Mapping[str, Cell]) -> str:
    text = written(column.kind, row[column.key])
    share = row.get(f"{column.key}_share") if row[column.key] else None
    return text if share is None else f"{text} ({written('share', share)})"


def written(kind: Kind, cell: Cell) -> str:
    """As people read it; instants stay as they are, for the template's `<time>`."""
    if cell is None or cell == "":
        return "–"
    if kind == "share":
        return f"{float(cell) * 100:.0f} %"
    if kind == "seconds":
        return spoken(int(cell) * SECOND)
    if kind == "hours":
        return f"{float(cell):.1f}"
    if kind == "yes":
        return "yes" if cell else "no"
    return str(cell)
