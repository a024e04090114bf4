"""The record of what happened, for `escalator policy replay`: whole incidents with all their alerts, page by page."""

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from escalator.store.record import record
from escalator.web.access import AnyNeeds, Reader
from escalator.web.fields import instant_at
from escalator.web.problems import Problem
from escalator.web.shapes import Json, Severity, described, problems

router = APIRouter(prefix="/api/v1", tags=["reading"], responses=problems(400))


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime | None = Field(None, description="Incidents opened at or after.")
    until: AwareDatetime | None = Field(None, description="Incidents opened before.")
    limit: int = Field(200, ge=1, le=1000, description="Incidents on one page, at most.")
    cursor: str | None = None


class Recorded(BaseModel):
    """One alert, from its first report to its end."""

    incident: int
    source: str
    fingerprint: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: datetime
    ends_at: datetime | None = Field(description="At the latest when its incident was resolved; null: it fires.")
    received_at: datetime = Field(description="Not kept: the later of its start and its incident's opening.")


class Taken(BaseModel):
    at: datetime
    by: str


class FirstPage(BaseModel):
    person: str
    at: datetime


class Passed(BaseModel):
    """One incident, as it went."""

    id: int
    route: str
    policy: str
    revision: int
    severity: Severity
    opened_at: datetime
    resolved_at: datetime | None
    acknowledged: list[Taken] = Field(description="Snoozes, and resolves by hand while alerts fired, among them.")
    paged: list[FirstPage]


class Record(BaseModel):
    """Pages are joined by putting their alerts, and their incidents, one after the other."""

    alerts: list[Recorded]
    incidents: list[Passed]
    next: str | None


@router.get("/record", responses=described(Record))
async def show_record(needs: AnyNeeds, grant: Reader, asked: Annotated[Asked, Query()]) -> Json:
    """What happened, in the order in which incidents opened, to be played through other policies.

    Each page has whole incidents with all their alerts.
    """
    query = partial(
        record, since=_instant(asked.since), until=_instant(asked.until), limit=asked.limit, cursor=asked.cursor
    )
    try:
        return Json(await needs.database.read(query))
    except ValueError as failure:
        raise Problem(400, str(failure)) from failure


def _instant(moment: datetime | None) -> int | None:
    return None if moment is None else instant_at(moment)
