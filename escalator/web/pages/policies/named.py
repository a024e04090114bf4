"""`/policies/named/NAME`: one policy as a ladder, as it would be climbed if it were needed now; and its text."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from escalator.core.book import Book
from escalator.core.instant import Instant
from escalator.language.diagnostics import lines
from escalator.rehearsal.incidents import Circumstances
from escalator.rehearsal.suppose.scenario import Scenario
from escalator.store import revisions
from escalator.web.access import AnyNeeds
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageAdmin, PageReader
from escalator.web.pages.frame import console
from escalator.web.pages.policies.places import block, place
from escalator.web.pages.policies.trial import Trial, example_of, tried
from escalator.web.pages.policies.words import policy_of
from escalator.web.problems import Problem

router = APIRouter(include_in_schema=False)


@router.get("/policies/named/{name:path}")
@router.head("/policies/named/{name:path}")
async def show_policy(needs: AnyNeeds, visitor: PageReader, request: Request, name: str) -> HTMLResponse:
    """Its levels, who that is now, and the night that it would be."""
    book, now = needs.revisions.book, needs.database.now()
    policy = book.policies.get(name)
    if policy is None:
        raise Problem(404, f"The policies that run have no policy {name!r}.")
    around = await needs.standings.around()
    night = await asyncio.to_thread(_night, book, name, now, around)
    overrides = await needs.windows.overrides()
    return console(
        request, needs, visitor, "policies/named.html", at="policies", tab="",
        policy=policy_of(book, policy, overrides, now, around), night=night,
        text=await _text(needs, policy.where) if visitor.may("admin") else [],
    )  # fmt: skip


async def _text(needs: Needs, where: str) -> list[dict[str, Any]]:
    """The lines of what stands there in the revision that runs."""
    at = place(where)
    sources = await _sources(needs) if at else {}
    return block(sources.get(at["file"], ""), at["line"]) if at else []


async def _sources(needs: Needs) -> Mapping[str, str]:
    number = needs.revisions.book.revision
    live = await needs.database.read(lambda c: revisions.load(c, number))
    return live.sources if live else {}


def _night(book: Book, name: str, now: Instant, around: Circumstances) -> Trial | None:
    """Of an alert that it takes, if that fired now and nothing else did; None where no alert reaches it."""
    labels = example_of(book, name)
    return None if labels is None else tried(book, Scenario(labels, now, around=around))


@router.get("/policies/files/{file:path}")
@router.head("/policies/files/{file:path}")
async def show_file(needs: AnyNeeds, visitor: PageAdmin, request: Request, file: str) -> HTMLResponse:
    """One file of what runs, line by line. For admins: addresses stand in it."""
    number, sources = needs.revisions.book.revision, await _sources(needs)
    if file and file not in sources:
        raise Problem(
            404, f"Revision {number} has no file {file!r}; it has {', '.join(sorted(sources)[:20]) or 'none'}."
        )
    text = sources.get(file, "").encode("utf-8", "replace").decode()
    return console(
        request, needs, visitor, "policies/file.html", at="policies", tab="files", file=file, files=sorted(sources),
        lines=lines(text) if file else [],
    )  # fmt: skip
