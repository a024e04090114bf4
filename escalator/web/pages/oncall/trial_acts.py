"""A test of somebody's contacts, and a page from a colleague: both only after a yes, and not without end.

Law: what a button will do stands beside it, in words; the alert that it raises is the engine's own kind.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from escalator.channels.desk import Busy, Declined
from escalator.web import people
from escalator.web.access import AnyNeeds
from escalator.web.devices import owned_devices
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageResponder, Visitor
from escalator.web.pages.forms import Form, back, form_of
from escalator.web.pages.oncall.answers import counted, person_path
from escalator.web.pages.oncall.person import Ask, shown_person
from escalator.web.pages.oncall.trial import PAGE, TEST, labels_of, trial
from escalator.web.problems import Problem, unavailable

router = APIRouter(include_in_schema=False)


@router.post("/people/{name}/test")
async def test_contacts(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str) -> Response:
    """A marked test by every contact at once, to this person alone."""
    _owned(needs, visitor, name)
    if not _sure(await form_of(request)):
        ask = Ask("test", "Nothing was sent: say that you mean it.")
        return await shown_person(request, needs, visitor, name, ask, 422)
    counted(needs, request, name)
    # One that is still open would take this one for its own repetition, and send nothing.
    await needs.intake.settle(TEST.title, labels_of(TEST, name))
    words = f"A test of {name}'s contacts, sent by {visitor.name}. Nothing is wrong."
    await needs.intake.complain(TEST.title, words, labels_of(TEST, name))
    return back(request, f"{person_path(name)}#rules", "The test is on its way: what arrives is shown here.")


@router.post("/people/{name}/test/end")
async def end_test(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str) -> Response:
    """The test is over."""
    _owned(needs, visitor, name)
    await needs.intake.settle(TEST.title, labels_of(TEST, name))
    return back(request, f"{person_path(name)}#rules", "The test is over.")


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
    counted(needs, request, name)
    try:
        await needs.desk.page(name, visitor.name, form.text("text")[:500])
    except Declined as declined:
        raise Problem(409, f"{declined}") from None
    except Busy:
        raise unavailable() from None
    return back(
        request, f"{person_path(name)}#page", f"{name} is being paged, by the rule for high urgency.", tone="warn"
    )


@router.post("/people/{name}/page/end")
async def end_page(needs: AnyNeeds, visitor: PageResponder, request: Request, name: str) -> Response:
    """The visitor's own page to this person is over."""
    people.known_person(needs, name)
    await needs.intake.settle(PAGE.title.format(by=visitor.name), labels_of(PAGE, name))
    return back(request, f"{person_path(name)}#page", f"Your page to {name} is over; who was told of it is told so.")


def _owned(needs: Needs, visitor: Visitor, name: str) -> None:
    """Who may make a device link may test: the person, or an admin."""
    owned_devices(needs, visitor.grant, name)


def _sure(form: Form) -> bool:
    return form.text("sure") == "yes"
