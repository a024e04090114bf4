"""The live policies, where they came from, what waits and why; earlier revisions, and the way back to one."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from escalator.core.book import Book
from escalator.core.instant import rfc3339, spoken
from escalator.core.policy import Level, Policy, Route
from escalator.store import revisions
from escalator.store.revisions import Revision, Stamp, Waiting
from escalator.web import forges, shapes
from escalator.web.access import Admin, AnyNeeds, Public, Reader, actor
from escalator.web.fields import Body, Name
from escalator.web.needs import Needs
from escalator.web.problems import Problem
from escalator.web.shapes import Json, described, problems

router = APIRouter(tags=["policies"])
AT = "/api/v1/policies"
PATIENCE = 10.0
"""Seconds that a door waits for a pull; it goes on after that."""

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=1000)
    before: int | None = Field(None, ge=1, le=2**63 - 1, description="Only those with smaller numbers.")


class Back(Body):
    """Who rolls back, where the token names nobody."""

    by: Name | None = None


@router.get(AT, responses=described(shapes.Policies) | problems())
async def show_policies(needs: AnyNeeds, grant: Reader) -> Json:
    """The policies that are live, where they came from, and why something newer is not."""
    return Json(await _live(needs))


@router.post(f"{AT}/pull", responses=described(shapes.Policies) | described(shapes.Policies, 202) | problems())
async def pull_policies(needs: AnyNeeds, grant: Admin) -> Json:
    """Looks at the origin now. 202: that takes longer; it goes on, and GET tells what came of it."""
    pull = asyncio.ensure_future(needs.revisions.pull())
    done, _ = await asyncio.wait([pull], timeout=PATIENCE)
    if done:
        pull.result()
    else:
        pull.add_done_callback(lambda late: late.cancelled() or late.exception())
    return Json(await _live(needs), 200 if done else 202)


@router.get(f"{AT}/revisions", responses=described(shapes.Items[shapes.Revision]) | problems())
async def list_revisions(needs: AnyNeeds, grant: Reader, asked: Annotated[Asked, Query()]) -> Json:
    """Every admitted revision, the newest first; `before` leads on."""
    found = await needs.database.read(lambda c: revisions.heads(c, asked.limit, asked.before))
    return Json({"items": [_revision(each) for each in found]})


@router.get(f"{AT}/revisions/{{number}}", responses=described(shapes.WholeRevision) | problems(404))
async def show_revision(needs: AnyNeeds, grant: Admin, number: Number) -> Json:
    """One revision with the files it was made of, addresses and all."""
    found = await _known(needs, number)
    # Bytes that were not UTF-8 are lone surrogates here, which JSON cannot carry.
    sources = {name: text.encode("utf-8", "replace").decode() for name, text in found.sources.items()}
    return Json(_revision(found) | {"sources": sources})


@router.post(f"{AT}/revisions/{{number}}/rollback", responses=described(shapes.Policies) | problems(404, 409))
async def roll_back(needs: AnyNeeds, grant: Admin, number: Number, body: Back | None = None) -> Json:
    """Runs this revision's content again, as a new one; what was live before waits until something in it changes."""
    await _known(needs, number)
    await needs.revisions.roll_back(number, actor(grant, body.by if body else None))
    return Json(await _live(needs))


@router.post("/replies/git", status_code=202, responses=described(shapes.Heard, 202) | problems(404))
async def hear_the_forge(needs: AnyNeeds, grant: Public, request: Request) -> Json:
    """A forge says that something was pushed: the service looks now. Signed by GitHub, Gitea, Forgejo or GitLab."""
    if needs.policies_secret is None:
        raise Problem(404, "No webhook of a forge is configured here: set ESCALATOR_POLICIES_WEBHOOK_SECRET.")
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = await request.body()
    if not forges.proves(headers, body, needs.policies_secret):
        raise Problem(401, "Nothing here proves that the forge sent this. docs/gitops.md says what each forge signs.")
    return Json({"looks": await needs.revisions.told(forges.delivery(headers) + body)}, 202)


async def _known(needs: Needs, number: int) -> Revision:
    found = await needs.database.read(lambda c: revisions.load(c, number))
    if found is None:
        raise Problem(404, f"There is no revision {number}. GET {AT}/revisions lists them.")
    return found


async def _live(needs: Needs) -> dict[str, Any]:
    book: Book = needs.revisions.book
    live, waiting = await needs.revisions.situation()
    return {
        "revision": book.revision,
        "digest": book.digest,
        "origin": needs.revisions.origin.shown,
        "live": _revision(live) if live else None,
        "waiting": _waiting(waiting) if waiting else None,
        "problem": needs.revisions.problem(),
        "catch_all": book.catch_all,
        "policies": [_policy(each) for each in book.policies.values()],
        "routes": [_route(each) for each in book.routes],
    }


def _revision(revision: Revision) -> dict[str, Any]:
    return {
        "revision": revision.number,
        "digest": revision.digest,
        **_stamp(revision.stamp),
        "admitted_at": rfc3339(revision.admitted_at),
        "by": revision.by,
        "restores": revision.restores,
    }


def _stamp(stamp: Stamp) -> dict[str, Any]:
    at = stamp.committed_at
    return {**stamp._asdict(), "committed_at": None if at is None else rfc3339(at)}


def _waiting(waiting: Waiting) -> dict[str, Any]:
    return {
        "digest": waiting.digest or None,
        **_stamp(waiting.stamp),
        "reason": waiting.reason,
        "diagnostics": list(waiting.diagnostics),
        "refused_at": rfc3339(waiting.at),
        "refused_by": waiting.by,
    }


def _policy(policy: Policy) -> dict[str, Any]:
    return {"name": policy.name, "urgency": policy.urgency, "levels": [_level(each) for each in policy.levels]}


def _level(level: Level) -> dict[str, Any]:
    return {
        "notify": [{target.kind: target.name} for target in level.targets],
        "escalate_after": spoken(level.escalate_after),
        "attempts": level.attempts,
        "where": level.where,
    }


def _route(route: Route) -> dict[str, Any]:
    return {
        "name": route.name,
        "match": [str(matcher) for matcher in route.match],
        "policies": {severity.name.lower(): policy for severity, policy in route.policies.items()},
        "drop": route.drop,
        "where": route.where,
    }
