"""People and their contacts: what is known of each contact, and the code by which its owner proves it.

Addresses are masked. A contact is proved by its owner: by whom the token names, or by an admin in his place.
"""

from datetime import datetime
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from escalator.core.instant import rfc3339
from escalator.engine.contacts import Standing, State
from escalator.engine.keys import Grant
from escalator.web.access import AnyNeeds, Reader, Responder, actor
from escalator.web.contacts import mask
from escalator.web.fields import Body
from escalator.web.needs import Needs
from escalator.web.problems import Problem
from escalator.web.shapes import Items, Json, described, problems

router = APIRouter(prefix="/api/v1/people", tags=["people"], responses=problems())


class Contact(BaseModel):
    """One way to reach somebody."""

    via: str
    address: str = Field(description="Masked.")
    state: State
    why: str = Field(description="What the state comes from, where there is something to say.")
    verified_at: datetime | None


class Person(BaseModel):
    """Somebody whom the policies name."""

    name: str
    contacts: list[Contact] = Field(description="In the order of the policies.")


class Code(Body):
    """The code that arrived there."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]


@router.get("", responses=described(Items[Person]))
async def list_people(needs: AnyNeeds, grant: Reader) -> Json:
    """Everybody, with the state of each contact."""
    found = {name: list(own) for name, own in groupby(await needs.contacts.listed(), lambda each: each.person)}
    return Json({"items": [_person(name, found.get(name, [])) for name in needs.revisions.book.people]})


@router.get("/{person}", responses=described(Person) | problems(404))
async def show_person(needs: AnyNeeds, grant: Reader, person: str) -> Json:
    """One person's contacts."""
    known_person(needs, person)
    return Json(_person(person, await needs.contacts.listed(person)))


@router.post("/{person}/contacts/{via}/code", responses=described(Contact) | problems(403, 404, 409))
async def send_code(needs: AnyNeeds, grant: Responder, person: str, via: str) -> Json:
    """Sends a code there, valid for 10 minutes; at most 5 an hour."""
    owned_contact(needs, grant, person, via)
    await needs.contacts.send_code(person, via, actor(grant, None))
    return Json(await _contact(needs, person, via))


@router.post("/{person}/contacts/{via}/confirm", responses=described(Contact) | problems(403, 404, 409))
async def confirm_code(needs: AnyNeeds, grant: Responder, person: str, via: str, body: Code) -> Json:
    """The code that arrived proves the contact; 5 tries."""
    owned_contact(needs, grant, person, via)
    await needs.contacts.confirm(person, via, body.code, actor(grant, None))
    return Json(await _contact(needs, person, via))


def known_person(needs: Needs, person: str) -> None:
    """Raises Problem 404."""
    people = needs.revisions.book.people
    if person not in people:
        names = ", ".join(sorted(people)[:50]) or "nobody"
        raise Problem(404, f"The policies know no person {person!r}; there are: {names}.")


def owned_contact(needs: Needs, grant: Grant, person: str, via: str) -> None:
    """Raises Problem: 404 for what there is not, 403 for what is another's."""
    known_person(needs, person)
    ways = [contact.via for contact in needs.revisions.book.people[person].contacts]
    if via not in ways:
        raise Problem(404, f"{person} has no contact {via!r} in the policies; there are: {', '.join(ways) or 'none'}.")
    if grant.person != person and "admin" not in grant.scopes:
        raise Problem(
            403, f"Only {person} can prove this contact: use a token made for that person "
            f"(escalator token create NAME --scope ack --person {person}), or an admin's."
        )  # fmt: skip


async def _contact(needs: Needs, person: str, via: str) -> dict[str, Any]:
    return next((_shown(each) for each in await needs.contacts.listed(person) if each.via == via), {})


def _person(name: str, own: list[Standing]) -> dict[str, Any]:
    return {"name": name, "contacts": [_shown(each) for each in own]}


def _shown(standing: Standing) -> dict[str, Any]:
    return {
        "via": standing.via,
        "address": mask(standing.address),
        "state": standing.state,
        "why": standing.why,
        "verified_at": None if standing.verified_at is None else rfc3339(standing.verified_at),
    }
