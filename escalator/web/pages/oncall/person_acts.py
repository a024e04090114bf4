"""What a person does on their own page: feeds, devices, proofs of contacts, a test; and a page from a colleague.

Law: who may is `web.people`'s, `web.devices`' and `web.feeds`' word, not a new one. A secret is shown in the answer to
the form that made it, once, and never in an address.
"""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from escalator.channels.desk import Busy, Declined
from escalator.core.effects import Refused
from escalator.core.instant import rfc3339
from escalator.web import devices, feeds, people
from escalator.web.access import AnyNeeds
from escalator.web.calendar import Shown
from escalator.web.needs import Needs
from escalator.web.oncall import known_schedule
from escalator.web.pages.entry import PageResponder, Visitor
from escalator.web.pages.forms import Form, back, form_of
from escalator.web.pages.frame import console
from escalator.web.pages.oncall.person import Ask, shown_person
from escalator.web.pages.oncall.trial import PAGE, TEST, labels_of, trial
from escalator.web.problems import Problem, unavailable

router = APIRouter(include_in_schema=False)


@router.post("/people/{name}/feeds")
async def make_feed(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str) -> HTMLResponse:
    """A person's calendar feed: its address is in the answer, and nowhere else."""
    people.known_person(needs, name)
    feeds.owned(visitor.grant, "person", name)
    return await _fed(request, needs, visitor, Shown("person", name), _person(name))


@router.post("/oncall/{schedule}/feeds")
async def make_schedule_feed(needs: AnyNeeds, visitor: PageResponder, request: Request, schedule: str) -> HTMLResponse:
    """A schedule's."""
    known_schedule(needs, schedule)
    return await _fed(request, needs, visitor, Shown("schedule", schedule), f"/oncall/{quote(schedule, safe='')}")


@router.post("/people/{name}/feeds/{id}/revoke")
async def revoke_feed(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str, id: str) -> Response:
    """Ends a person's feed."""
    await feeds.revoke(needs, visitor.grant, id, visitor.name)
    return back(request, f"{_person(name)}#feeds", "The feed is revoked: calendars that have it get nothing more.")


@router.post("/oncall/{schedule}/feeds/{id}/revoke")
async def revoke_schedule_feed(
    needs: AnyNeeds, visitor: PageResponder, request: Request, schedule: str, id: str
) -> Response:
    """Ends a schedule's."""
    await feeds.revoke(needs, visitor.grant, id, visitor.name)
    said = "The feed is revoked: calendars that have it get nothing more."
    return back(request, f"/oncall/{quote(schedule, safe='')}#feeds", said)


@router.post("/people/{name}/devices/link")
async def link_device(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str) -> HTMLResponse:
    """A link to open in the browser that shall take the pages."""
    devices.owned_devices(needs, visitor.grant, name)
    url, ends = await devices.link_for(needs, name)
    lines = [
        f"Open it on the phone or computer that shall take {name}'s pages. It makes one browser a device of {name}, "
        f"and is good until {rfc3339(ends)}.",
        "Whoever opens it gets those pages: give it to nobody else.",
    ]
    return _once(request, needs, visitor, f"A device for {name}", url, lines, _person(name))


@router.post("/people/{name}/devices/test")
async def test_devices(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str) -> Response:
    """A notification to each device of the person's."""
    devices.owned_devices(needs, visitor.grant, name)
    _counted(needs, request, name)
    try:
        said, tone = f"Sent: {await needs.devices.test(name)}", "done"
    except Refused as refused:
        said, tone = f"{refused}", "bad"
    return back(request, f"{_person(name)}#devices", said, tone=tone)


@router.post("/people/{name}/devices/{id}/forget")
async def forget_device(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str, id: str) -> Response:
    """Sends nothing more to it."""
    devices.owned_devices(needs, visitor.grant, name)
    if not await needs.devices.forget(name, id, visitor.name):
        raise Problem(404, f"{name} has no such device: it was forgotten already.")
    return back(request, f"{_person(name)}#devices", "The device is forgotten: nothing more is sent to it.")


@router.post("/people/{name}/contacts/{via}/code")
async def send_code(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str, via: str) -> Response:
    """Sends a code there."""
    people.owned_contact(needs, visitor.grant, name, via)
    try:
        await needs.contacts.send_code(name, via, visitor.name)
    except Refused as refused:
        return await shown_person(request, needs, visitor, name, Ask(f"contact-{via}", f"{refused}"), 422)
    said = f"A code is on its way by {via}. It counts for 10 minutes."
    return back(request, f"{_person(name)}#contacts", said)


