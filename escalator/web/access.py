"""Who may come in, and what they may do. Denied by default: a route without a Permit fails a test.

A token names scopes; `admin` implies all, `ack` implies `read`. Open mode lets everybody do everything: the gate has
checked that the request came to a loopback name from no other site.
"""

import base64
import binascii
import hmac
from typing import Annotated, Literal

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as BearerModel
from fastapi.security.base import SecurityBase

from escalator.engine.keys import Grant
from escalator.web.needs import Needs
from escalator.web.problems import Problem

Permission = Literal["public", "metrics", "read", "ack", "admin"]

_IMPLIED_BY = {
    "read": {"read", "ack", "admin"},
    "ack": {"ack", "admin"},
    "admin": {"admin"},
    "metrics": {"read", "ack", "admin"},
}

OPEN = Grant("open", "anonymous", None, ("admin",))
NOBODY = Grant("", "nobody", None, ())
CHALLENGE = 'Bearer realm="escalator"'


def needs_of(request: Request) -> Needs:
    needs = request.app.state.needs
    assert isinstance(needs, Needs)
    return needs


AnyNeeds = Annotated[Needs, Depends(needs_of)]


async def grant_of(needs: Needs, token: str) -> Grant | None:
    """What a token allows; None for one that is unknown, expired or revoked. Raises Unavailable."""
    given = token.encode()
    if needs.admin_token and hmac.compare_digest(given, needs.admin_token.encode()):
        return Grant("admin", "admin token", None, ("admin",))
    if needs.ingest_token and hmac.compare_digest(given, needs.ingest_token.encode()):
        return Grant("ingest", "ingest token", None, ("ingest",))
    return await needs.keys.find(token)


def implied(permission: Permission, grant: Grant) -> bool:
    """Whether what the grant allows includes this."""
    return permission == "public" or bool(_IMPLIED_BY[permission].intersection(grant.scopes))


def may_ingest(grant: Grant, source: str) -> bool:
    scopes = grant.scopes
    return "ingest" in scopes or f"ingest:{source}" in scopes or "admin" in scopes


def token_in(authorization: str, *, basic: bool) -> str | None:
    """The token of an Authorization header: Bearer, or the password of Basic where that is taken too."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip() or None
    if basic and scheme.lower() == "basic":
        try:
            pair = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return None
        return pair.partition(":")[2] or None
    return None


class Permit(SecurityBase):
    """A dependency that lets in only who may: `Depends(Permit("read"))`."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission
        self.model = BearerModel(description="A token made with `escalator token create`.")
        self.scheme_name = "token"

    async def __call__(self, request: Request) -> Grant:
        needs = needs_of(request)
        if self.permission == "public" or (self.permission == "metrics" and needs.metrics_open):
            return NOBODY
        if needs.open_mode:
            return OPEN
        token = token_in(_utf8(request.headers.get("authorization", "")), basic=False)
        grant = await grant_of(needs, token) if token else None
        if grant is None:
            raise self._stranger(known=token is not None)
        self.check(grant)
        return grant

    def check(self, grant: Grant) -> None:
        """Raises Problem 403 unless the grant allows it."""
        if not implied(self.permission, grant):
            raise Problem(
                403, f"This token lacks the scope {self.permission!r}. An admin makes tokens: escalator token create."
            )

    def _stranger(self, *, known: bool) -> Problem:
        cure = "Its token is unknown, expired or revoked" if known else "It carries no token"
        how = "Send the header Authorization: Bearer TOKEN; escalator token create makes one."
        return Problem(401, f"{cure}. {how}", headers={"www-authenticate": CHALLENGE})


def _utf8(header: str) -> str:
    """A header as people write it: the framework reads Latin-1."""
    return header.encode("latin-1").decode("utf-8", "replace")


Public = Annotated[Grant, Depends(Permit("public"))]
Reader = Annotated[Grant, Depends(Permit("read"))]
Responder = Annotated[Grant, Depends(Permit("ack"))]
Admin = Annotated[Grant, Depends(Permit("admin"))]
Scraper = Annotated[Grant, Depends(Permit("metrics"))]


def actor(grant: Grant, by: str | None) -> str:
    """Who acts: the token's person, else whom the request names, else the token's own name."""
    return grant.person or by or grant.name
