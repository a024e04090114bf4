"""`/policies/guarantees` and `/policies/changes`: whether what the policies promise holds, and what a waiting revision
would change. Both take seconds to work out: a child does it, and the page asks again until there is an answer.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from escalator.core.instant import HOUR, rfc3339
from escalator.engine.studies import Answer
from escalator.rehearsal.standing import encode
from escalator.web.access import AnyNeeds
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageReader, Visitor
from escalator.web.pages.frame import console
from escalator.web.pages.policies.live import offered
from escalator.web.pages.policies.places import place
from escalator.web.pages.policies.words import stamp_of

router = APIRouter(include_in_schema=False)

PATIENCE: Final = 1.5
"""Seconds that a page waits for an answer: small policies have theirs at once."""
FRESH: Final = HOUR
"""How old a verdict may be: a proof looks 400 days ahead."""


@router.get("/policies/guarantees")
@router.head("/policies/guarantees")
async def show_guarantees(needs: AnyNeeds, visitor: PageReader, request: Request) -> HTMLResponse:
    """Each promise with its verdict, and the worst case of one that does not hold."""
    standing = (await needs.standings.read())._replace(open=(), more=0)
    mark = _mark(standing.revision, [each._asdict() for each in standing.circumstances.overrides])
    key = f"guarantees {mark} {needs.database.now() // FRESH}"
    asked = {"standing": msgspec.Raw(encode(standing))}
    book = needs.revisions.book
    written = [
        {"match": [str(m) for m in each.match], "tolerate": list(each.tolerate), "where": place(each.where)}
        for each in book.guarantees
    ]
    return await _page(request, needs, visitor, "guarantees", key, "guarantees", asked, written=written)


@router.get("/policies/changes")
@router.head("/policies/changes")
async def show_changes(needs: AnyNeeds, visitor: PageReader, request: Request) -> HTMLResponse:
    """What would be different if what waits went live now."""
    _, waiting = await needs.revisions.situation()
    sources = await offered(needs, waiting) if waiting else {}
    stamp = stamp_of(waiting.stamp) if waiting else None
    if not sources:
        return console(
            request, needs, visitor, "policies/changes.html", at="policies", tab="changes", answer=None, age="",
            waits=waiting is not None, stamp=stamp,
        )  # fmt: skip
    if not _written(sources):
        answer = Answer("found", waiting.at if waiting else 0, {"readable": False})
        return console(
            request, needs, visitor, "policies/changes.html", at="policies", tab="changes", answer=answer,
            age=rfc3339(answer.at), waits=True, stamp=stamp,
        )  # fmt: skip
    standing = await needs.standings.read()
    key = f"changes {_mark(standing.revision, sources)} {needs.database.now() // (FRESH // 12)}"
    asked = {"standing": msgspec.Raw(encode(standing)), "sources": dict(sources)}
    return await _page(request, needs, visitor, "changes", key, "changes", asked, waits=True, stamp=stamp)


def _written(sources: Mapping[str, str]) -> bool:
    """Whether it is text throughout: bytes that were not UTF-8 are lone surrogates, which JSON cannot carry."""
    return all(text.isascii() or text == text.encode("utf-8", "replace").decode() for text in sources.values())


async def _page(
    request: Request, needs: Needs, visitor: Visitor, tab: str, key: str, study: str, asked: Mapping[str, Any],
    **words: Any,
) -> HTMLResponse:  # fmt: skip
    answer: Answer | None = needs.studies.begin(key, study, asked)
    if answer is not None and answer.state == "working":
        answer = await needs.studies.answer(key, PATIENCE)
    age = rfc3339(answer.at) if answer else ""
    headers = {"refresh": "3"} if answer is None or answer.state in ("working", "busy") else {}
    return console(
        request, needs, visitor, f"policies/{tab}.html", at="policies", tab=tab, headers=headers, answer=answer,
        age=age, **words,
    )  # fmt: skip


def _mark(revision: int, what: Any) -> str:
    return f"{revision} {hashlib.sha256(msgspec.json.encode(what, order='deterministic')).hexdigest()[:16]}"
