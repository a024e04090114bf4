"""A person's own page: duties, calendar feed, devices, contacts with their proof, rules in words, load.

Anybody may read it, with addresses masked; what may be changed here is the person's own affair, or an admin's.
"""

import asyncio
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from escalator.core.instant import Instant
from escalator.core.oncall import Person
from escalator.store import paged
from escalator.web.access import AnyNeeds
from escalator.web.contacts import mask
from escalator.web.devices import shown as shown_device
from escalator.web.feeds import feeds_of
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageReader, Visitor
from escalator.web.pages.frame import console
from escalator.web.pages.oncall import words
from escalator.web.pages.oncall.drawn import change_path
from escalator.web.pages.oncall.load import HIGH, WIDE, bars, load, weeks
from escalator.web.pages.oncall.rules import rules_of
from escalator.web.pages.oncall.seats import COMING, SHIFTS, Turn, teams_of, turns
from escalator.web.pages.oncall.trial import PAGE, TEST, trial
from escalator.web.people import known_person

router = APIRouter(include_in_schema=False)


class Duties(NamedTuple):
    """Of one person."""

    coming: list[Turn]
    """Now, and in the next 60 days."""
    past: list[Turn]


class Ask(NamedTuple):
    """What a form on the page is to be mended for."""

    field: str = ""
    problem: str = ""


NOTHING = Ask()


@router.get("/people/{name}")
@router.head("/people/{name}")
async def show_person(needs: AnyNeeds, visitor: PageReader, request: Request, name: str) -> HTMLResponse:
    """One person."""
    return await shown_person(request, needs, visitor, name)


async def shown_person(
    request: Request, needs: Needs, visitor: Visitor, name: str, ask: Ask = NOTHING, status: int = 200
) -> HTMLResponse:
    """The page, also after a form that must be mended; raises Problem 404."""
    known_person(needs, name)
    person, now = needs.revisions.book.people[name], needs.database.now()
    standings = await needs.contacts.listed(name)
    duties = await _duties(needs, person, now)
    return console(
        request, needs, visitor, "oncall/person.html", at="oncall", status=status,
        person=person, own=visitor.may("ack") and may_change(visitor, name), ask=ask, instant=now,
        words=words, change_path=change_path,
        teams=teams_of(needs.revisions.book, name), turns=duties.coming[:SHIFTS], more=len(duties.coming) - SHIFTS,
        contacts=[(each, mask(each.address)) for each in standings],
        rules=rules_of(person, needs.revisions.book.rules, standings),
        devices=[shown_device(each) for each in await needs.devices.listed(name)],
        push=any(contact.via == "push" for contact in person.contacts),
        feeds=await feeds_of(needs, "person", name),
        test=await trial(needs, TEST, name), page=await trial(needs, PAGE, name, visitor.name),
        **await _load(needs, person, duties.past, now),
    )  # fmt: skip


def may_change(visitor: Visitor, name: str) -> bool:
    """As `web.people` and `web.devices` have it: whom the token names, or an admin. Saying "I am alice" is no proof."""
    return visitor.grant.person == name or "admin" in visitor.grant.scopes


async def _duties(needs: Needs, person: Person, now: Instant) -> Duties:
    since = weeks(_zone(person), now)[0].since
    schedules, overrides = list(needs.revisions.book.schedules.values()), await needs.windows.overrides_since(since)

    def worked_out() -> Duties:
        found = turns(schedules, overrides, person.name, since, now + COMING)
        return Duties([each for each in found if each.ends_at > now], [each for each in found if each.starts_at < now])

    return await asyncio.to_thread(worked_out)


async def _load(needs: Needs, person: Person, past: list[Turn], now: Instant) -> dict[str, Any]:
    shown = weeks(_zone(person), now)
    pages = await needs.database.read(lambda c: paged.pages(c, person.name, shown[0].since, shown[-1].until))
    served = [(each.starts_at, min(each.ends_at, now)) for each in past]
    found = load(shown, pages, served, _zone(person))
    return {"load": found, "bars": bars(found), "high": HIGH, "wide": WIDE, "zone": _zone(person)}


def _zone(person: Person) -> str:
    return person.timezone or "UTC"
