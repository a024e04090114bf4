"""Access tokens, for admins: made once, shown once, listed without their secret."""

from fastapi import APIRouter
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from escalator.core.instant import Instant, rfc3339
from escalator.engine.keys import SCOPES
from escalator.web import shapes
from escalator.web.access import Admin, AnyNeeds, actor
from escalator.web.fields import Body, Name, end_of, known_name
from escalator.web.ingest import READERS
from escalator.web.problems import Problem
from escalator.web.shapes import Json, described, problems

router = APIRouter(prefix="/api/v1/tokens", tags=["tokens"], responses=problems())


class NewToken(Body):
    """What it is for, what it may do, whose it is, and how long."""

    name: Name
    scopes: list[str] = Field(min_length=1, max_length=20, description="ingest, ingest:SOURCE, read, ack or admin.")
    person: Name | None = None
    expires_at: AwareDatetime | None = None
    span: str | None = Field(None, alias="for", description="Instead of expires_at: `90d`.")
    by: Name | None = None


@router.get("", responses=described(shapes.Items[shapes.Token]))
async def list_tokens(needs: AnyNeeds, grant: Admin) -> Json:
    """Tokens by name and scope, revoked ones too."""
    return Json({"items": await needs.keys.listed()})


@router.post("", status_code=201, responses=described(shapes.NewToken, 201))
async def create_token(needs: AnyNeeds, grant: Admin, body: NewToken) -> Json:
    """Makes a token; it is shown once, now."""
    for scope in body.scopes:
        check_scope(scope)
    if body.person is not None:
        known_name("person", body.person, needs.revisions.book)
    now = needs.database.now()
    forever = body.expires_at is None and body.span is None
    ends = None if forever else end_of(body.expires_at, body.span, now, now)
    id, token = await needs.keys.create(body.name, tuple(body.scopes), body.person, ends, actor(grant, body.by))
    made = {"id": id, "token": token, "name": body.name, "person": body.person, "scopes": body.scopes}
    return Json({**made, "expires_at": _written(ends)}, 201)


@router.delete("/{id}", status_code=204, responses=problems(404))
async def revoke_token(needs: AnyNeeds, grant: Admin, id: str) -> Response:
    """Ends a token now."""
    if not await needs.keys.revoke(id, actor(grant, None)):
        raise Problem(404, f"There is no token {id!r}. GET /api/v1/tokens lists them.")
    return Response(status_code=204)


def check_scope(scope: str) -> None:
    """Raises Problem 422, naming those there are."""
    kind, colon, source = scope.partition(":")
    if kind not in SCOPES or (colon and (kind != "ingest" or source not in READERS)):
        known = ", ".join([*SCOPES, *(f"ingest:{source}" for source in READERS)])
        raise Problem(422, f"{scope!r} is no scope; there are: {known}.")


def _written(instant: Instant | None) -> str | None:
    return None if instant is None else rfc3339(instant)
