"""Who may see and use the console: a browser that signed in, known by its cookie, or a program with a token.

Law: nothing here decides what a scope allows; that is `web.access`. A form counts only when it comes from a page of
ours: a browser says where from (Fetch metadata, or Origin); what says neither is no browser, and has no cookie of ours.
"""

import hmac
from typing import Annotated, Final, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from fastapi import Depends, Request

from escalator.engine.keys import Grant, hashed
from escalator.store.sessions import OUTSIDE
from escalator.web.access import OPEN, Permission, Permit, implied, needs_of
from escalator.web.needs import Needs
from escalator.web.problems import Problem, wants_page

COOKIE: Final = "escalator_session"
ME: Final = "escalator_me"
"""The cookie that says who sits there, where the token does not."""


class Visitor(NamedTuple):
    """Who looks at a page."""

    grant: Grant
    person: str | None
    """Of the policies: the token's, else whom the visitor says to be."""

    @property
    def name(self) -> str:
        """Who acts."""
        return self.person or self.grant.name

    def may(self, permission: Permission) -> bool:
        return implied(permission, self.grant)


class PagePermit(Permit):
    """As `Permit`, for pages: takes a session, and leads whoever has none to where one signs in."""

    async def __call__(self, request: Request) -> Visitor:  # type: ignore[override]  # more than a Grant
        needs = needs_of(request)
        if request.method not in ("GET", "HEAD"):
            same_site(request)
        grant = await session_of(needs, request) or await self._carried(request, needs)
        self.check(grant)
        return Visitor(grant, grant.person or _me(needs, request))

    async def _carried(self, request: Request, needs: Needs) -> Grant:
        carries = "authorization" in request.headers or needs.open_mode
        if not carries and wants_page(request):
            raise _sign_in(request)
        return await super().__call__(request)


async def session_of(needs: Needs, request: Request) -> Grant | None:
    """What the browser's session allows; None where it has none that holds. Raises Unavailable."""
    if needs.open_mode:
        return OPEN
    cookie = request.cookies.get(COOKIE)
    opened = await needs.sessions.find(cookie) if cookie else None
    if opened is None or (opened.grant.id == OUTSIDE and not _still(needs, opened.token)):
        return None
    return opened.grant


def _still(needs: Needs, token: str | None) -> bool:
    """Whether the settings still hold the token that opened a session."""
    given = hashed(needs.admin_token) if needs.admin_token else ""
    return hmac.compare_digest(given, token or "")


def _sign_in(request: Request) -> Problem:
    if request.method not in ("GET", "HEAD"):
        return Problem(401, "Nothing was changed: sign in first, at /sign-in.")
    query = f"?{request.url.query}" if request.url.query else ""
    where = f"/sign-in?next={quote(request.url.path + query, safe='')}"
    return Problem(303, "Sign in first.", headers={"location": where})


def same_site(request: Request) -> None:
    """Raises Problem 403 for a form that another site sent."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        ours = site in ("same-origin", "none")
    else:
        ours = origin is None or urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    if not ours:
        raise Problem(403, "Nothing was changed: this form was sent by another site.")


def _me(needs: Needs, request: Request) -> str | None:
    me = unquote(request.cookies.get(ME, ""))
    return me if me in needs.revisions.book.people else None


PageReader = Annotated[Visitor, Depends(PagePermit("read"))]
PageResponder = Annotated[Visitor, Depends(PagePermit("ack"))]
PageAdmin = Annotated[Visitor, Depends(PagePermit("admin"))]
