"""A table of the page as a file: CSV for spreadsheets, JSON for programs.

Law: a spreadsheet computes what begins like a formula, so in CSV such a cell begins with an apostrophe.
"""

import csv
from io import StringIO
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from escalator.core.instant import to_datetime
from escalator.web.access import AnyNeeds
from escalator.web.insight.asked import Look
from escalator.web.insight.report import report
from escalator.web.insight.tables import TABLES, Cell, Table, rows
from escalator.web.pages.entry import PageReader
from escalator.web.problems import Problem
from escalator.web.shapes import Json

router = APIRouter(include_in_schema=False)

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


@router.get("/insight/export/{table}.{form}")
async def export(
    needs: AnyNeeds, visitor: PageReader, table: str, form: Literal["csv", "json"], look: Annotated[Look, Query()]
) -> Response:
    """One table of what the page with the same query shows."""
    if table not in TABLES:
        raise Problem(404, f"There is no table {table!r}; there are: {', '.join(TABLES)}.")
    scope = look.scope(needs.revisions.book, needs.database.now())
    found = rows(TABLES[table], await report(needs, scope))
    day = to_datetime(scope.period.until).date().isoformat()
    headers = {"content-disposition": f'attachment; filename="escalator-{table}-{day}.{form}"'}
    if form == "json":
        return Json({"items": found}, headers=headers)
    return Response(as_csv(TABLES[table], found), headers=headers, media_type="text/csv; charset=utf-8")


def as_csv(table: Table, found: list[dict[str, Cell]]) -> str:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(column.key for column in table.columns)
    writer.writerows([_defused(cell) for cell in row.values()] for row in found)
    return text.getvalue()


def _defused(cell: Cell) -> Any:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell
