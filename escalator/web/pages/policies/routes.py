"""`/policies/routes`: where alerts go, in order, and a form that tries one: where would it go, who is told, when."""

import asyncio
import json
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from escalator.store import listing
from escalator.web.access import AnyNeeds
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageReader
from escalator.web.pages.frame import console
from escalator.web.pages.policies.trial import Trial, labels_of, scenario_of, tried
from escalator.web.pages.policies.words import route_of

router = APIRouter(include_in_schema=False)

RECENT: Final = 20
"""Alerts that may be picked."""


@router.get("/policies/routes")
@router.head("/policies/routes")
async def show_routes(
    needs: AnyNeeds, visitor: PageReader, request: Request, labels: str = "", alert: str = "", when: str = ""
) -> HTMLResponse:
    """`labels`: as pasted; `alert`: or those of a recent one, as JSON; `when`: empty for now."""
    book = needs.revisions.book
    wrote = labels.strip() or _lines(alert)
    trial: Trial | None = None
    wrong: dict[str, str] = {}
    if wrote:
        trial, wrong = await _tried(needs, wrote, when.strip())
    routes = [route_of(each) for each in (*book.routes, book.catch_all_route)]
    return console(
        request, needs, visitor, "policies/routes.html", at="policies", tab="routes", status=422 if wrong else 200,
        routes=routes, trial=trial, wrong=wrong, wrote=wrote, when=when, recent=await _recent(needs),
    )  # fmt: skip


async def _tried(needs: Needs, wrote: str, when: str) -> tuple[Trial | None, dict[str, str]]:
    try:
        labels = labels_of(wrote)
    except ValueError as error:
        return None, {"labels": str(error)}
    try:
        scenario = await scenario_of(needs, labels, when)
    except ValueError as error:
        return None, {"when": str(error)}
    return await asyncio.to_thread(tried, needs.revisions.book, scenario), {}


def _lines(alert: str) -> str:
    """Labels of a picked alert as one would write them."""
    try:
        found = json.loads(alert) if alert else {}
    except (ValueError, RecursionError):
        return alert
    pairs = found.items() if isinstance(found, dict) else ()
    return "\n".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in pairs)


async def _recent(needs: Needs) -> list[dict[str, Any]]:
    """The newest alerts, one of each name and set of labels."""
    found, _ = await needs.database.read(partial(listing.alerts, limit=4 * RECENT, cursor=None))
    by_labels = {json.dumps(each["labels"], ensure_ascii=False, sort_keys=True): each for each in found}
    return [
        {"value": value, "title": ", ".join(f"{n}={v}" for n, v in each["labels"].items())[:120]}
        for value, each in list(by_labels.items())[:RECENT]
    ]
