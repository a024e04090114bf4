"""What people change on a schedule's page: an override, a swap asked or answered. The engine judges; a form that can be
mended comes back with what was written, and the sentence beside the field.
"""

from typing import NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from escalator.core.effects import Refused
from escalator.core.instant import Instant, rfc3339
from escalator.core.oncall import Schedule, on_call
from escalator.web.access import AnyNeeds
from escalator.web.needs import Needs
from escalator.web.oncall import known_schedule
from escalator.web.pages.entry import PageResponder, Visitor
from escalator.web.pages.forms import Form, back, form_of
from escalator.web.pages.oncall import words
from escalator.web.pages.oncall.days import View, today
from escalator.web.pages.oncall.schedule import Asked, Entered, shown_schedule
from escalator.web.problems import Problem

router = APIRouter(include_in_schema=False)


class Wanted(NamedTuple):
    """A form that could be read."""

    person: str
    starts_at: Instant
    ends_at: Instant
    reason: str


@router.post("/oncall/{schedule}/override")
async def make_override(needs: AnyNeeds, visitor: PageResponder, request: Request, schedule: str) -> Response:
    """One person stands in for the whole schedule, from now on decided."""
    found, form = known_schedule(needs, schedule), await form_of(request)
    wanted = _wanted(needs, found, form, needs.database.now(), somebody=True)
    if not isinstance(wanted, Wanted):
        return await _again(request, needs, visitor, found, form, wanted)
    made = await needs.windows.override(schedule, *wanted[:3], visitor.name, wanted.reason)
    said = f"{made.person} is on call for {schedule}, {_span(found, wanted)}."
    return back(
        request, _there(found, form, wanted.starts_at), said, undo=(_path(schedule, "overrides", made.id, "end"), {})
    )


@router.post("/oncall/{schedule}/overrides/{id}/end")
async def end_override(needs: AnyNeeds, visitor: PageResponder, request: Request, schedule: str, id: str) -> Response:
    """Takes an override back that was made by hand."""
    known_schedule(needs, schedule)
    form = await form_of(request)
    kept = next((each for each in await needs.windows.overrides() if each.id == id and each.schedule == schedule), None)
    if kept is None or not await needs.windows.drop_override(id, visitor.name):
        raise Problem(404, "There is no such override made by hand that is not over: somebody else may have ended it.")
    again = {
        "person": kept.person, "from": rfc3339(kept.starts_at), "until": rfc3339(kept.ends_at), "reason": kept.reason,
    }  # fmt: skip
    undo = (_path(schedule, "override"), again)
    said = f"The override for {kept.person} is ended: the schedule has its own people again."
    return back(request, _path(schedule), said, undo=undo, form=form)


@router.post("/oncall/{schedule}/swap")
async def ask_for_a_swap(needs: AnyNeeds, visitor: PageResponder, request: Request, schedule: str) -> Response:
    """Asks a colleague, or anybody on the schedule; nothing changes until somebody accepts."""
    found, form = known_schedule(needs, schedule), await form_of(request)
    wanted = _wanted(needs, found, form, needs.database.now(), somebody=False)
    if not isinstance(wanted, Wanted):
        return await _again(request, needs, visitor, found, form, wanted)
    asker = visitor.person or on_call(found, await needs.windows.overrides(), wanted.starts_at) or visitor.name
    try:
        made = await needs.swaps.ask(
            schedule, asker, wanted.person or None, wanted.starts_at, wanted.ends_at, by=visitor.name,
            reason=wanted.reason,
        )  # fmt: skip
    except Refused as refused:
        return await _again(request, needs, visitor, found, form, {"from": f"{refused}"})
    whom = f"{made.colleague} is asked, and told" if made.colleague else "Anybody on the schedule is asked"
    return back(request, _there(found, form, wanted.starts_at), f"{whom}. Nothing changes until somebody accepts.")


@router.post("/oncall/{schedule}/swaps/{id}/{answer}")
async def answer_swap(
    needs: AnyNeeds, visitor: PageResponder, request: Request, schedule: str, id: str, answer: str
) -> Response:
    """Accepts, which makes an override; or declines, also for who asked."""
    found, form = known_schedule(needs, schedule), await form_of(request)
    who = visitor.grant.person or form.text("as") or visitor.name
    acts = {"accept": needs.swaps.accept, "decline": needs.swaps.decline}
    swap = await acts[answer](id, who, visitor.name) if answer in acts else None
    if swap is None:
        raise Problem(404, "There is no such swap: it may be over for more than 30 days.")
    said = f"{who} has the shift now." if answer == "accept" else f"{swap.asker} keeps the shift."
    return back(request, _there(found, form, swap.starts_at), said, form=form)


def _wanted(needs: Needs, schedule: Schedule, form: Form, now: Instant, *, somebody: bool) -> Wanted | dict[str, str]:
    """What the form says, or what is wrong with it by field."""
    person, wrong = form.text("person"), {}
    start = words.read(form.text("from"), schedule.timezone)
    end = words.read(form.text("until"), schedule.timezone, end=True)
    if somebody and not person:
        wrong["person"] = "Say who takes it."
    elif person and person not in needs.revisions.book.people:
        wrong["person"] = f"The policies know no {person}."
    if start is None:
        wrong["from"] = "Say when it begins, like 2026-03-04T09:00."
    if end is None:
        wrong["until"] = "Say when it ends, like 2026-03-04T17:00."
    elif end <= max(now, start or 0):
        wrong["until"] = "It would be over already: the end must be after the start, and after now."
    if wrong or start is None or end is None:
        return wrong
    return Wanted(person, start, end, form.text("reason"))


async def _again(
    request: Request, needs: Needs, visitor: Visitor, schedule: Schedule, form: Form, wrong: dict[str, str]
) -> Response:
    entered = Entered(form.text("person"), form.text("from"), form.text("until"), form.text("reason"), wrong)
    start = words.read(entered.starts_at, schedule.timezone) or needs.database.now()
    asked = Asked(_view(form), today(schedule.timezone, start), entered)
    return await shown_schedule(request, needs, visitor, schedule, asked, 422)


def _view(form: Form) -> View:
    return "week" if form.text("view") == "week" else "month"


def _there(schedule: Schedule, form: Form, at: Instant) -> str:
    """The calendar where the change can be seen."""
    return f"{_path(schedule.name)}?view={_view(form)}&from={today(schedule.timezone, at)}"


def _path(schedule: str, *rest: str) -> str:
    return "/oncall/" + "/".join(quote(each, safe="") for each in (schedule, *rest))


def _span(schedule: Schedule, wanted: Wanted) -> str:
    return words.span(wanted.starts_at, wanted.ends_at, schedule.timezone)
