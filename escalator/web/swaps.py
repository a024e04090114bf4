"""Swaps by JSON: a person asks, a colleague accepts or declines. The rules are core's; a refusal is 409."""

from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from escalator.core.instant import rfc3339
from escalator.core.swap import Swap
from escalator.web import shapes
from escalator.web import shapes_oncall as rota
from escalator.web.access import AnyNeeds, Reader, Responder, actor
from escalator.web.fields import Body, Name, Text, instant_at, known_name
from escalator.web.problems import Problem
from escalator.web.shapes import Json, described, problems

router = APIRouter(prefix="/api/v1/swaps", tags=["windows"], responses=problems())


class NewSwap(Body):
    """Which time of which schedule, and who shall take it."""

    schedule: Name
    starts_at: AwareDatetime = Field(alias="from")
    ends_at: AwareDatetime = Field(alias="until")
    to: Name | None = Field(None, description="The colleague; anybody on the schedule where not said.")
    by: Name | None = Field(None, description="Whose shift it is, where the token names nobody.")
    reason: Text = ""


class Answer(Body):
    by: Name | None = Field(None, description="Who answers, where the token names nobody.")


@router.get("", responses=described(shapes.Items[rota.Swap]))
async def list_swaps(needs: AnyNeeds, grant: Reader) -> Json:
    """Those to come, and those that ended within 30 days."""
    return Json({"items": [_swap(each) for each in await needs.swaps.listed()]})


@router.post("", status_code=201, responses=described(rota.Swap, 201) | problems(409))
async def ask_for_a_swap(needs: AnyNeeds, grant: Responder, body: NewSwap) -> Json:
    """Asks; nothing changes until a colleague accepts. The one who is named is told by low urgency."""
    book, asker = needs.revisions.book, actor(grant, body.by)
    known_name("schedule", body.schedule, book)
    for name in filter(None, (asker, body.to)):
        known_name("person", name, book)
    start, end = instant_at(body.starts_at), instant_at(body.ends_at)
    made = await needs.swaps.ask(body.schedule, asker, body.to, start, end, by=asker, reason=body.reason)
    return Json(_swap(made), 201)


@router.get("/{id}", responses=described(rota.Swap) | problems(404))
async def show_swap(needs: AnyNeeds, grant: Reader, id: str) -> Json:
    """One swap."""
    return Json(_swap(_there(id, await needs.swaps.find(id))))


@router.post("/{id}/accept", responses=described(rota.Swap) | problems(404, 409))
async def accept_swap(needs: AnyNeeds, grant: Responder, id: str, body: Answer) -> Json:
    """The colleague takes the shift: an override, from now on."""
    by = actor(grant, body.by)
    return Json(_swap(_there(id, await needs.swaps.accept(id, by, by))))


@router.post("/{id}/decline", responses=described(rota.Swap) | problems(404, 409))
async def decline_swap(needs: AnyNeeds, grant: Responder, id: str, body: Answer) -> Json:
    """The colleague does not take it, or who asked takes it back."""
    by = actor(grant, body.by)
    return Json(_swap(_there(id, await needs.swaps.decline(id, by, by))))


def _there(id: str, swap: Swap | None) -> Swap:
    if swap is None:
        raise Problem(404, f"There is no swap {id!r}. GET /api/v1/swaps lists them.")
    return swap


def _swap(swap: Swap) -> dict[str, Any]:
    return {
        "id": swap.id,
        "schedule": swap.schedule,
        "by": swap.asker,
        "to": swap.colleague,
        "starts_at": rfc3339(swap.starts_at),
        "ends_at": rfc3339(swap.ends_at),
        "reason": swap.reason,
        "state": swap.state,
        "answered_by": swap.answered_by,
        "override": swap.override,
    }
