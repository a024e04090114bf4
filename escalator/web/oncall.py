"""Who is on call: now, next, from when to when, where nobody is, where two are, and how the load is shared.

What takes long to work out is worked out beside the event loop.
"""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from escalator.core.coverage import Overlap, gaps, overlaps
from escalator.core.duty import Duty, duties
from escalator.core.fairness import Load, balance
from escalator.core.instant import DAY, HOUR, Instant, Span, rfc3339
from escalator.core.oncall import Override, Schedule, on_call, rotation, shifts
from escalator.web import shapes
from escalator.web import shapes_oncall as rota
from escalator.web.access import AnyNeeds, Reader, Responder, actor
from escalator.web.fields import Body, Name, Text, instant_at, known_name, span_of
from escalator.web.needs import Needs
from escalator.web.problems import Problem
from escalator.web.shapes import Json, described, problems
from escalator.web.windows import shown_override

router = APIRouter(prefix="/api/v1/oncall", tags=["windows"], responses=problems())

HORIZON = 30 * DAY
"""How far ahead the next change of a shift is looked for."""
LONGEST = 400 * DAY
"""Of a report."""
LONGEST_TAKEN = 30 * DAY


class Moment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime | None = Field(None, description="Now where not said.")
    schedule: str | None = None


class Period(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    since: AwareDatetime | None = Field(None, alias="from", description="Now where not said.")
    span: str = Field("90d", alias="for", description="How long: `90d`, at most 400 days.")
    schedule: str | None = None

    def times(self, now: Instant) -> tuple[Instant, Instant]:
        """Raises Problem 422."""
        start, length = now if self.since is None else instant_at(self.since), span_of(self.span)
        if not 0 < length <= LONGEST:
            raise Problem(422, "A report covers some time, and 400 days at most.")
        return start, start + length


class Weighed(Period):
    holidays: list[str] = Field([], description="Lists of the policies; all of them where not said.")


class Taken(Body):
    """For how long; to the end of the shift where not said."""

    span: str | None = Field(None, alias="for", description="`2h`")
    by: Name | None = None
    reason: Text = ""


@router.get("", responses=described(rota.Duty))
async def who_is_on_call(needs: AnyNeeds, grant: Reader, asked: Annotated[Moment, Query()]) -> Json:
    """Who is on call, now or at an instant, until when, and who comes then."""
    at = needs.database.now() if asked.at is None else instant_at(asked.at)
    chosen = _chosen(needs, asked.schedule)
    overrides = await needs.windows.overrides()
    return Json({"at": rfc3339(at), "items": [now_and_next(each, overrides, at) for each in chosen]})


@router.get("/gaps", responses=described(rota.Coverage))
async def gaps_and_overlaps(needs: AnyNeeds, grant: Reader, asked: Annotated[Period, Query()]) -> Json:
    """When nobody is on call, and when two claim the same time."""
    since, until = asked.times(needs.database.now())
    chosen, overrides = _chosen(needs, asked.schedule), await needs.windows.overrides_since(since)
    found = await asyncio.to_thread(lambda: [_coverage(each, overrides, since, until) for each in chosen])
    return Json({"from": rfc3339(since), "until": rfc3339(until), "items": found})


@router.get("/fairness", responses=described(rota.Fairness))
async def how_the_load_is_shared(needs: AnyNeeds, grant: Reader, asked: Annotated[Weighed, Query()]) -> Json:
    """Hours, nights, weekends and holidays of each person."""
    since, until = asked.times(needs.database.now())
    book, lists = needs.revisions.book, needs.revisions.book.holidays
    if unknown := [name for name in asked.holidays if name not in lists]:
        known = ", ".join(lists) or "none"
        raise Problem(422, f"The policies know no holidays {unknown[0]!r}; there are: {known}.")
    days = frozenset(day for name in asked.holidays or lists for day in lists[name])
    chosen, overrides = _chosen(needs, asked.schedule), await needs.windows.overrides_since(since)

    def weighed() -> list[dict[str, Any]]:
        found = [(each, balance(each, overrides, book.people, days, since, until)) for each in chosen]
        return [
            {"schedule": each.name, "gap_hours": _hours(one.gaps), "people": [_load(load) for load in one.loads]}
            for each, one in found
        ]

    return Json({"from": rfc3339(since), "until": rfc3339(until), "items": await asyncio.to_thread(weighed)})


@router.get("/{schedule}/shifts", responses=described(rota.Shifts) | problems(404))
async def list_shifts(needs: AnyNeeds, grant: Reader, schedule: str, asked: Annotated[Period, Query()]) -> Json:
    """Who serves from when to when, and by which layer or override; a gap is a shift of nobody's."""
    found = known_schedule(needs, schedule)
    since, until = asked.times(needs.database.now())
    overrides = await needs.windows.overrides_since(since)
    served = await asyncio.to_thread(duties, found, overrides, since, until)
    return Json({"schedule": schedule, "items": [_shift(each) for each in served]})


@router.post("/{schedule}/take", status_code=201, responses=described(shapes.Override, 201) | problems(404))
async def take_it_now(needs: AnyNeeds, grant: Responder, schedule: str, body: Taken) -> Json:
    """Whoever asks is on call from now on: for so long, or to the end of the shift."""
    found = known_schedule(needs, schedule)
    person = actor(grant, body.by)
    known_name("person", person, needs.revisions.book)
    now = needs.database.now()
    end = now + span_of(body.span) if body.span else await _end_of_shift(needs, found, now)
    if not now < end <= now + LONGEST_TAKEN:
        raise Problem(422, "A shift is taken for some time, and for 30 days at most.")
    made = await needs.windows.override(schedule, person, now, end, person, body.reason or "taken")
    return Json(shown_override(made), 201)


def now_and_next(schedule: Schedule, overrides: tuple[Override, ...], at: Instant) -> dict[str, Any]:
    """Who has the schedule at an instant, until when, who comes then, and who is asked after that person."""
    own = tuple(each for each in overrides if each.schedule == schedule.name)
    person, until = _this_shift(schedule, own, at)
    known = until < at + HORIZON
    return {
        "schedule": schedule.name,
        "person": person,
        "until": rfc3339(until) if known else None,
        "then": on_call(schedule, own, until) if known else None,
        "next": [each for each in rotation(schedule, own, at) if each != person],
    }


def _this_shift(schedule: Schedule, overrides: tuple[Override, ...], at: Instant) -> tuple[str | None, Instant]:
    """Who has it, and until when: HORIZON at the most. Most end within two days, which cost little to look at."""
    for span in (2 * DAY, HORIZON):
        _, until, person = shifts(schedule, overrides, at, at + span)[0]
        if until < at + span:
            break
    return person, until


async def _end_of_shift(needs: Needs, schedule: Schedule, now: Instant) -> Instant:
    _, until, _ = shifts(schedule, await needs.windows.overrides(), now, now + LONGEST_TAKEN)[0]
    if until == now + LONGEST_TAKEN:
        raise Problem(422, 'This shift has no end within 30 days: say for how long, as "for": "2h".')
    return until


def _chosen(needs: Needs, name: str | None) -> list[Schedule]:
    book = needs.revisions.book
    if name is not None:
        known_name("schedule", name, book)
    return [each for each in book.schedules.values() if name in (None, each.name)]


def known_schedule(needs: Needs, name: str) -> Schedule:
    """Raises Problem 404."""
    found = needs.revisions.book.schedules
    if name not in found:
        names = ", ".join(sorted(found)[:50]) or "none"
        raise Problem(404, f"The policies know no schedule {name!r}; there are: {names}.")
    return found[name]


def _shift(duty: Duty) -> dict[str, Any]:
    return {
        "person": duty.person,
        "starts_at": rfc3339(duty.starts_at),
        "ends_at": rfc3339(duty.ends_at),
        "layer": duty.layer,
        "override": None if duty.override is None else shown_override(duty.override),
    }


def _coverage(schedule: Schedule, overrides: tuple[Override, ...], since: Instant, until: Instant) -> dict[str, Any]:
    found = gaps(schedule, overrides, since, until)
    return {
        "schedule": schedule.name,
        "gaps": [{"starts_at": rfc3339(start), "ends_at": rfc3339(end)} for start, end in found],
        "overlaps": [_overlap(each) for each in overlaps(schedule, overrides, since, until)],
    }


def _overlap(overlap: Overlap) -> dict[str, Any]:
    return {
        "kind": overlap.kind,
        "first": overlap.first,
        "second": overlap.second,
        "starts_at": rfc3339(overlap.starts_at),
        "ends_at": rfc3339(overlap.ends_at),
        "times": overlap.times,
        "hours": _hours(overlap.total),
    }


def _load(load: Load) -> dict[str, Any]:
    return {
        "person": load.person,
        "hours": _hours(load.served),
        "night_hours": _hours(load.nights),
        "weekend_hours": _hours(load.weekends),
        "holiday_hours": _hours(load.holidays),
        "shifts": load.shifts,
        "share": round(load.share, 4),
    }


def _hours(span: Span) -> float:
    return round(span / HOUR, 2)
