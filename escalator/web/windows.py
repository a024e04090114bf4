"""Silences and overrides, for programs. Names are checked against the live Book, times must end."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from escalator.core.alert import Matcher, Silence
from escalator.core.instant import DAY, Instant, rfc3339
from escalator.core.oncall import Override
from escalator.web import shapes
from escalator.web.access import AnyNeeds, Reader, Responder, actor
from escalator.web.fields import Body, MatcherBody, Name, Text, checked, end_of, instant_at, known_name, matchers_of
from escalator.web.problems import Problem
from escalator.web.shapes import Json, described, problems

router = APIRouter(prefix="/api/v1", tags=["windows"], responses=problems())

LONGEST_SILENCE = 30 * DAY


class Window(Body):
    """A time that begins (now where not said) and ends, who makes it, and why."""

    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    span: str | None = Field(None, alias="for", description="Instead of ends_at: `2h`.")
    by: Name | None = None
    reason: Text = ""

    def times(self, now: Instant) -> tuple[Instant, Instant]:
        """Start and end; raises Problem 422."""
        start = now if self.starts_at is None else instant_at(self.starts_at)
        return start, end_of(self.ends_at, self.span, start, now)


class NewSilence(Window):
    matchers: list[str | MatcherBody] = Field(
        min_length=1,
        max_length=64,
        description='All must match: `"service=ledger"` or `{"label", "operator", "value"}`.',
    )
    long: bool = Field(False, description="Confirms one of more than 30 days.")


class Amendment(Body):
    """What of a silence becomes something else; what is not said stays."""

    ends_at: AwareDatetime | None = None
    span: str | None = Field(None, alias="for", description="Instead of ends_at, from now on: `2h`.")
    reason: Text | None = None
    by: Name | None = None
    long: bool = Field(False, description="Confirms one of more than 30 days in all.")


class NewOverride(Window):
    schedule: Name
    person: Name


Made = Literal["silence", "override"]


@router.get("/silences", responses=described(shapes.Items[shapes.Silence]))
async def list_silences(needs: AnyNeeds, grant: Reader) -> Json:
    """Silences made by hand that are not over."""
    return Json({"items": [_silence(each) for each in await needs.windows.silences()]})


@router.post("/silences", status_code=201, responses=described(shapes.Silence, 201) | problems(400))
async def create_silence(needs: AnyNeeds, grant: Responder, body: NewSilence) -> Json:
    """Withholds notifications of alerts that match; their incidents are shown all the same."""
    start, end = body.times(needs.database.now())
    bounded(start, end, body.long)
    matchers = selective(tuple(_matcher(each) for each in body.matchers))
    made = await needs.windows.silence(matchers, start, end, actor(grant, body.by), body.reason)
    return Json(_silence(made), 201)


@router.get("/silences/{id}", responses=described(shapes.Silence) | problems(404))
async def show_silence(needs: AnyNeeds, grant: Reader, id: str) -> Json:
    """One silence."""
    found = next((each for each in await needs.windows.silences() if each.id == id), None)
    if found is None:
        raise _gone("silence", id)
    return Json(_silence(found))


@router.patch("/silences/{id}", responses=described(shapes.Silence) | problems(404, 409))
async def amend_silence(needs: AnyNeeds, grant: Responder, id: str, body: Amendment) -> Json:
    """Gives a silence another end or another reason; it holds without a gap.

    One that ended less than 10 minutes ago holds again. 409: it is over for longer.
    """
    known = await needs.windows.silence_made(id)
    if known is None:
        raise _gone("silence", id)
    now, end = needs.database.now(), None
    if body.ends_at is not None or body.span is not None:
        end = end_of(body.ends_at, body.span, now, max(now, known.starts_at))
        bounded(known.starts_at, end, body.long)
    elif body.reason is None:
        raise Problem(422, 'Say what changes: "ends_at", "for" (from now on) or "reason".')
    changed = await needs.windows.amend_silence(id, actor(grant, body.by), ends_at=end, reason=body.reason)
    if changed is None:
        raise _gone("silence", id)
    return Json(_silence(changed))


@router.delete("/silences/{id}", status_code=204, responses=problems(404))
async def delete_silence(needs: AnyNeeds, grant: Responder, id: str, by: str | None = None) -> Response:
    """Ends a silence now."""
    if not await needs.windows.unsilence(id, actor(grant, by)):
        raise _gone("silence", id)
    return Response(status_code=204)


@router.get("/overrides", responses=described(shapes.Items[shapes.Override]))
async def list_overrides(needs: AnyNeeds, grant: Reader) -> Json:
    """Overrides that are not over, from the policies too."""
    return Json({"items": [shown_override(each) for each in await needs.windows.overrides()]})


@router.post("/overrides", status_code=201, responses=described(shapes.Override, 201))
async def create_override(needs: AnyNeeds, grant: Responder, body: NewOverride) -> Json:
    """For a while, one person stands in for the whole schedule."""
    book = needs.revisions.book
    known_name("schedule", body.schedule, book)
    known_name("person", body.person, book)
    start, end = body.times(needs.database.now())
    by = actor(grant, body.by)
    made = await needs.windows.override(body.schedule, body.person, start, end, by, body.reason)
    return Json(shown_override(made), 201)


@router.get("/overrides/{id}", responses=described(shapes.Override) | problems(404))
async def show_override(needs: AnyNeeds, grant: Reader, id: str) -> Json:
    """One override made by hand."""
    found = next((each for each in await needs.windows.overrides() if each.id == id), None)
    if found is None:
        raise _gone("override", id)
    return Json(shown_override(found))


@router.delete("/overrides/{id}", status_code=204, responses=problems(404))
async def delete_override(needs: AnyNeeds, grant: Responder, id: str, by: str | None = None) -> Response:
    """Takes an override back; one that stands in the policies is changed there."""
    if not await needs.windows.drop_override(id, actor(grant, by)):
        raise _gone("override", id)
    return Response(status_code=204)


def _matcher(given: str | MatcherBody) -> Matcher:
    if isinstance(given, str):
        return matchers_of([given])[0]
    return checked(Matcher(given.label, given.operator, given.value))


def bounded(start: Instant, end: Instant, long: bool) -> None:
    """Raises Problem 422 for one that is longer than anybody remembers, unless it is meant."""
    if end - start > LONGEST_SILENCE and not long:
        raise Problem(422, 'A silence of more than 30 days is forgotten; say "long": true if it is meant.')


def selective(matchers: tuple[Matcher, ...]) -> tuple[Matcher, ...]:
    """The matchers themselves; raises Problem 422 where they would match an alert without labels."""
    if not any(_selects(matcher) for matcher in matchers):
        raise Problem(
            422, "This would silence alerts without any of these labels, perhaps all; add a matcher such as service=x."
        )
    return matchers


def _selects(matcher: Matcher) -> bool:
    """Whether it refuses an alert that lacks the label, as Alertmanager asks of one matcher at least."""
    return not matcher.test()({})


def _silence(silence: Silence) -> dict[str, Any]:
    return {
        "id": silence.id,
        "matchers": [each._asdict() for each in silence.matchers],
        "starts_at": rfc3339(silence.starts_at),
        "ends_at": rfc3339(silence.ends_at),
        "by": silence.by,
        "reason": silence.reason,
    }


def shown_override(override: Override) -> dict[str, Any]:
    """As every door shows one."""
    return {
        "id": override.id,
        "schedule": override.schedule,
        "person": override.person,
        "starts_at": rfc3339(override.starts_at),
        "ends_at": rfc3339(override.ends_at),
        "reason": override.reason,
        "lives": "database" if override.id else "policies",
        "where": override.where,
        "by": override.by,
    }


def _gone(kind: Made, id: str) -> Problem:
    return Problem(404, f"There is no {kind} {id!r} made by hand that is not over. GET /api/v1/{kind}s lists them.")
