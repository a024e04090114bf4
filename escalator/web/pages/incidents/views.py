"""Saved views: a filter of the list gets a name, for everybody, and loses it again."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from escalator.core.effects import Refused
from escalator.web.access import AnyNeeds
from escalator.web.pages.entry import PageResponder
from escalator.web.pages.forms import back, form_of
from escalator.web.pages.incidents.filters import fields_of, query_of
from escalator.web.pages.incidents.listing import BUILT_IN, Wrong, shown
from escalator.web.problems import Problem

router = APIRouter(include_in_schema=False)

LONGEST: Final = 60


@router.post("/incidents/views")
async def create(needs: AnyNeeds, visitor: PageResponder, request: Request) -> Response:
    """Gives `query` a `name`; the page again, with the sentence, where the name cannot be taken."""
    form = await form_of(request)
    name, query = " ".join(form.text("name").split()), query_of(fields_of(form.text("query")))
    problem = _problem(name, query)
    if not problem:
        try:
            await needs.views.create(name, query, visitor.name)
        except Refused as refused:
            problem = f"{str(refused)[:1].upper()}{str(refused)[1:]}."
    if problem:
        return await shown(request, needs, visitor, query, wrong=Wrong(name[:LONGEST], problem))
    return back(request, f"/?{query}", f"The view {name!r} is saved for everybody.")


@router.post("/incidents/views/{view_id}/delete")
async def delete(needs: AnyNeeds, visitor: PageResponder, request: Request, view_id: str) -> Response:
    """Takes the name away; no incident is touched."""
    await form_of(request)
    name = await needs.views.drop(view_id, visitor.name)
    if name is None:
        raise Problem(404, "There is no such view: somebody deleted it before.")
    return back(request, "/", f"The view {name!r} is deleted.")


def _problem(name: str, query: str) -> str:
    if not name:
        return "Give it a name."
    if len(name) > LONGEST:
        return f"At most {LONGEST} characters."
    if not query:
        return "Filter the list first: what is open has its place already."
    if name.casefold() in {tab.name.casefold() for tab in BUILT_IN}:
        return f"There is a view {name!r} already: choose another name."
    return ""
