"""A page of the console: the same head, ways and foot around each room's own content.

Law: no script and no style stands in a page; both are files of ours. The one exception is the fixed style sheet that a
drawn ladder carries, which the policy lets in by its hash.
"""

import base64
import gzip
import hashlib
from typing import Any, Final, NamedTuple

from fastapi import Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from escalator.core.instant import rfc3339
from escalator.rehearsal.pictures import Picture, draw
from escalator.rehearsal.pictures.style import sheet
from escalator.web.needs import Needs
from escalator.web.pages.assets import asset
from escalator.web.pages.entry import Visitor
from escalator.web.pages.forms import SAID, said_in
from escalator.web.pages.looks import environment
from escalator.web.pages.phone import seat

_LADDERS = base64.b64encode(hashlib.sha256(sheet().encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'self' 'sha256-{_LADDERS}'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SMALLEST: Final = 1400
"""Bytes: what fits one packet is not worth compressing."""


class Way(NamedTuple):
    """One of the rooms that every page leads to."""

    name: str
    title: str
    path: str


WAYS: Final = (
    Way("incidents", "Incidents", "/"),
    Way("oncall", "On call", "/oncall"),
    Way("silences", "Silences", "/silences"),
    Way("policies", "Policies", "/policies"),
    Way("insight", "Insight", "/insight"),
    Way("system", "System", "/system"),
)

FIXED: Final = {"asset": asset, "ways": WAYS}
"""What every template of the console knows."""
environment.globals.update(FIXED)


def console(
    request: Request,
    needs: Needs,
    visitor: Visitor,
    template: str,
    *,
    at: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **words: Any,
) -> HTMLResponse:
    """One page. `at`: the way of WAYS that it belongs to; `words`: what its template shows."""
    said = said_in(request)
    context = {
        "visitor": visitor,
        "at": at,
        "seat": seat(request, visitor),
        "said": said,
        "now": rfc3339(needs.database.now()),
        "open_mode": needs.open_mode,
        "version": needs.version,
        "people": () if visitor.grant.person else sorted(needs.revisions.book.people),
        "request_path": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "needs_revision": needs.revisions.book.revision,
        "problem": needs.revisions.problem(),
    }
    assert not words.keys() & (context.keys() | FIXED.keys()), "a page may not call its own what every page has"
    text = environment.get_template(template).render(context | words)
    answer = _answer(request, text, status, {"content-security-policy": POLICY, "referrer-policy": "same-origin"})
    answer.headers.update(headers or {})
    if said:
        answer.delete_cookie(SAID)
    return answer


def svg(picture: Picture) -> Markup:
    """A drawn ladder, for a template: every word in it was escaped where it was drawn."""
    return Markup(draw(picture))  # noqa: S704  our own pen


def _answer(request: Request, text: str, status: int, headers: dict[str, str]) -> HTMLResponse:
    written = text.encode()
    headers = headers | {"vary": "accept-encoding, cookie"}
    if len(written) > SMALLEST and "gzip" in request.headers.get("accept-encoding", ""):
        # What a page says is never mixed with a secret that it repeats, so compressing it gives nothing away.
        return HTMLResponse(gzip.compress(written, 4), status, headers | {"content-encoding": "gzip"})
    return HTMLResponse(written, status, headers)
