"""What the doors answer about schedules, for the OpenAPI: who is on call, reports, swaps, feeds."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from escalator.web import shapes


class OnCall(BaseModel):
    schedule: str
    person: str | None = Field(description="null: nobody.")
    until: datetime | None = Field(description="null: no change within 30 days.")
    then: str | None = Field(description="Who is on call from then on; null: nobody, or no change is known.")
    next: list[str] = Field(description="Who is asked after that person, in order.")


class Duty(BaseModel):
    at: datetime
    items: list[OnCall]


class Shift(BaseModel):
    person: str | None = Field(description="null: a gap.")
    starts_at: datetime
    ends_at: datetime
    layer: int | None = Field(description="The place of the layer, from 0; null: an override, or a gap.")
    override: shapes.Override | None


class Shifts(BaseModel):
    schedule: str
    items: list[Shift]


class Gap(BaseModel):
    starts_at: datetime
    ends_at: datetime


class Overlap(BaseModel):
    """Time that two claim."""

    kind: Literal["override", "layer"]
    first: str = Field(description="Who has it: an override's person, or a layer's place.")
    second: str
    starts_at: datetime = Field(description="Of the first time.")
    ends_at: datetime
    times: int
    hours: float = Field(description="All times together.")


class Covered(BaseModel):
    schedule: str
    gaps: list[Gap]
    overlaps: list[Overlap]


class Report(BaseModel):
    """From when to when."""

    since: datetime = Field(alias="from")
    until: datetime


class Coverage(Report):
    items: list[Covered]


class Load(BaseModel):
    """What one person serves."""

    person: str
    hours: float
    night_hours: float = Field(description="22:00 to 06:00 by the person's own clock.")
    weekend_hours: float
    holiday_hours: float
    shifts: int
    share: float = Field(description="Of all that is served, 0 to 1.")


class Shared(BaseModel):
    schedule: str
    gap_hours: float
    people: list[Load]


class Fairness(Report):
    items: list[Shared]


class Swap(BaseModel):
    """A shift that somebody asks a colleague to take."""

    id: str
    schedule: str
    by: str = Field(description="Whose shift it is.")
    to: str | None = Field(description="The colleague; null: anybody on the schedule.")
    starts_at: datetime
    ends_at: datetime
    reason: str
    state: Literal["asked", "accepted", "declined", "expired"]
    answered_by: str | None
    override: str | None = Field(description="The override that it became.")


class Feed(BaseModel):
    """A calendar feed, without its token."""

    id: str
    kind: Literal["person", "schedule"]
    name: str
    by: str
    created_at: datetime


class NewFeed(BaseModel):
    id: str
    url: str = Field(description="Shown once: whoever has it may read the feed.")
    kind: Literal["person", "schedule"]
    name: str
