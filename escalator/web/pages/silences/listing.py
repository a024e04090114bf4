"""The list of silences: what is muted now, what will be, and what was until a moment ago."""

from collections.abc import Iterable
from functools import partial
from typing import Final, NamedTuple

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import HTMLResponse

from escalator.core.alert import Silence
from escalator.core.instant import WEEK, Instant
from escalator.store import windows
from escalator.web.access import AnyNeeds
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageReader
from escalator.web.pages.frame import console
from escalator.web.pages.silences.reach import Hidden, counted, now_of
from escalator.web.pages.silences.shown import STATES, Shown, State, every, shown
from escalator.web.pages.silences.words import fitting, later

router = APIRouter(include_in_schema=False)

LATELY: Final = WEEK
COUNTED: Final = 5000
"""Alerts that the list counts over, the newest: it is read again whenever something happens."""
ENDED: Final = 30
"""Those that are over and listed."""


class Sought(NamedTuple):
    """What the page was asked for, in its address."""

    text: str = ""
    state: str = ""
    lives: str = ""
    by: str = ""

    @property
    def any(self) -> bool:
        return any(self)

    def fits(self, each: Shown) -> bool:
        return (
            self.state in ("", each.state)
            and self.lives in ("", "hand" if each.by_hand else "policies")
            and self.by in ("", each.by)
            and fitting((*each.matchers, each.reason, each.by, each.where, each.during), self.text)
        )


@router.get("/silences")
@router.head("/silences")
async def list_silences(needs: AnyNeeds, visitor: PageReader, request: Request) -> HTMLResponse:
    """Active, coming, over for less than a week."""
    asked = request.query_params
    sought = Sought(asked.get("q", "").strip(), asked.get("state", ""), asked.get("lives", ""), asked.get("by", ""))
    found, cut = await _all(needs)
    fit = [each for each in found if sought.fits(each)]
    groups = {state: _sorted(state, (each for each in fit if each.state == state)) for state in STATES}
    return console(
        request, needs, visitor, "silences/list.html", at="silences", groups=groups, sought=sought, cut=cut,
        makers=sorted({each.by for each in found if each.by_hand}), total=len(found), later=later,
    )  # fmt: skip


async def _all(needs: Needs) -> tuple[list[Shown], bool]:
    """Each with what it hides, the soonest to change first."""
    now = await now_of(needs, COUNTED)
    made = await needs.database.read(partial(_made, now=now.at))
    known = [each for each in every(now.book, made) if each.mute.silence.ends_at > now.at - LATELY]
    active = [each.mute for each in known if each.mute.until(now.at)]
    numbers = await counted(active, now)
    found = [
        shown(each.mute, now.at, each.where, each.during, numbers.get(each.mute.silence.id, Hidden())) for each in known
    ]
    return found, now.cut


def _made(connection: Connection, now: Instant) -> tuple[Silence, ...]:
    return windows.silences(connection, now) + windows.over(connection, now - LATELY, now, ENDED)


def _sorted(state: State, found: Iterable[Shown]) -> list[Shown]:
    """What changes soonest first; of what is over, the latest."""
    if state == "over":
        return sorted(found, key=lambda each: each.ends_at or "", reverse=True)
    return sorted(found, key=lambda each: (each.until or each.next_at or "", each.name))
