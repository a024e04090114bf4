"""What the past teaches, for programs: the tables of the page as one document."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, create_model

from escalator.core.instant import rfc3339
from escalator.web.access import AnyNeeds, Reader
from escalator.web.insight.asked import Look
from escalator.web.insight.report import Report, report
from escalator.web.insight.tables import TABLES, Column, Table, rows
from escalator.web.shapes import Json, described, problems

router = APIRouter(prefix="/api/v1", tags=["reading"], responses=problems())

TYPES: dict[str, Any] = {
    "text": str, "number": float | None, "hours": float, "share": float | None, "seconds": int | None, "time": datetime,
    "day": date, "yes": bool,
}  # fmt: skip


class Total(BaseModel):
    incidents: int
    acknowledged: int
    pages: int


class Totals(BaseModel):
    period: Total
    before: Total = Field(description="The same for a period as long, directly before.")


def _model(table: Table) -> Any:
    columns: dict[str, Any] = {column.key: _field(column) for column in table.columns}
    return create_model(f"Insight{table.title.title().replace(' ', '')}", **columns)


def _field(column: Column) -> tuple[Any, Any]:
    return TYPES[column.kind], Field(description=column.means)


def _fields() -> dict[str, Any]:
    several: Any = list
    tables = {name: (several[_model(table)], Field(description=table.title)) for name, table in TABLES.items()}
    return {
        "from": (datetime, ...),
        "until": (datetime, ...),
        "timezone": (str, ...),
        "totals": (Totals, ...),
        **tables,
    }


Insight: Any = create_model("Insight", **_fields())


@router.get("/insight", responses=described(Insight))
async def show_insight(needs: AnyNeeds, grant: Reader, look: Annotated[Look, Query()]) -> Json:
    """Who was paged how often, how long it took, which alerts are noisy, and what to do about them."""
    found = await report(needs, look.scope(needs.revisions.book, needs.database.now()))
    return Json(document(found))


def document(found: Report) -> dict[str, Any]:
    period = found.scope.period
    totals = {
        "period": _total(found.whole.incidents, len(found.whole.taken), found.pages),
        "before": _total(found.before.incidents, len(found.before.taken), found.pages_before),
    }
    times = {"from": rfc3339(period.since), "until": rfc3339(period.until), "timezone": found.scope.timezone}
    return {**times, "totals": totals, **{name: rows(table, found) for name, table in TABLES.items()}}


def _total(incidents: int, acknowledged: int, pages: int) -> dict[str, int]:
    return {"incidents": incidents, "acknowledged": acknowledged, "pages": pages}
