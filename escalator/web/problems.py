"""Errors as RFC 9457 problem+json: what is wrong, and what to do. Every door, raw or not, answers with these; a browser
that asked for a page is told the same on a page.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from escalator.core.effects import Refused
from escalator.engine.lifecycle import NotFound
from escalator.store.db import Unavailable
from escalator.web.pages.looks import page

MEDIA = "application/problem+json"
RETRY_AFTER = "5"
"""Seconds: one group commit that waited its whole time."""


class Problem(HTTPException):
    """A refusal that says what to do; `more` becomes further members of the document."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(status, detail, headers=dict(headers or {}))
        self.more = more


def document(status: int, detail: str, more: Mapping[str, Any] | None = None) -> bytes:
    """The bytes of a problem."""
    title = HTTPStatus(status).phrase
    return msgspec.json.encode(
        {"type": "about:blank", "title": title, "status": status, "detail": detail, **(more or {})}
    )


def unavailable() -> Problem:
    return Problem(
        503, "The database cannot take this now: nothing was changed. Try again.", headers={"retry-after": RETRY_AFTER}
    )


def install(app: FastAPI) -> None:
    """Makes every error of the application a problem."""

    async def on_http(request: Request, failure: Exception) -> Response:
        assert isinstance(failure, HTTPException)
        more = failure.more if isinstance(failure, Problem) else {}
        return _answer(request, failure.status_code, _cure(failure, request), more, failure.headers)

    async def on_input(request: Request, failure: Exception) -> Response:
        assert isinstance(failure, RequestValidationError)
        fields = [{"field": _place(error["loc"]), "problem": str(error["msg"])} for error in failure.errors()]
        return _answer(request, 422, _advice(request, fields), {"fields": fields})

    async def on_missing(request: Request, failure: Exception) -> Response:
        return _answer(request, 404, "There is no such incident. GET /api/v1/incidents lists them.")

    async def on_refused(request: Request, failure: Exception) -> Response:
        return _answer(request, 409, str(failure))

    async def on_unavailable(request: Request, failure: Exception) -> Response:
        busy = unavailable()
        return _answer(request, busy.status_code, busy.detail, {}, busy.headers)

    async def on_bug(request: Request, failure: Exception) -> Response:
        says = "A fault of ours, written to the log. Trying again may help; please report it if it does not."
        return _answer(request, 500, says)

    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_input)
    app.add_exception_handler(NotFound, on_missing)
    app.add_exception_handler(Refused, on_refused)
    app.add_exception_handler(Unavailable, on_unavailable)
    app.add_exception_handler(Exception, on_bug)


def wants_page(request: Request) -> bool:
    """Whether a person reads the answer: not a program, which asks the API, or asks for no HTML."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _answer(
    request: Request,
    status: int,
    detail: str,
    more: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    if wants_page(request):
        title = HTTPStatus(status).phrase
        return page("message.html", status, dict(headers or {}), title=title, lines=[detail])
    return Response(document(status, detail, more), status, dict(headers or {}), MEDIA)


def _cure(failure: HTTPException, request: Request) -> str:
    if isinstance(failure, Problem):
        return failure.detail
    if failure.status_code == 404:
        return f"Nothing answers at {request.url.path}. /docs lists every door."
    if failure.status_code == 405:
        allowed = (failure.headers or {}).get("Allow", "")
        return f"{request.method} is not possible here; allowed: {allowed or 'see /docs'}."
    return failure.detail


def _place(location: Iterable[Any]) -> str:
    return ".".join(str(part) for part in location)


def _advice(request: Request, fields: list[dict[str, str]]) -> str:
    kind = request.headers.get("content-type", "")
    if request.method == "POST" and not kind.startswith("application/json") and fields[0]["field"] == "body":
        return "Send the body as JSON, with the header Content-Type: application/json."
    return "; ".join(f"{field['field']}: {field['problem']}" for field in fields)[:500]