@router.post("/people/{name}/contacts/{via}/confirm")
async def confirm_code(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str, via: str) -> Response:
    """The code that arrived proves the contact."""
    people.owned_contact(needs, visitor.grant, name, via)
    form = await form_of(request)
    try:
        await needs.contacts.confirm(name, via, form.text("code")[:20], visitor.name)
    except Refused as refused:
        return await shown_person(request, needs, visitor, name, Ask(f"contact-{via}", f"{refused}"), 422)
    return back(request, f"{_person(name)}#contacts", f"{name}'s contact by {via} is verified.")


@router.post("/people/{name}/test")
async def test_contacts(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str) -> Response:
    """A marked test by every contact at once, to this person alone."""
    _owned(needs, visitor, name)
    if not _sure(await form_of(request)):
        ask = Ask("test", "Nothing was sent: say that you mean it.")
        return await shown_person(request, needs, visitor, name, ask, 422)
    _counted(needs, request, name)
    # One that is still open would take this one for its own repetition, and send nothing.
    await needs.intake.settle(TEST.title, labels_of(TEST, name))
    words = f"A test of {name}'s contacts, sent by {visitor.name}. Nothing is wrong."
    await needs.intake.complain(TEST.title, words, labels_of(TEST, name))
    return back(request, f"{_person(name)}#rules", "The test is on its way: what arrives is shown here.")


@router.post("/people/{name}/test/end")
async def end_test(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str) -> Response:
    """The test is over."""
    _owned(needs, visitor, name)
    await needs.intake.settle(TEST.title, labels_of(TEST, name))
    return back(request, f"{_person(name)}#rules", "The test is over.")


@router.post("/people/{name}/page")
async def page_person(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str) -> Response:
    """A real page by the person's rule for high urgency, as from a chat."""
    people.known_person(needs, name)
    form = await form_of(request)
    again = await trial(needs, PAGE, name, visitor.name)
    wrong = "" if _sure(form) else "Nothing was sent: say that you mean it."
    if again is not None:
        wrong = f"Your last page to {name} is still open: incident {again.incident}. End it before you page again."
    if wrong:
        return await shown_person(request, needs, visitor, name, Ask("page", wrong), 422)
    _counted(needs, request, name)
    try:
        await needs.desk.page(name, visitor.name, form.text("text")[:500])
    except Declined as declined:
        raise Problem(409, f"{declined}") from None
    except Busy:
        raise unavailable() from None
    return back(request, f"{_person(name)}#page", f"{name} is being paged, by the rule for high urgency.", tone="warn")


@router.post("/people/{name}/page/end")
async def end_page(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str) -> Response:
    """The visitor's own page to this person is over."""
    people.known_person(needs, name)
    await needs.intake.settle(PAGE.title.format(by=visitor.name), labels_of(PAGE, name))
    return back(request, f"{_person(name)}#page", f"Your page to {name} is over; who was told of it is told so.")


async def _fed(request: Request, needs: Needs, visitor: Visitor, shown: Shown, leads: str) -> HTMLResponse:
    _, url = await feeds.new_feed(needs, shown, visitor.name)
    lines = [
        "Subscribe to it in Google Calendar, Outlook, Apple Calendar or Thunderbird.",
        f"Whoever has it can read the shifts of {shown.name}, and nothing else. Revoke it when it got lost.",
    ]
    return _once(request, needs, visitor, f"A calendar feed of {shown.name}", url, lines, leads)


def _once(
    request: Request, needs: Needs, visitor: Visitor, title: str, secret: str, lines: list[str], leads: str
) -> HTMLResponse:
    return console(
        request, needs, visitor, "oncall/once.html", at="oncall", headers={"cache-control": "no-store"},
        title=title, secret=secret, lines=lines, leads=leads,
    )  # fmt: skip


def _owned(needs: Needs, visitor: Visitor, name: str) -> None:
    """Who may make a device link may test: the person, or an admin."""
    devices.owned_devices(needs, visitor.grant, name)


def _sure(form: Form) -> bool:
    return form.text("sure") == "yes"


def _counted(needs: Needs, request: Request, name: str) -> None:
    """Raises Problem 429: nobody's phone is rung all night by a button."""
    now, trials = needs.database.now(), request.app.state.trials
    if trials.full(name, now):
        raise Problem(429, "Enough tests for now: wait a minute.", headers={"retry-after": "60"})
    trials.add(name, now)


def _person(name: str) -> str:
    return f"/people/{quote(name, safe='')}"
