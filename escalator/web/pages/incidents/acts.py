"""What a person does with one or many incidents from the list, each in the next commit, and what came of each.

Law: the rules say whether a state allows an act. Every refusal is told with its reason, and what can be taken back is
offered to be, for all that were changed and no others.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from escalator.core import events
from escalator.core.effects import Refused
from escalator.core.events import Event
from escalator.core.incident import Incident, Status
from escalator.core.instant import rfc3339
from escalator.engine.lifecycle import NotFound
from escalator.store import listing
from escalator.store.db import Unavailable
from escalator.web.access import AnyNeeds
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageResponder, Visitor
from escalator.web.pages.forms import Form, back, form_of
from escalator.web.pages.incidents.doing import act_of
from escalator.web.problems import Problem

router = APIRouter(include_in_schema=False)

PATH: Final = "/incidents/act"
MOST: Final = 1000
"""Incidents of one form."""
TOLD: Final = 5
"""Refusals told one by one."""


class Task(NamedTuple):
    """One act on one incident."""

    act: str
    id: int
    event: Event


class Outcome(NamedTuple):
    """What came of it."""

    task: Task
    before: dict[str, Any] | None
    """The incident as doors show it; None: there was none."""
    answer: Incident | Exception


@router.post(PATH)
async def act(needs: AnyNeeds, visitor: PageResponder, request: Request) -> Response:
    """`act` on every `id`, or each pair `act:id` of `each`."""
    form = await form_of(request)
    try:
        tasks = _tasks(form, visitor, needs)
    except Problem as problem:
        return back(request, "/", problem.detail, tone="bad", form=form)
    outcomes = await _done(needs, tasks)
    done, remarks = told(outcomes, visitor.name)
    tone = "done" if not remarks else "warn" if done else "bad"
    undo = taken_back(outcomes, visitor.name)
    return back(
        request, "/", " ".join([*done, *remarks]), tone=tone, undo=(PATH, {"each": undo}) if undo else None, form=form
    )


def _tasks(form: Form, visitor: Visitor, needs: Needs) -> list[Task]:
    """Raises Problem 422 with what is to be mended."""
    pairs = [_pair(text) for text in form.many("each")] or [(form.text("act"), text) for text in form.many("id")]
    if not pairs:
        raise Problem(422, "Nothing was done: choose incidents first.")
    if len(pairs) > MOST:
        raise Problem(422, f"Nothing was done: at most {MOST} at a time.")
    made: dict[str, Event] = {}
    for name, _ in pairs:
        if name not in made:
            made[name] = _event(name, form, visitor, needs)
    return [Task(name, _number(text), made[name]) for name, text in dict.fromkeys(pairs)]


def _event(name: str, form: Form, visitor: Visitor, needs: Needs) -> Event:
    if name == "reopen":
        return events.Reopened(visitor.name, form.text("note"))
    read = Form({**form.fields, "act": [name]})
    return act_of(read, visitor.name, needs.revisions.book, needs.database.now())


def _pair(text: str) -> tuple[str, str]:
    name, _, number = text.partition(":")
    return name, number


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Problem(422, f"Nothing was done: {text[:30]!r} is no incident.")
    return int(text)


async def _done(needs: Needs, tasks: Sequence[Task]) -> list[Outcome]:
    """All at once, so that one commit takes them; raises Unavailable where not one could be written."""
    ids = [task.id for task in tasks]
    before = await needs.database.read(lambda connection: listing.shown(connection, ids, needs.incident_url))
    answers = await asyncio.gather(
        *(needs.lifecycle.act(task.id, task.event) for task in tasks), return_exceptions=True
    )
    found = []
    for task, answer in zip(tasks, answers, strict=True):
        if isinstance(answer, Incident | Refused | NotFound | Unavailable):
            found.append(Outcome(task, before.get(task.id), answer))
        else:
            raise answer
    if all(isinstance(each.answer, Unavailable) for each in found):
        raise Unavailable("not one of them could be written")
    return found


def told(outcomes: Iterable[Outcome], by: str) -> tuple[list[str], list[str]]:
    """Sentences: what was done, and what was not, or not quite, and why."""
    done: dict[str, list[int]] = {}
    remarks = []
    for each in outcomes:
        remark = remark_on(each, by)
        if remark:
            remarks.append(f"#{each.task.id} {remark}.")
        if not remark or (isinstance(each.answer, Incident) and _changed(each)):
            done.setdefault(_words(each.task.event), []).append(each.task.id)
    more = [f"And {len(remarks) - TOLD} more like these."] if len(remarks) > TOLD else []
    return [f"{words} {_numbered(ids)}." for words, ids in done.items()], remarks[:TOLD] + more


def remark_on(outcome: Outcome, by: str) -> str:
    """What is to be said of one beside that it was done; empty where that is all."""
    answer = outcome.answer
    if isinstance(answer, NotFound):
        return "is not there any more"
    if isinstance(answer, Unavailable):
        return "was not changed, the database could not take it: try again"
    if isinstance(answer, Exception):
        reason = str(answer)
        return reason.removeprefix("it ") if reason.startswith("it ") else f"was not changed: {reason}"
    match outcome.task.event:
        case events.Acknowledged() if answer.awaited:
            return f"still waits for {', '.join(answer.awaited)}"
        case events.Acknowledged() if answer.acknowledged_by not in (None, by):
            return f"is {answer.acknowledged_by}'s already, who keeps it"
        case events.Resolved() if outcome.before and outcome.before["status"] == "resolved":
            return "was resolved already"
        case events.Resolved() if answer.open:
            return f"still fires: {by} holds it until its source agrees"
    return ""


def _changed(outcome: Outcome) -> bool:
    """Whether a remark only adds to what was done."""
    answer = outcome.answer
    return isinstance(outcome.task.event, events.Resolved) and isinstance(answer, Incident) and answer.open


def _words(event: Event) -> str:
    match event:
        case events.Snoozed(until=until):
            return f"Snoozed until {rfc3339(until)[11:16]} UTC:"
        case events.Reassigned(to=to):
            return f"Reassigned to {', '.join(each.name for each in to)}:"
        case events.Unacknowledged():
            return "Taken back, the paging begins again:"
        case events.Reopened():
            return "Open again:"
    return type(event).__name__


def _numbered(ids: Sequence[int]) -> str:
    """`#12`, `#12 and #13`, `5 incidents`."""
    return " and ".join(f"#{id}" for id in sorted(ids)) if len(ids) < 3 else f"{len(ids)} incidents"


def taken_back(outcomes: Iterable[Outcome], by: str) -> list[str]:
    """For `each` of the form that undoes: of those that were changed, what brings them back to what they were."""
    return [f"{act}:{each.task.id}" for each in outcomes if (act := _opposite(each, by))]


def _opposite(outcome: Outcome, by: str) -> str | None:
    before, answer = outcome.before, outcome.answer
    if before is None or not isinstance(answer, Incident):
        return None
    event, was = outcome.task.event, before["status"]
    if isinstance(event, events.Resolved):
        return "reopen" if was != "resolved" and (not answer.open or answer.held_by == by) else None
    if not isinstance(event, events.Acknowledged | events.Snoozed) or answer.acknowledged_by != by:
        return None
    if was == "triggered" and answer.status is not Status.TRIGGERED:
        return "unacknowledge"
    # Whoever snoozed what was theirs has it again, without a snooze.
    theirs = was == "acknowledged" and before["acknowledged_by"] == by
    return "acknowledge" if theirs and isinstance(event, events.Snoozed) else None
